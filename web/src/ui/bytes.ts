const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Such as "12 B", "3.4 MB", in powers of a thousand. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}

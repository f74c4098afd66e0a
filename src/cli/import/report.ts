/** What an import did. The JSON form is `ImportReport` itself. */
export type ImportReport = {
  from: string
  to: string
  dryRun: boolean
  projects: number
  collections: number
  /** Those without versions that were made; in a dry run, that would be. */
  emptyCollections: number
  /** `copied`: in a dry run, those that would be. `left`: begun by no import yet, or not to be copied. */
  versions: { copied: number; there: number; left: number }
  /** That logged versions, and were made for that. */
  runs: number
  links: { made: number; there: number; left: number }
  files: { copied: number; bytes: number }
  aliases: number
  tags: number
  automations: { made: number; there: number; left: number }
  /** What is not on the target, and why. */
  problems: { what: string; message: string }[]
  /** What people have to do, and what they may want to know. */
  notes: string[]
}

export function emptyReport(from: string, to: string, dryRun: boolean): ImportReport {
  return {
    from,
    to,
    dryRun,
    projects: 0,
    collections: 0,
    emptyCollections: 0,
    runs: 0,
    versions: { copied: 0, there: 0, left: 0 },
    links: { made: 0, there: 0, left: 0 },
    files: { copied: 0, bytes: 0 },
    aliases: 0,
    tags: 0,
    automations: { made: 0, there: 0, left: 0 },
    problems: [],
    notes: [],
  }
}

export function renderReport(report: ImportReport): string {
  const { dryRun, versions, links, files, automations } = report
  const copied = dryRun ? 'to copy' : 'copied'
  const made = dryRun ? 'to make' : 'made'
  const lines = [
    `${dryRun ? 'Dry run: nothing was changed. From' : 'From'} ${report.from} to ${report.to}:`,
    `  projects     ${report.projects}, with ${report.collections} collections`,
    `  versions     ${versions.copied} ${copied}, ${versions.there} there already, ${versions.left} left`,
    `  files        ${dryRun ? `up to ${inBytes(files.bytes)}` : `${files.copied} copied, ${inBytes(files.bytes)}`}`,
    `  links        ${links.made} ${made}, ${links.there} there already, ${links.left} left`,
    ...(report.emptyCollections > 0 ? [`  collections  ${report.emptyCollections} without versions ${made}`] : []),
    ...(report.runs > 0 ? [`  runs         ${report.runs} that logged versions made`] : []),
    ...(dryRun ? [] : [`  labels       ${report.aliases} aliases and ${report.tags} tags set`]),
    `  automations  ${automations.made} ${made}, ${automations.there} there already, ${automations.left} left`,
  ]
  if (report.problems.length > 0) {
    lines.push('', 'Not on the target:')
    for (const { what, message } of report.problems) lines.push(`  ${what}: ${message}`)
  }
  if (report.notes.length > 0) {
    lines.push('', 'To know and to do:')
    for (const note of report.notes) lines.push(`  ${note}`)
  }
  return lines.join('\n')
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Such as `1.5 GiB`. */
export function inBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}

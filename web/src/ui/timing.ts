/** How long each part of a request took, in milliseconds, one after the other; `null` where there was no such part. */
export type Timing = {
  isReused: boolean
  dnsMs: number | null
  connectMs: number | null
  tlsMs: number | null
  firstByteMs: number | null
  totalMs: number
}

export type TimingPart = { label: string; ms: number; color: string }

/** The parts of a request in order, whatever is left of the whole last. Parts that there were not are left out. */
export function timingParts(timing: Timing): TimingPart[] {
  const parts: (Omit<TimingPart, 'ms'> & { ms: number | null })[] = [
    { label: 'DNS', ms: timing.dnsMs, color: 'cyan' },
    { label: 'Connect', ms: timing.connectMs, color: 'teal' },
    { label: 'TLS', ms: timing.tlsMs, color: 'grape' },
    { label: 'First byte', ms: timing.firstByteMs, color: 'indigo' },
  ]
  const known = parts.filter((part): part is TimingPart => part.ms !== null)
  const restMs = timing.totalMs - known.reduce((sum, { ms }) => sum + ms, 0)
  return restMs > 0 ? [...known, { label: 'Rest', ms: restMs, color: 'gray' }] : known
}

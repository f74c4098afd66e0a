const DAY_MS = 24 * 3_600_000

/** How long a new key works. */
export const EXPIRIES = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Until it is deleted' },
]

/** When a key of this choice ends; `undefined`: not by itself. */
export function expiresAt(choice: string, now: number): string | undefined {
  const days = Number(choice)
  return Number.isFinite(days) ? new Date(now + days * DAY_MS).toISOString() : undefined
}

/** Whether a time has passed. */
export function isPast(at: string | null, now: number): boolean {
  return at !== null && Date.parse(at) <= now
}

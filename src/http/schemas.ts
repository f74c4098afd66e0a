import { z } from 'zod'

/** Both databases keep it as it is: PostgreSQL takes no NUL in text, and half a pair of surrogates has no UTF-8. */
export function isKeepable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed()
}

/** Any text we store. */
export function text(options: { min?: number; max: number }) {
  return z
    .string()
    .min(options.min ?? 0)
    .max(options.max)
    .refine(isKeepable, { message: 'must be well-formed text without NUL characters' })
}

/** A name in a path or body; its own rules are checked by the domain, these are the bounds. */
export const Name = text({ min: 1, max: 128 })

/** Times leave as ISO 8601 in UTC with milliseconds. */
export const Time = z.iso.datetime().meta({ examples: ['2026-11-23T12:00:00.000Z'] })

/** A moment in a query, in milliseconds since the epoch. */
export const Moment = z.iso.datetime({ offset: true }).transform((time) => Date.parse(time))

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms)
}

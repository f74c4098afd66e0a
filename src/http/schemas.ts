import { z } from 'zod'

/** Any text we store: PostgreSQL takes no NUL in text, and nobody means one. */
export function text(options: { min?: number; max: number }) {
  return z
    .string()
    .min(options.min ?? 0)
    .max(options.max)
    .refine((value) => !value.includes('\0'), { message: 'must not contain a NUL character' })
}

/** A name in a path or body; its own rules are checked by the domain, these are the bounds. */
export const Name = text({ min: 1, max: 128 })

/** Times leave as ISO 8601 in UTC with milliseconds. */
export const Time = z.iso.datetime().meta({ examples: ['2026-11-23T12:00:00.000Z'] })

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms)
}

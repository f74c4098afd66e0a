import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Engine } from './engine.ts'

/**
 * Whether the column contains the text, whatever the case of its Latin letters. Both engines fold those alone alike, so
 * that a list finds the same on both.
 */
export function containsCaseless(engine: Engine, column: RawBuilder<unknown>, text: string): RawBuilder<SqlBool> {
  return engine.contains(sql`lower(${column})`, lowerLatin(text))
}

/** `text` as `lower(…)` of a statement gives it. */
function lowerLatin(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Engine } from './engine.ts'

/**
 * Whether the column contains the text, whatever the case of its Latin letters. Both engines fold those alone alike, so
 * that a list finds the same on both.
 */
export function containsCaseless(engine: Engine, column: RawBuilder<unknown>, text: string): RawBuilder<SqlBool> {
  return engine.contains(sql`lower(${column})`, lowerLatin(text))
}

/** 1 if the column begins with the text, in the same way, else 0: to order by. */
export function startsCaseless(engine: Engine, column: RawBuilder<unknown>, text: string): RawBuilder<number> {
  const begins = sql`lower(substr(${column}, 1, ${sql.lit(Array.from(text).length)}))`
  return sql<number>`case when ${engine.contains(begins, lowerLatin(text))} then 1 else 0 end`
}

/** Whether the column is like the pattern (`%` is any text, `_` any character, `\` before either itself), in the same way. */
export function likeCaseless(column: RawBuilder<unknown>, pattern: string): RawBuilder<SqlBool> {
  // A backslash at the end has nothing to stand before: it is one.
  const whole = /(?<!\\)(?:\\\\)*\\$/.test(pattern) ? `${pattern}\\` : pattern
  return sql`lower(${column}) like ${lowerLatin(whole)} escape '\\'`
}

/** `text` as `lower(…)` of a statement gives it. */
function lowerLatin(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

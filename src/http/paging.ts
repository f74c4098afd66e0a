import { z } from 'zod'
import { Refusal } from '../refusal.ts'

export const PAGE_SIZE_DEFAULT = 50
const PAGE_SIZE_MAX = 1_000

/** The query of every list: how many, and where the last page ended. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
  cursor: z.string().min(1).max(500).optional(),
})

/** The answer of every list; `cursor` is absent on the last page. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), cursor: z.string().optional() })
}

/** A cursor is the last row's sort key. Opaque to clients: we may change what is in it. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/**
 * The sort key in a cursor: as many parts as `shape` has, each of that type.
 *
 * @throws Refusal `cursor_invalid`
 */
export function decodeCursor<Shape extends readonly ('string' | 'number')[]>(
  cursor: string | undefined,
  shape: Shape,
): { -readonly [Key in keyof Shape]: Shape[Key] extends 'string' ? string : number } | undefined {
  if (cursor === undefined) return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(key) &&
      key.length === shape.length &&
      key.every(
        (part, index) =>
          typeof part === shape[index] &&
          (typeof part === 'number' ? Number.isSafeInteger(part) : !String(part).includes('\0')),
      )
    ) {
      return key as never
    }
  } catch {
    // Not JSON: refused below like any other cursor that is not ours.
  }
  throw new Refusal('cursor_invalid', 'The cursor is not one that this list gave: start again without it')
}

/**
 * One page out of `limit + 1` rows: the extra row only tells whether there is more.
 */
export function cutPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  render: (row: Row) => Item,
  keyOf: (row: Row) => readonly (string | number)[],
): { items: Item[]; cursor?: string } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(render)
  return rows.length > limit && last !== undefined ? { items, cursor: encodeCursor(keyOf(last)) } : { items }
}

import { Refusal } from '../refusal.ts'
import type { PageKey } from './types.ts'

/**
 * The order of a list by one field. Rows that are equal in it follow each other in the order of their ids, so that a
 * page always ends between two rows: its key is both.
 */
export type ListOrder<Field extends string> = {
  field: Field
  type: 'text' | 'number' | 'float'
  direction: 'asc' | 'desc'
}

/** The fields that a list can be ordered by, under the names that clients use. */
export type OrderFields<Field extends string> = Readonly<Record<string, { field: Field; type: 'text' | 'number' }>>

/**
 * The order in `name`, `+name` or `-name`; `undefined` where none is asked for.
 *
 * @throws Refusal `not_supported`
 */
export function parseListOrder<Field extends string>(
  order: string | null | undefined,
  fields: OrderFields<Field>,
): ListOrder<Field> | undefined {
  if (order == null || order === '') return undefined
  const name = order.replace(/^[+-]/, '')
  // Clients write both `created_at` and `createdAt`.
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const known = Object.hasOwn(fields, snake) ? fields[snake] : undefined
  if (known !== undefined) return { ...known, direction: order.startsWith('-') ? 'desc' : 'asc' }
  const names = Object.keys(fields).join(', ')
  throw new Refusal('not_supported', `This list has no order by "${name.slice(0, 100)}": it takes ${names}`)
}

/** What `readOrderKey` reads. */
export function orderKey(value: string | number, id: number): PageKey {
  return JSON.stringify([value, id])
}

/**
 * The value and the id of the row that a page ended with.
 *
 * @throws Refusal `cursor_invalid` for a key of a list in another order
 */
export function readOrderKey(order: ListOrder<string>, key: PageKey): { value: string | number; id: number } {
  const [value, id, ...more]: readonly unknown[] = arrayIn(String(key))
  const fits =
    order.type === 'text'
      ? // PostgreSQL takes no NUL in a text.
        typeof value === 'string' && !value.includes('\0')
      : order.type === 'float'
        ? Number.isFinite(value)
        : Number.isSafeInteger(value)
  if (fits && Number.isSafeInteger(id) && more.length === 0)
    return { value: value as string | number, id: id as number }
  throw new Refusal('cursor_invalid', 'The cursor is of a list in another order: start again without it')
}

function arrayIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

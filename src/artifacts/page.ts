import type { Page, PageKey, PageRequest } from './types.ts'

/** One page out of up to `limit + 1` rows: the extra row only tells whether there is more. */
export function cutPage<Row, Item>(
  rows: readonly Row[],
  page: PageRequest,
  render: (row: Row) => Item,
  keyOf: (row: Row) => PageKey,
): Page<Item> {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const more = rows.length > page.limit && last !== undefined
  return { items: shown.map(render), nextKey: more ? keyOf(last) : undefined }
}

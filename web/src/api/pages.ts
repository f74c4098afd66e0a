import { hashKey, type InfiniteData, type QueryKey } from '@tanstack/react-query'

/**
 * One page of any list of the API.
 *
 * - `outdatedIn`: set on the first page of a long list once there is something newer (see `api/live.ts`): the hash of the
 *   query whose page it is.
 */
export type ListPage<Item> = { items: Item[]; cursor?: string; outdatedIn?: string }

/**
 * Options of `$api.useInfiniteQuery` for every list: the next page begins where the cursor of the last one says.
 *
 *     const query = $api.useInfiniteQuery('get', path, { params: { query: { limit: 100 } } }, PAGED)
 */
export const PAGED = {
  pageParamName: 'cursor',
  // Not undefined: the first page would then be asked for with a cursor of 0.
  initialPageParam: null as string | null,
  getNextPageParam: (last: { cursor?: string }) => last.cursor,
  // Its key is that of a query for the first page alone, whose data is of another shape: kept apart.
  queryKeyHashFn: (key: QueryKey) => `pages ${hashKey(key)}`,
}

const itemsRead = new WeakMap<object, unknown[]>()

/** The items of all pages read so far; the same list as long as they are the same pages. */
export function itemsOf<Item>(data: InfiniteData<ListPage<Item>> | undefined): Item[] {
  if (data === undefined) return []
  const known = itemsRead.get(data)
  if (known !== undefined) return known as Item[]
  const items = data.pages.flatMap((page) => page.items)
  itemsRead.set(data, items)
  return items
}

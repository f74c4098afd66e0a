import type { InfiniteData, Query } from '@tanstack/react-query'
import { queryClient } from '../app/query-client'
import { api } from './client'
import type { ListPage } from './pages'

type Row = { id?: string }
type Page = ListPage<Row>
type Pages = InfiniteData<Page>
type Ask = (path: string, init: unknown) => Promise<{ data?: Page }>

/**
 * Reads the first page of a long list, whatever else of it has been read. Where its rows are still the same ones they are
 * brought up to date in place; where there are others it is marked, and whoever looks at it decides.
 */
export async function lookForNews(query: Query): Promise<void> {
  const { queryKey, queryHash } = query
  const [, path, init] = queryKey as [string, string, unknown]
  const { data: newest } = await (api.GET as unknown as Ask)(path, init)
  if (newest === undefined) return
  change(query, (list) => withFirst(list, newest, queryHash))
}

/** The list with its first page renewed, or marked as outdated. */
export function withFirst(list: Pages, newest: Page, queryHash: string): Pages {
  const [first, ...others] = list.pages
  if (first === undefined) return list
  const isSame = idsOf(first) === idsOf(newest)
  // The cursor stays that of the page which comes next.
  const renewed = isSame ? { ...first, items: newest.items } : { ...first, outdatedIn: queryHash }
  return { ...list, pages: [renewed, ...others] }
}

/** Goes back to the first page of the list, as it is now. */
export async function showNewest(queryHash: string): Promise<void> {
  const query = queryClient.getQueryCache().get(queryHash)
  if (query === undefined) return
  change(query, ({ pages, pageParams }) => ({ pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) }))
  await queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true })
}

/** Not by its key, which that of the first page alone has, too: see `PAGED`. */
function change(query: Query, to: (list: Pages) => Pages): void {
  const list = query.state.data as Pages | undefined
  if (list !== undefined) query.setData(to(list), { manual: true })
}

function idsOf({ items }: Page): string {
  return items.map(({ id }) => id).join(' ')
}

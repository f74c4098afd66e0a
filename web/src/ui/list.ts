import type { InfiniteData } from '@tanstack/react-query'
import { showNewest } from '../api/news'
import { itemsOf, type ListPage } from '../api/pages'

/** A list as a screen sees it, whatever it comes from. */
export type List<Row> = {
  rows: Row[]
  isPending: boolean
  /** The last failure; rows that were read before it stay. */
  error: unknown
  retry(): void
  hasMore: boolean
  isLoadingMore: boolean
  loadMore(): void
  /** There is something newer than the first row: shows that, and lets go of the pages that were read. */
  showNewest?(): void
}

type PagedQuery<Row> = {
  data: InfiniteData<ListPage<Row>> | undefined
  isPending: boolean
  error: unknown
  refetch(): unknown
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage(): unknown
}

/** What `$api.useInfiniteQuery(…, PAGED)` gives, as a list. */
export function pagedList<Row>(query: PagedQuery<Row>): List<Row> {
  const outdatedIn = query.data?.pages[0]?.outdatedIn
  return {
    rows: itemsOf(query.data),
    isPending: query.isPending,
    error: query.error,
    retry: () => void query.refetch(),
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    ...(outdatedIn !== undefined && { showNewest: () => void showNewest(outdatedIn) }),
  }
}

type WholeQuery<Answer> = { data: Answer | undefined; isPending: boolean; error: unknown; refetch(): unknown }

/** What a query gives that has everything in one answer, as a list. */
export function wholeList<Answer, Row>(query: WholeQuery<Answer>, rowsOf: (answer: Answer) => Row[]): List<Row> {
  return {
    rows: query.data === undefined ? [] : rowsOf(query.data),
    isPending: query.isPending,
    error: query.error,
    retry: () => void query.refetch(),
    hasMore: false,
    isLoadingMore: false,
    loadMore: () => {},
  }
}

import { type Query, QueryClient } from '@tanstack/react-query'
import { asProblem } from '../api/client'
import { isLongList, isTouched } from '../api/long-lists'

const FRESH_MS = 10_000
const TRIES_MAX = 2

/** A refusal is final: only what may pass by itself is tried again. */
function isPassing(error: unknown): boolean {
  const { status } = asProblem(error)
  return status >= 500 || status === 0
}

/** By itself only what takes a request or two. */
export function isReadAnew(query: Query): boolean {
  return !(isTouched(query) && isLongList(query))
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < TRIES_MAX && isPassing(error),
      refetchOnWindowFocus: isReadAnew,
      refetchOnMount: isReadAnew,
    },
    mutations: { retry: false },
  },
})

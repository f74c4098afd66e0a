import { QueryClient } from '@tanstack/react-query'
import { asProblem } from '../api/client'

const FRESH_MS = 10_000
const TRIES_MAX = 2

/** A refusal is final: only what may pass by itself is tried again. */
function isPassing(error: unknown): boolean {
  const { status } = asProblem(error)
  return status >= 500 || status === 0
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < TRIES_MAX && isPassing(error),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

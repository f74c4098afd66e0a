import { useSyncExternalStore } from 'react'

/** How soon it is tried again while the server does not answer. */
const PROBE_MS = 3_000
/** What a proxy says when there is no server behind it. */
const OF_A_PROXY = new Set([502, 503, 504])

let isReached = true
let probe: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

/** Whether the server answers, as far as anybody has asked it; while it does not it is asked again and again. */
export function useReached(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
    () => isReached,
  )
}

/** To be called with each answer. A proxy's word that nobody is there counts as none; the server's own problems do not. */
export function noteAnswer({ status, headers }: Response): void {
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true
  if (OF_A_PROXY.has(status) && !isProblem) noteNoAnswer()
  else become(true)
}

/** To be called when there was no answer at all. */
export function noteNoAnswer(): void {
  become(false)
  if (probe !== undefined) return
  probe = setTimeout(() => {
    probe = undefined
    void isThere()
  }, PROBE_MS)
}

/** Asks the server now, and tells everybody who wants to know. */
export async function isThere(): Promise<boolean> {
  try {
    noteAnswer(await fetch('/api/v1/session', { cache: 'no-store' }))
  } catch {
    noteNoAnswer()
  }
  return isReached
}

function become(reached: boolean): void {
  if (reached === isReached) return
  isReached = reached
  for (const listener of listeners) listener()
}

import { useEffect } from 'react'
import { queryClient } from '../app/query-client'
import { refreshSession } from '../app/session'
import { EVENT_TYPES } from '../events/event-types'
import { isLongList, isTouched } from './long-lists'
import { lookForNews } from './news'
import { isThere } from './reach'

/** Events that come together are one reason to look. */
const GATHER_MS = 400
/** After how long a stream that was refused is asked for again. One that broke off comes back by itself. */
const REOPEN_MS = 5_000

/**
 * Keeps what is shown up to date with what happens in an entity: events arrive by a stream, which is resumed where it
 * broke off. Nobody listens while the page is hidden; when it is seen again everything is asked anew.
 */
export function useLiveEvents(entity: string | undefined): void {
  useEffect(() => {
    if (entity === undefined) return
    let stream: EventSource | undefined
    let pending: ReturnType<typeof setTimeout> | undefined
    let reopening: ReturnType<typeof setTimeout> | undefined
    const refresh = () => {
      pending ??= setTimeout(() => {
        pending = undefined
        void queryClient.invalidateQueries({ predicate: (query) => isTouched(query) && !isLongList(query) })
        for (const query of queryClient.getQueryCache().findAll({ type: 'active', predicate: isTouched })) {
          if (isLongList(query)) void lookForNews(query)
        }
      }, GATHER_MS)
    }
    const onBroken = () => {
      void isThere()
      if (stream?.readyState !== EventSource.CLOSED) return
      stream = undefined
      // Refused, perhaps because the session has ended.
      void refreshSession()
      reopening = setTimeout(listen, REOPEN_MS)
    }
    const listen = () => {
      clearTimeout(reopening)
      if (document.hidden) {
        stream?.close()
        stream = undefined
        return
      }
      if (stream !== undefined) return
      stream = new EventSource(`/api/v1/entities/${encodeURIComponent(entity)}/events?from=latest`)
      for (const type of EVENT_TYPES) stream.addEventListener(type, refresh)
      // What happened before the stream was open.
      stream.onopen = refresh
      stream.onerror = onBroken
    }
    listen()
    document.addEventListener('visibilitychange', listen)
    return () => {
      document.removeEventListener('visibilitychange', listen)
      stream?.close()
      clearTimeout(pending)
      clearTimeout(reopening)
    }
  }, [entity])
}

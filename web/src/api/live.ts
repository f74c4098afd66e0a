import type { Query } from '@tanstack/react-query'
import { useEffect } from 'react'
import { queryClient } from '../app/query-client'
import { EVENT_TYPES } from '../events/event-types'

/** Events that come together are one reason to look. */
const GATHER_MS = 400

/** Of lists that have been scrolled, all pages would be read anew: they stay as they are until they are asked again. */
const PAGES_REFRESHED_MAX = 2

/** What an event may have changed, by the paths of the API. */
const TOUCHED =
  /\/(versions|collections|aliases|artifact-types|executions|deliveries|dead-letters|overview|events|runs|lineage)|\/automations$|\/projects\/\{entity\}$/

/**
 * Keeps what is shown up to date with what happens in an entity: events arrive by a stream, which is resumed where it
 * broke off. Nobody listens while the page is hidden; when it is seen again everything is asked anew.
 */
export function useLiveEvents(entity: string | undefined): void {
  useEffect(() => {
    if (entity === undefined) return
    let stream: EventSource | undefined
    let pending: ReturnType<typeof setTimeout> | undefined
    const refresh = () => {
      pending ??= setTimeout(() => {
        pending = undefined
        void queryClient.invalidateQueries({ predicate: isTouched })
      }, GATHER_MS)
    }
    const listen = () => {
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
    }
    listen()
    document.addEventListener('visibilitychange', listen)
    return () => {
      document.removeEventListener('visibilitychange', listen)
      stream?.close()
      clearTimeout(pending)
    }
  }, [entity])
}

function isTouched({ queryKey: [, path], state }: Query): boolean {
  if (typeof path !== 'string' || !TOUCHED.test(path)) return false
  const pages = (state.data as { pages?: unknown[] } | undefined)?.pages
  return pages === undefined || pages.length <= PAGES_REFRESHED_MAX
}

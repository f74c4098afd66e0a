import { useQuery } from '@tanstack/react-query'
import { $api, type Schemas } from '../api/client'
import { queryClient } from '../app/query-client'

export type Target = Schemas['WebhookTarget']
export type Preset = Schemas['PayloadPreset']
export type EventType = Schemas['ListedAutomation']['event']

/** What the server says of each kind of receiver, with presets for this event; it changes with the server alone. */
function targetsQuery(event?: EventType) {
  const query = event === undefined ? {} : { event }
  return $api.queryOptions(
    'get',
    '/api/v1/webhook-targets',
    { params: { query } },
    { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY },
  )
}

/** Every kind of receiver in the order they are offered; none until the server has said. */
export function useTargets(event?: EventType): Target[] {
  return useQuery(targetsQuery(event)).data?.items ?? []
}

/** Asks for them along with the code of a page, which then mostly comes with their names; it waits for neither. */
export function askForTargets(): void {
  void queryClient.prefetchQuery(targetsQuery())
}

import { useEffect } from 'react'
import { $api, api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { queryClient } from '../app/query-client'
import { type List, pagedList } from '../ui/list'

export type Webhook = Schemas['Webhook']
export type ListedWebhook = Schemas['ListedWebhook']
export type Secret = Schemas['Secret']
export type TargetKind = Webhook['target']

/** A team has no more than this many webhooks. */
const PAGE_SIZE = 1_000

const WEBHOOKS = '/api/v1/entities/{entity}/webhooks'
const WEBHOOK = '/api/v1/entities/{entity}/webhooks/{id}'
const SECRETS = '/api/v1/entities/{entity}/secrets'
const LIVE_MS = 15_000

/** All webhooks of an entity, Slack integrations among them, with what depends on each. */
export function useWebhooks(entity: string): List<ListedWebhook> {
  const query = $api.useInfiniteQuery(
    'get',
    WEBHOOKS,
    { params: { path: { entity }, query: { limit: PAGE_SIZE } } },
    { ...PAGED, refetchInterval: LIVE_MS },
  )
  return useWhole(pagedList(query))
}

/** All secrets of an entity, without their values. */
export function useSecrets(entity: string): List<Secret> {
  const query = $api.useInfiniteQuery(
    'get',
    SECRETS,
    { params: { path: { entity }, query: { limit: PAGE_SIZE } } },
    PAGED,
  )
  return useWhole(pagedList(query))
}

export function useWebhook(entity: string, id: string | null | undefined) {
  return $api.useQuery(
    'get',
    WEBHOOK,
    { params: { path: { entity, id: id ?? '' } } },
    // What is being edited must not change under the hands of whoever edits it.
    { enabled: id !== null && id !== undefined && id !== '', refetchOnWindowFocus: false, staleTime: 0, gcTime: 0 },
  )
}

/** Reads page after page until there is none left: what is searched and chosen from must be whole. */
function useWhole<Row>(list: List<Row>): List<Row> {
  const { hasMore, isLoadingMore, error, loadMore } = list
  useEffect(() => {
    if (hasMore && !isLoadingMore && error === null) loadMore()
  }, [hasMore, isLoadingMore, error, loadMore])
  return list
}

/** To be called when a webhook or a secret has changed: each shows something of the other. */
async function refreshReceivers(): Promise<void> {
  const paths = new Set<unknown>([WEBHOOKS, WEBHOOK, SECRETS])
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => paths.has(queryKey[1]) })
}

type Changed<Data> = { data?: Data; error?: unknown }

/** What a call came to; the lists that it changed are read anew. */
async function changed<Data>(call: Promise<Changed<Data>>): Promise<Changed<Data>> {
  const { data, error } = await call
  if (error === undefined) await refreshReceivers()
  return { data, error }
}

export const createWebhook = (entity: string, body: Schemas['NewWebhook']) =>
  changed<Webhook>(api.POST(WEBHOOKS, { params: { path: { entity } }, body }))

export const changeWebhook = (entity: string, id: string, body: Schemas['WebhookPatch']) =>
  changed<Webhook>(api.PATCH(WEBHOOK, { params: { path: { entity, id } }, body }))

export const removeWebhook = (entity: string, id: string, isForced: boolean) =>
  changed(api.DELETE(WEBHOOK, { params: { path: { entity, id }, query: { force: isForced ? 'true' : 'false' } } }))

export const storeSecret = (entity: string, name: string, body: { value: string; overlapHours?: number }) =>
  changed(
    api.PUT('/api/v1/entities/{entity}/secrets/{name}', {
      params: { path: { entity, name } },
      body: { overlapHours: OVERLAP_HOURS_DEFAULT, ...body },
    }),
  )

export const removeSecret = (entity: string, name: string, isForced: boolean) =>
  changed(
    api.DELETE('/api/v1/entities/{entity}/secrets/{name}', {
      params: { path: { entity, name }, query: { force: isForced ? 'true' : 'false' } },
    }),
  )

export const endOverlap = (entity: string, name: string) =>
  changed(api.DELETE('/api/v1/entities/{entity}/secrets/{name}/previous', { params: { path: { entity, name } } }))

export const OVERLAP_HOURS_DEFAULT = 24

import { Button } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { $api } from '../api/client'
import { PAGED } from '../api/pages'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { DeliveriesTable, type Delivery } from './deliveries-table'
import { ENDED } from './delivery-state'
import { AutomationFilter, beginningOf, Filters, UrlSelect, WebhookFilter, WindowSelect } from './filters'
import { ReplayModal } from './replay'
import { useSelection } from './selection'

const PAGE_SIZE = 100
const UNDER_WAY_POLL_MS = 1_500
const NAMES = ['state', 'status', 'webhook', 'automation', 'window']
const STATES = ['pending', 'sending', 'succeeded', 'failed', 'superseded', 'cancelled'] as const
type State = (typeof STATES)[number]

/** Statuses that one asks for; others can be had by the URL. */
const STATUSES = ['200', '202', '204', '400', '401', '403', '404', '408', '410', '429', '500', '502', '503', '504']

/** Deliveries with their filters, some of which can be replayed together. */
export function DeliveriesTab({ entity }: { entity: string }) {
  const [params, setParams] = useSearchParams()
  const selection = useSelection()
  const [isReplaying, setReplaying] = useState(false)
  const state = params.get('state')
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/entities/{entity}/deliveries',
    {
      params: {
        path: { entity },
        query: {
          limit: PAGE_SIZE,
          ...(state === 'held' ? { held: 'true' as const } : state !== null && { state: state as State }),
          ...(params.has('status') && { status: [Number(params.get('status'))] }),
          ...(params.has('webhook') && { webhook: params.get('webhook') as string }),
          ...(params.has('automation') && { automation: params.get('automation') as string }),
          createdAfter: beginningOf(params.get('window') ?? '', Date.now()),
        },
      },
    },
    { ...PAGED, placeholderData: keepPreviousData, refetchInterval: ({ state }) => underWay(state.data) },
  )
  const isAny = NAMES.some((name) => params.has(name))
  const clear = () =>
    setParams((before) => new URLSearchParams([...before].filter(([name]) => !NAMES.includes(name))), { replace: true })
  return (
    <>
      <Filters
        isAny={isAny}
        onClear={clear}
        right={
          selection.size > 0 && (
            <Button size="xs" onClick={() => setReplaying(true)}>
              Replay {selection.size}
            </Button>
          )
        }
      >
        <UrlSelect
          name="state"
          label="State"
          width={140}
          choices={[...STATES, 'held'].map((value) => ({ value, label: value }))}
        />
        <UrlSelect
          name="status"
          label="Last answer"
          width={120}
          choices={STATUSES.map((value) => ({ value, label: `HTTP ${value}` }))}
        />
        <WebhookFilter entity={entity} />
        <AutomationFilter entity={entity} />
        <WindowSelect />
      </Filters>
      <DeliveriesTable
        list={pagedList(query)}
        selection={selection}
        empty={
          isAny ? (
            <EmptyState title="No delivery fits these filters">Take one away, or look further back.</EmptyState>
          ) : (
            <EmptyState title="Nothing has been sent yet">
              Each request that an automation makes to a webhook is kept here, with what the receiver answered.
            </EmptyState>
          )
        }
      />
      {isReplaying && (
        <ReplayModal
          ids={selection.ids}
          onClose={(replayed) => {
            setReplaying(false)
            if (replayed.length > 0) selection.set([])
          }}
        />
      )}
    </>
  )
}

type Pages = { pages: { items: Delivery[] }[] } | undefined

function underWay(data: Pages): number | false {
  const first = data?.pages[0]?.items ?? []
  const isUnderWay = first.some(({ state, held }) => !held && !ENDED.has(state))
  return isUnderWay && data?.pages.length === 1 ? UNDER_WAY_POLL_MS : false
}

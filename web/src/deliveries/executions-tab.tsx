import { keepPreviousData } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { $api } from '../api/client'
import { PAGED } from '../api/pages'
import { EVENT_TYPE_LABELS, EVENT_TYPES, type EventType } from '../events/event-types'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { ExecutionsTable, whileUnderWay } from './executions-table'
import { AutomationFilter, beginningOf, Filters, UrlSelect, WindowSelect } from './filters'

const PAGE_SIZE = 100
const NAMES = ['event', 'outcome', 'automation', 'window']

/** In words, with what the API is asked for. */
const OUTCOMES = {
  failed: { label: 'Failed', query: { delivery: 'failed' } },
  succeeded: { label: 'Succeeded', query: { delivery: 'succeeded' } },
  pending: { label: 'Waiting', query: { delivery: 'pending' } },
  skipped: { label: 'Skipped', query: { state: 'skipped' } },
} as const

/** Executions with their filters. - `place`: only what happened there. */
export function ExecutionsTab({ entity, place }: { entity: string; place?: string }) {
  const [params, setParams] = useSearchParams()
  const outcome = params.get('outcome') as keyof typeof OUTCOMES | null
  const event = params.get('event') as EventType | null
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/entities/{entity}/executions',
    {
      params: {
        path: { entity },
        query: {
          limit: PAGE_SIZE,
          ...(place !== undefined && { place }),
          ...(event !== null && { event }),
          ...(params.get('automation') !== null && { automation: params.get('automation') as string }),
          ...(outcome !== null && OUTCOMES[outcome]?.query),
          createdAfter: beginningOf(params.get('window') ?? '', Date.now()),
        },
      },
    },
    { ...PAGED, placeholderData: keepPreviousData, refetchInterval: ({ state }) => whileUnderWay(state.data) },
  )
  const isAny = NAMES.some((name) => params.has(name))
  const clear = () =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        for (const name of NAMES) after.delete(name)
        return after
      },
      { replace: true },
    )
  return (
    <>
      <Filters isAny={isAny} onClear={clear}>
        <UrlSelect
          name="event"
          label="What happened"
          width={210}
          choices={EVENT_TYPES.map((value) => ({ value, label: EVENT_TYPE_LABELS[value] }))}
        />
        <UrlSelect
          name="outcome"
          label="Outcome"
          width={130}
          choices={Object.entries(OUTCOMES).map(([value, { label }]) => ({ value, label }))}
        />
        <AutomationFilter entity={entity} />
        <WindowSelect />
      </Filters>
      <ExecutionsTable
        list={pagedList(query)}
        empty={
          isAny ? (
            <EmptyState title="Nothing fits these filters">Take one away, or look further back.</EmptyState>
          ) : (
            <EmptyState title="No automation has fired yet">
              When something happens that an automation waits for, it shows here within moments, with every request that
              was made for it.
            </EmptyState>
          )
        }
      />
    </>
  )
}

import { keepPreviousData } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { EVENT_TYPE_LABELS } from '../events/event-types'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import { type List, pagedList } from '../ui/list'
import { StateBadge } from '../ui/state-badge'
import { Time } from '../ui/time'
import { DeliveryState, ENDED } from './delivery-state'
import { reasonInWords } from './reasons'

export type Execution = Schemas['Execution']

/** How often rows are asked again while one of them is still under way. */
const UNDER_WAY_POLL_MS = 1_500
const PAGE_SIZE = 50

type Pages = { pages: { items: Execution[] }[] } | undefined

/** For `refetchInterval` of a list of executions: as long as a delivery on its first page has not ended. */
export function whileUnderWay(data: Pages): number | false {
  const first = data?.pages[0]?.items ?? []
  const isUnderWay = first.some(({ deliveries }) => deliveries.some(({ state, held }) => !held && !ENDED.has(state)))
  return isUnderWay && data?.pages.length === 1 ? UNDER_WAY_POLL_MS : false
}

/** What an automation did, newest first; live. */
export function AutomationExecutions({ id, empty }: { id: string; empty: ReactNode }) {
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/automations/{id}/executions',
    { params: { path: { id }, query: { limit: PAGE_SIZE } } },
    { ...PAGED, placeholderData: keepPreviousData, refetchInterval: ({ state }) => whileUnderWay(state.data) },
  )
  return (
    <ExecutionsTable
      list={pagedList(query)}
      empty={empty}
      columns={COLUMNS.filter(({ key }) => key !== 'automation')}
    />
  )
}

/** Executions as rows: what happened, what it led to, how that stands. */
export function ExecutionsTable({
  list,
  empty,
  columns = COLUMNS,
}: {
  list: List<Execution>
  empty: ReactNode
  columns?: Column<Execution>[]
}) {
  return <DataTable label="Executions" columns={columns} list={list} rowKey={idOf} empty={empty} />
}

const idOf = ({ id }: Execution) => id

const COLUMNS: Column<Execution>[] = [
  {
    key: 'what',
    header: 'What happened',
    cell: ({ words, event, createdAt }) => (
      <>
        <Link to={`/events/${event.id}`} className={cells.link}>
          {words ?? EVENT_TYPE_LABELS[event.type]}
        </Link>
        <div className={cells.note}>
          {EVENT_TYPE_LABELS[event.type]}
          <span className={cells.onlyNarrow}>
            , <Time at={createdAt} />
          </span>
        </div>
      </>
    ),
  },
  {
    key: 'automation',
    header: 'Automation',
    width: '20%',
    isExtra: true,
    cell: ({ automation }) => (
      <Link to={`/automations/${automation.id}`} className={cells.link}>
        {automation.name}
      </Link>
    ),
  },
  { key: 'state', header: 'Outcome', width: '28%', cell: (execution) => <Outcome execution={execution} /> },
  {
    key: 'when',
    header: 'When',
    width: '130px',
    isExtra: true,
    cell: ({ createdAt }) => (
      <span className={cells.dimmed}>
        <Time at={createdAt} />
      </span>
    ),
  },
]

function Outcome({ execution: { state, reason, deliveries, runBy } }: { execution: Execution }) {
  if (state === 'skipped') {
    return (
      <>
        <StateBadge state="skipped" />
        {reason !== null && <div className={cells.note}>{reasonInWords(reason)}</div>}
      </>
    )
  }
  return (
    <>
      {deliveries.length === 0 && <span className={cells.dimmed}>nothing to send</span>}
      {deliveries.map((delivery) => (
        <div key={delivery.id} className={cells.line}>
          <Link to={`/deliveries/${delivery.id}`} className={cells.link}>
            {delivery.webhook.name}
          </Link>
          <DeliveryState delivery={delivery} />
        </div>
      ))}
      {runBy !== null && <div className={cells.note}>run by {runBy}</div>}
    </>
  )
}

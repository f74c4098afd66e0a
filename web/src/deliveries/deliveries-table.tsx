import { type ReactNode, useMemo } from 'react'
import { Link } from 'react-router'
import type { Schemas } from '../api/client'
import { EVENT_TYPE_LABELS, type EventType } from '../events/event-types'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import type { List } from '../ui/list'
import { Time } from '../ui/time'
import { DeliveryState } from './delivery-state'
import type { Selection } from './selection'
import { useChoice } from './use-choice'

export type Delivery = Schemas['Delivery']

/** Deliveries as rows. With a `selection` those that have ended can be chosen, to be replayed together. */
export function DeliveriesTable({
  list,
  empty,
  selection,
}: {
  list: List<Delivery>
  empty: ReactNode
  selection?: Selection
}) {
  const chosen = useChoice(list.rows, selection)
  const columns = useMemo(() => [...chosen, ...COLUMNS], [chosen])
  return <DataTable label="Deliveries" columns={columns} list={list} rowKey={idOf} empty={empty} />
}

const idOf = ({ id }: Delivery) => id

const COLUMNS: Column<Delivery>[] = [
  {
    key: 'webhook',
    header: 'Webhook',
    cell: ({ id, webhook, replayOf, createdAt }) => (
      <>
        <Link to={`/deliveries/${id}`} className={cells.link}>
          {webhook.name}
        </Link>
        {replayOf !== null && <div className={cells.note}>replay</div>}
        <div className={`${cells.note} ${cells.onlyNarrow}`}>
          <Time at={createdAt} />
        </div>
      </>
    ),
  },
  { key: 'state', header: 'State', width: '30%', cell: (delivery) => <DeliveryState delivery={delivery} /> },
  {
    key: 'status',
    header: 'Last answer',
    width: '110px',
    isExtra: true,
    cell: ({ lastStatus, attempts }) =>
      lastStatus === null ? (attempts > 0 ? 'no answer' : '–') : `HTTP ${lastStatus}`,
  },
  {
    key: 'attempts',
    header: 'Attempts',
    width: '90px',
    align: 'right',
    isExtra: true,
    cell: ({ attempts }) => attempts,
  },
  {
    key: 'automation',
    header: 'Automation',
    width: '20%',
    isExtra: true,
    cell: ({ automation, event }) => (
      <>
        <Link to={`/automations/${automation.id}`} className={cells.link}>
          {automation.name}
        </Link>
        <div className={cells.note}>{EVENT_TYPE_LABELS[event.type as EventType] ?? event.type}</div>
      </>
    ),
  },
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

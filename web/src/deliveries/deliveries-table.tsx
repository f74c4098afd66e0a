import { Anchor, Checkbox, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Schemas } from '../api/client'
import { EVENT_TYPE_LABELS, type EventType } from '../events/event-types'
import { type Column, DataTable } from '../ui/data-table'
import type { List } from '../ui/list'
import { Time } from '../ui/time'
import { DeliveryState, ENDED } from './delivery-state'
import type { Selection } from './selection'

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
  const columns = selection === undefined ? COLUMNS : [choice(list, selection), ...COLUMNS]
  return <DataTable label="Deliveries" columns={columns} list={list} rowKey={({ id }) => id} empty={empty} />
}

function choice(list: List<Delivery>, selection: Selection): Column<Delivery> {
  const ended = list.rows.filter(({ state }) => ENDED.has(state)).map(({ id }) => id)
  const isAll = ended.length > 0 && ended.every((id) => selection.has(id))
  return {
    key: 'choice',
    width: '44px',
    header: (
      <Checkbox
        size="xs"
        aria-label="Choose all that have been read"
        checked={isAll}
        indeterminate={!isAll && selection.size > 0}
        disabled={ended.length === 0}
        onChange={() => selection.set(isAll ? [] : ended)}
      />
    ),
    cell: ({ id, state, webhook }) => (
      <Checkbox
        size="xs"
        aria-label={`Choose the delivery to ${webhook.name}`}
        checked={selection.has(id)}
        disabled={!ENDED.has(state)}
        onChange={() => selection.toggle(id)}
      />
    ),
  }
}

const COLUMNS: Column<Delivery>[] = [
  {
    key: 'webhook',
    header: 'Webhook',
    cell: ({ id, webhook, replayOf }) => (
      <Stack gap={0}>
        <Anchor component={Link} to={`/deliveries/${id}`} size="sm">
          {webhook.name}
        </Anchor>
        {replayOf !== null && (
          <Text size="xs" c="dimmed">
            replay
          </Text>
        )}
      </Stack>
    ),
  },
  { key: 'state', header: 'State', width: '26%', cell: (delivery) => <DeliveryState delivery={delivery} /> },
  {
    key: 'status',
    header: 'Last answer',
    width: '110px',
    isExtra: true,
    cell: ({ lastStatus, attempts }) => (
      <Text size="sm">{lastStatus === null ? (attempts > 0 ? 'no answer' : '–') : `HTTP ${lastStatus}`}</Text>
    ),
  },
  {
    key: 'attempts',
    header: 'Attempts',
    width: '90px',
    align: 'right',
    isExtra: true,
    cell: ({ attempts }) => <Text size="sm">{attempts}</Text>,
  },
  {
    key: 'automation',
    header: 'Automation',
    width: '20%',
    isExtra: true,
    cell: ({ automation, event }) => (
      <Stack gap={0}>
        <Anchor component={Link} to={`/automations/${automation.id}`} size="sm">
          {automation.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {EVENT_TYPE_LABELS[event.type as EventType] ?? event.type}
        </Text>
      </Stack>
    ),
  },
  {
    key: 'when',
    header: 'When',
    width: '130px',
    cell: ({ createdAt }) => (
      <Text size="sm" c="dimmed">
        <Time at={createdAt} />
      </Text>
    ),
  },
]

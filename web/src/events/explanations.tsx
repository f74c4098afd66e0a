import { Anchor, Stack, Text } from '@mantine/core'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { DeliveryState } from '../deliveries/delivery-state'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { StateBadge } from '../ui/state-badge'

type Explanation = Schemas['Explanation']

const VERDICTS: Record<Explanation['verdict'], string> = {
  fired: 'fired',
  skipped: 'skipped',
  filter_not_met: 'filter not met',
  disabled: 'disabled',
  deleted: 'deleted',
  not_made_yet: 'not made yet',
  other_event: 'other event',
  out_of_scope: 'out of scope',
  imported: 'imported',
  run_by_hand: 'run by hand',
  once_per_run: 'once a run',
  unclear: 'unclear',
}

/** Every automation that was in reach of an event, with what it did and why. */
export function Explanations({ event }: { event: string }) {
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/events/{id}/explanation',
    { params: { path: { id: event }, query: { limit: 50 } } },
    PAGED,
  )
  return (
    <DataTable
      label="Automations in reach"
      columns={COLUMNS}
      list={pagedList(query)}
      rowKey={({ automation }) => automation.id}
      empty={
        <EmptyState title="No automation was in reach">
          None waited for this kind of event at the place where it happened.
        </EmptyState>
      }
    />
  )
}

const COLUMNS: Column<Explanation>[] = [
  {
    key: 'automation',
    header: 'Automation',
    width: '28%',
    cell: ({ automation }) => (
      <Stack gap={0}>
        <Anchor component={Link} to={`/automations/${automation.id}`} size="sm">
          {automation.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {automation.entity}
        </Text>
      </Stack>
    ),
  },
  {
    key: 'verdict',
    header: 'Verdict',
    width: '140px',
    isExtra: true,
    cell: ({ verdict }) => <Verdict verdict={verdict} />,
  },
  {
    key: 'why',
    header: 'Why',
    cell: ({ verdict, message, because, deliveries }) => (
      <Stack gap={4}>
        <span className={cells.onlyNarrow}>
          <Verdict verdict={verdict} />
        </span>
        <Text size="sm">{message}</Text>
        {/* Of one clause the message has told already. */}
        {(because.length > 1 ? because : []).map(({ path, message }) => (
          <Text key={`${path} ${message}`} size="xs" c="dimmed">
            <Text span ff="monospace" inherit>
              {path === '' ? 'filter' : path}
            </Text>
            : {message}
          </Text>
        ))}
        {deliveries.map((delivery) => (
          <div key={delivery.id} className={cells.line}>
            <Link to={`/deliveries/${delivery.id}`} className={cells.link}>
              {delivery.webhook.name}
            </Link>
            <DeliveryState delivery={delivery} />
          </div>
        ))}
      </Stack>
    ),
  },
]

function Verdict({ verdict }: Pick<Explanation, 'verdict'>) {
  return <StateBadge state={verdict === 'fired' ? 'succeeded' : 'skipped'} label={VERDICTS[verdict]} />
}

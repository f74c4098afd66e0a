import { IconBolt } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { reasonInWords } from '../deliveries/reasons'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { StateBadge } from '../ui/state-badge'
import { Time } from '../ui/time'
import classes from './names.module.css'
import type { Version } from './version-page'

type Execution = Schemas['Execution']

/** What automations did because of a version. */
export function FiredTab({ version }: { version: Version }) {
  const { entity, project, collection } = version
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/executions',
    { params: { path: { entity, project, collection, version: version.version }, query: { limit: 100 } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  return (
    <DataTable
      label="Triggered automations"
      columns={COLUMNS}
      list={pagedList(query)}
      rowKey={({ id }) => id}
      empty={
        <EmptyState icon={<IconBolt size={32} aria-hidden />} title="Nothing has fired">
          Automations that wait for new versions, aliases, tags or links show here when this version sets them off.
        </EmptyState>
      }
    />
  )
}

const COLUMNS: Column<Execution>[] = [
  {
    key: 'automation',
    header: 'Automation',
    cell: ({ automation, words, event, createdAt }) => (
      <>
        <Link to={`/automations/${automation.id}`} className={classes.name}>
          {automation.name}
        </Link>
        <div className={`${cells.note} ${cells.onlyNarrow}`}>
          {words ?? event.type}, <Time at={createdAt} />
        </div>
      </>
    ),
  },
  {
    key: 'why',
    header: 'Because',
    isExtra: true,
    cell: ({ words, event }) => (
      <Link to={`/events/${event.id}`} className={classes.plain}>
        {words ?? event.type}
      </Link>
    ),
  },
  {
    key: 'state',
    header: 'Outcome',
    width: '35%',
    cell: (execution) => <Outcome execution={execution} />,
  },
  { key: 'when', header: 'When', width: '140px', isExtra: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function Outcome({ execution: { state, reason, deliveries } }: { execution: Execution }) {
  if (state === 'skipped') {
    return (
      <span className={cells.line}>
        <StateBadge state="skipped" />
        {reason !== null && <span className={cells.note}>{reasonInWords(reason)}</span>}
      </span>
    )
  }
  if (deliveries.length === 0) return <span className={cells.dimmed}>fired, nothing to send</span>
  return (
    <span className={cells.line}>
      {deliveries.map((delivery) => (
        <Link key={delivery.id} to={`/deliveries/${delivery.id}`} aria-label={`Delivery: ${delivery.state}`}>
          <StateBadge state={delivery.state} />
        </Link>
      ))}
    </span>
  )
}

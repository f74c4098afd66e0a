import { Alert, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { PAGED } from '../api/pages'
import { NotFound } from '../app/route-failure'
import { JsonTree } from '../artifacts/json-tree'
import { Labels } from '../artifacts/labels'
import type { Json } from '../artifacts/metadata'
import classes from '../artifacts/names.module.css'
import { versionPath } from '../artifacts/place'
import { usePart, usePlace, usePlaceCrumbs } from '../artifacts/use-place'
import { formatBytes } from '../ui/bytes'
import { type Column, DataTable } from '../ui/data-table'
import { Fact, Facts } from '../ui/facts'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { StateBadge } from '../ui/state-badge'
import { duration, Time } from '../ui/time'
import { WAITING } from '../ui/waiting'

type RunDetails = Schemas['RunDetails']
type Version = Schemas['Version']

/** One run: what it was, what it logged and used, and what it said. */
export function RunPage() {
  const place = usePlace()
  const name = usePart('run')
  const { entity, project, base } = place
  useLiveEvents(entity)
  const query = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/runs/{run}', {
    params: { path: { entity, project, run: name } },
  })
  const crumbs = [...usePlaceCrumbs(), { label: 'Runs', to: `${base}/runs` }]
  if (query.isPending)
    return (
      <Page title={name} crumbs={crumbs}>
        {WAITING}
      </Page>
    )
  if (query.data === undefined) {
    return query.error.status === 404 ? (
      <NotFound what="run" />
    ) : (
      <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
    )
  }
  const run = query.data
  return (
    <Page title={run.displayName} crumbs={crumbs} subtitle={<StateBadge state={run.state} />}>
      <About run={run} />
      <Alerts run={run} />
      <Part title="Logged">
        <Artifacts run={run} direction="logged" />
      </Part>
      <Part title="Used">
        <Artifacts run={run} direction="used" />
      </Part>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Part title="Config">
          <Values label="Config" value={run.config as Json} none="Nothing was set: wandb.init(config={…}) sets it." />
        </Part>
        <Part title="Summary">
          <Values label="Summary" value={run.summary as Json} none="Nothing was logged yet." />
        </Part>
      </SimpleGrid>
    </Page>
  )
}

function About({ run }: { run: RunDetails }) {
  const lastedMs = Date.parse(run.heartbeatAt) - Date.parse(run.createdAt)
  return (
    <Stack gap="sm">
      {run.notes !== null && run.notes !== '' && <Text size="sm">{run.notes}</Text>}
      <Facts>
        <Fact label="By">{run.username ?? 'nobody any more'}</Fact>
        <Fact label="Id">
          <span className={classes.mono}>{run.name}</span>
        </Fact>
        <Fact label="Began">
          <Time at={run.createdAt} />
        </Fact>
        <Fact label="Last heard of">
          <Time at={run.heartbeatAt} />
          {lastedMs > 0 && `, after ${duration(lastedMs)}`}
        </Fact>
        {run.jobType !== null && <Fact label="Job type">{run.jobType}</Fact>}
        {run.group !== null && <Fact label="Group">{run.group}</Fact>}
        {run.sweep !== null && <Fact label="Sweep">{run.sweep}</Fact>}
        {run.host !== null && <Fact label="Host">{run.host}</Fact>}
        {run.program !== null && <Fact label="Program">{run.program}</Fact>}
        {run.commit !== null && (
          <Fact label="Commit">
            <span className={classes.mono}>{run.commit}</span>
          </Fact>
        )}
        {run.exitCode !== null && <Fact label="Exit code">{run.exitCode}</Fact>}
        {run.tags.length > 0 && (
          <Fact label="Tags">
            <Labels values={run.tags} />
          </Fact>
        )}
      </Facts>
    </Stack>
  )
}

const COLORS = { INFO: 'blue', WARN: 'yellow', ERROR: 'red' }

function Alerts({ run: { alerts } }: { run: RunDetails }) {
  if (alerts.length === 0) return null
  return (
    <Part title="Alerts">
      <Stack gap="xs">
        {alerts.map(({ title, text, severity, at }) => (
          <Alert key={`${at} ${title}`} color={COLORS[severity]} title={title} role="note">
            <Text size="sm">{text}</Text>
            <Text size="xs" c="dimmed">
              {severity.toLowerCase()} · <Time at={at} />
            </Text>
          </Alert>
        ))}
      </Stack>
    </Part>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Title order={2}>{title}</Title>
      {children}
    </Stack>
  )
}

function Values({ label, value, none }: { label: string; value: Json; none: string }) {
  if (Object.keys(value ?? {}).length > 0) {
    return (
      <div>
        <JsonTree label={`Values of ${label}`} value={value} />
      </div>
    )
  }
  return (
    <Text size="sm" c="dimmed">
      {none}
    </Text>
  )
}

function Artifacts({ run, direction }: { run: RunDetails; direction: 'logged' | 'used' }) {
  const { entity, project, name } = run
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/runs/{run}/artifacts',
    { params: { path: { entity, project, run: name }, query: { direction, limit: 50 } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  return (
    <DataTable
      label={direction === 'logged' ? 'Artifacts it logged' : 'Artifacts it used'}
      columns={COLUMNS}
      list={pagedList(query)}
      rowKey={({ artifactId }) => artifactId}
      empty={
        <Text size="sm" c="dimmed">
          {direction === 'logged' ? 'It logged no artifacts.' : 'It used no artifacts.'}
        </Text>
      }
    />
  )
}

const COLUMNS: Column<Version>[] = [
  {
    key: 'name',
    header: 'Artifact',
    cell: (version) => (
      <Link to={versionPath(version)} className={classes.name}>
        {version.collection}:{version.version}
      </Link>
    ),
  },
  { key: 'type', header: 'Type', width: '130px', isExtra: true, cell: ({ type }) => type },
  {
    key: 'aliases',
    header: 'Aliases',
    isExtra: true,
    cell: ({ aliases }) => <Labels values={aliases} color="indigo" max={4} />,
  },
  { key: 'size', header: 'Size', width: '90px', align: 'right', isExtra: true, cell: ({ size }) => formatBytes(size) },
  { key: 'when', header: 'Created', width: '140px', cell: ({ addedAt }) => <Time at={addedAt} /> },
]

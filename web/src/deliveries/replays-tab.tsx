import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { StateBadge } from '../ui/state-badge'
import { Time } from '../ui/time'
import { leftOutInWords } from './left-out'
import { NewReplay } from './new-replay'

type Replay = Schemas['Replay']

const RUNNING_POLL_MS = 1_000

/** Windows that were replayed, how far each has come, and a new one. */
export function ReplaysTab({ entity }: { entity: string }) {
  const [isNew, setNew] = useState(false)
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/entities/{entity}/replays',
    { params: { path: { entity }, query: { limit: 50 } } },
    {
      ...PAGED,
      placeholderData: keepPreviousData,
      refetchInterval: ({ state: { data } }) =>
        data?.pages[0]?.items.some(({ state }) => state === 'running') ? RUNNING_POLL_MS : false,
    },
  )
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed">
          After an outage: everything that failed in a window, sent once more in one go.
        </Text>
        <Button size="xs" onClick={() => setNew(true)}>
          Replay a window
        </Button>
      </Group>
      <DataTable
        label="Replays"
        columns={COLUMNS}
        list={pagedList(query)}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title="No window has been replayed yet">
            Single deliveries are replayed from their own page.
          </EmptyState>
        }
      />
      {isNew && <NewReplay entity={entity} onClose={() => setNew(false)} />}
    </>
  )
}

const COLUMNS: Column<Replay>[] = [
  {
    key: 'window',
    header: 'Window',
    cell: ({ window }) => (
      <Text size="sm">
        <Time at={window.from} /> to <Time at={window.to} />
      </Text>
    ),
  },
  {
    key: 'mode',
    header: 'Sent',
    width: '90px',
    isExtra: true,
    cell: ({ mode }) => <Text size="sm">{mode === 'as_then' ? 'as then' : 'as now'}</Text>,
  },
  { key: 'state', header: 'State', width: '34%', cell: (replay) => <State replay={replay} /> },
  {
    key: 'who',
    header: 'By',
    width: '190px',
    isExtra: true,
    cell: ({ createdBy, createdAt }) => (
      <Text size="sm" c="dimmed">
        {createdBy ?? 'the server'}, <Time at={createdAt} />
      </Text>
    ),
  },
]

function State({ replay: { state, replayed, matched, leftOut, window, position } }: { replay: Replay }) {
  const [from, to, at] = [window.from, window.to, position].map((time) => Date.parse(time)) as [number, number, number]
  const percent = to > from ? (100 * (at - from)) / (to - from) : 100
  return (
    <Stack gap={4}>
      <Group gap={6}>
        <StateBadge state={state === 'done' ? 'succeeded' : 'running'} label={state} />
        <Text size="sm">
          {replayed} of {matched} sent
        </Text>
      </Group>
      {state === 'running' && <Progress value={percent} aria-label={`${Math.round(percent)} % of the window`} />}
      {leftOutInWords(leftOut).map((line) => (
        <Text key={line} size="xs" c="dimmed">
          {line}
        </Text>
      ))}
    </Stack>
  )
}

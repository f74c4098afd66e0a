import { Box, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlayerPlay, IconSearch } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { PAGED } from '../api/pages'
import classes from '../artifacts/names.module.css'
import { runPath } from '../artifacts/place'
import { usePlace, usePlaceCrumbs } from '../artifacts/use-place'
import { CodeBlock } from '../ui/copy'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { StateBadge } from '../ui/state-badge'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'

type Run = Schemas['Run']
type State = Run['state']

const STATES: State[] = ['running', 'finished', 'failed', 'crashed']
const ORDERS = ['created', '-created', 'name', '-name', 'heartbeat', '-heartbeat'] as const
const LOADED_AT_ONCE = 200

/** The runs of a project. */
export function RunsPage() {
  const place = usePlace()
  const { entity, project } = place
  useLiveEvents(entity)
  const [text, setText] = useUrlState('q')
  const [state, setState] = useUrlState('state')
  const [order, setOrder] = useUrlState('order', '-created')
  const [q] = useDebouncedValue(text.trim(), 250)
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/runs',
    {
      params: {
        path: { entity, project },
        query: {
          limit: LOADED_AT_ONCE,
          order: ORDERS.find((known) => known === order) ?? '-created',
          ...(q === '' ? {} : { q }),
          ...(state === '' ? {} : { state: state as State }),
        },
      },
    },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  const isNarrowed = q !== '' || state !== ''
  const by = order.replace(/^-/, '')
  return (
    <Page title={`Runs of ${project}`} heading="Runs" crumbs={usePlaceCrumbs()}>
      <Group gap="sm">
        <TextInput
          aria-label="Find a run"
          placeholder="Find by name or notes"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          maxLength={100}
          flex="1 1 220px"
          maw={420}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          aria-label="State"
          w={{ base: '100%', xs: 160 }}
          allowDeselect={false}
          data={[{ value: '', label: 'All states' }, ...STATES]}
          value={state}
          onChange={setState}
        />
      </Group>
      <DataTable
        label="Runs"
        columns={COLUMNS}
        list={pagedList(query)}
        rowKey={({ name }) => name}
        order={{
          by,
          isDescending: order.startsWith('-'),
          onChange: (by, isDescending) => setOrder(`${isDescending ? '-' : ''}${by}`),
        }}
        empty={isNarrowed ? <EmptyState title="No run is like that" /> : <FirstRun entity={entity} project={project} />}
      />
    </Page>
  )
}

function FirstRun({ entity, project }: { entity: string; project: string }) {
  return (
    <Stack align="center" gap={0}>
      <EmptyState icon={<IconPlayerPlay size={32} aria-hidden />} title="No runs yet">
        A run shows here as soon as a script begins one.
      </EmptyState>
      <Box w="100%" maw={640}>
        <CodeBlock
          label="Begin a first run"
          code={`import wandb\n\nwith wandb.init(entity=${JSON.stringify(entity)}, project=${JSON.stringify(project)}) as run:\n    run.log({"loss": 0.1})`}
        />
      </Box>
    </Stack>
  )
}

const COLUMNS: Column<Run>[] = [
  {
    key: 'name',
    header: 'Name',
    order: 'name',
    cell: (run) => (
      <>
        <Link to={runPath(run)} className={classes.name}>
          {run.displayName}
        </Link>
        {run.displayName !== run.name && (
          <Text size="xs" c="dimmed" component="div">
            {run.name}
          </Text>
        )}
      </>
    ),
  },
  { key: 'state', header: 'State', width: '110px', cell: ({ state }) => <StateBadge state={state} /> },
  { key: 'who', header: 'By', width: '140px', isExtra: true, cell: ({ username }) => username ?? 'nobody any more' },
  { key: 'job', header: 'Job type', width: '120px', isExtra: true, cell: ({ jobType }) => jobType },
  {
    key: 'logged',
    header: 'Logged',
    width: '80px',
    align: 'right',
    isExtra: true,
    cell: ({ artifacts }) => artifacts.logged.toLocaleString('en'),
  },
  {
    key: 'used',
    header: 'Used',
    width: '70px',
    align: 'right',
    isExtra: true,
    cell: ({ artifacts }) => artifacts.used.toLocaleString('en'),
  },
  {
    key: 'created',
    header: 'Began',
    order: 'created',
    width: '140px',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]

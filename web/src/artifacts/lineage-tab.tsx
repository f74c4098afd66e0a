import { Alert, Box, Group, Select, Stack, Text } from '@mantine/core'
import { IconBox, IconPlayerPlay } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { $api } from '../api/client'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { ProblemAlert } from '../ui/problem-alert'
import { useUrlState } from '../ui/use-url-state'
import { WAITING } from '../ui/waiting'
import { Labels } from './labels'
import graph from './lineage.module.css'
import { LineageGraph } from './lineage-graph'
import { type Layout, type LineageNode, layOut } from './lineage-layout'
import { nodeName, relationWords } from './lineage-words'
import classes from './names.module.css'
import { nodePath } from './node-path'
import { type ProjectPlace, qualifiedName } from './place'
import type { Version } from './version-page'

const DEPTHS = ['1', '2', '3', '5', '10']

/** What a version was made from and what was made from it: as a graph, and the same as a list. */
export function LineageTab({ version }: { version: Version }) {
  const { entity, project, collection, artifactId } = version
  const [depth, setDepth] = useUrlState('depth', '3')
  const query = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/lineage',
    {
      params: {
        path: { entity, project, collection, version: version.version },
        query: { depth: DEPTHS.includes(depth) ? Number(depth) : 3 },
      },
    },
    { placeholderData: keepPreviousData },
  )
  const layout = useMemo(
    () => (query.data === undefined ? undefined : layOut(query.data, artifactId)),
    [query.data, artifactId],
  )
  if (query.error) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined || layout === undefined) return WAITING
  const others = layout.nodes.filter(({ layer, id }) => layer !== 0 || id !== `v:${artifactId}`)
  if (others.length === 0) {
    return (
      <EmptyState icon={<IconBox size={32} aria-hidden />} title="No lineage">
        No run that you may see has logged or used this version, and no version refers to it. Log it with
        run.log_artifact, use it with run.use_artifact, and it shows here.
      </EmptyState>
    )
  }
  return (
    <Stack gap="sm">
      <Select
        label="How far to look"
        w={220}
        allowDeselect={false}
        data={DEPTHS.map((value) => ({ value, label: value === '1' ? '1 step each way' : `${value} steps each way` }))}
        value={DEPTHS.includes(depth) ? depth : '3'}
        onChange={setDepth}
      />
      {query.data.cut && (
        <Alert color="yellow" variant="light">
          <Text size="sm">There is more than is shown. Look less far, or go on from a version at the edge.</Text>
        </Alert>
      )}
      <LineageGraph layout={layout} around={`v:${artifactId}`} />
      {layout.edges.some(({ kind }) => kind === 'refers') && <Key />}
      <Text size="sm" c="dimmed">
        The same as a list
      </Text>
      <DataTable
        label="Lineage"
        columns={columnsOf(layout, version)}
        list={{
          rows: others.toSorted((a, b) => a.layer - b.layer),
          isPending: false,
          error: null,
          retry: () => {},
          hasMore: false,
          isLoadingMore: false,
          loadMore: () => {},
        }}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Stack>
  )
}

/** What the two kinds of arrows mean. */
function Key() {
  return (
    <Group gap="lg" c="dimmed" fz="xs">
      <KeyLine>used by a run, or logged by it</KeyLine>
      <KeyLine isDashed>refers to files of the other version</KeyLine>
    </Group>
  )
}

function KeyLine({ isDashed = false, children }: { isDashed?: boolean; children: string }) {
  return (
    <span className={graph.key}>
      <svg width="34" height="8" aria-hidden="true">
        <path d="M0 4 H27" className={`${graph.edge} ${isDashed ? graph.refers : ''}`} />
        <path d="M26 0 L34 4 L26 8 z" className={graph.arrow} />
      </svg>
      {children}
    </span>
  )
}

const columnsOf = ({ edges }: Layout, here: ProjectPlace): Column<LineageNode>[] => [
  { key: 'where', header: 'Where', width: '126px', isExtra: true, cell: ({ layer }) => whereWords(layer) },
  {
    key: 'what',
    header: 'What',
    cell: (node) => (
      <>
        <Box className={classes.iconed}>
          {node.kind === 'run' ? (
            <IconPlayerPlay size={16} aria-label="Run" role="img" />
          ) : (
            <IconBox size={16} aria-label="Version" role="img" />
          )}
          <Link to={nodePath(node)} className={classes.name}>
            {fullName(node, here)}
          </Link>
        </Box>
        <div className={`${cells.note} ${cells.onlyNarrow}`}>{whereWords(node.layer)}</div>
      </>
    ),
  },
  {
    key: 'how',
    header: 'How',
    cell: (node) => (
      <Text size="sm" c="dimmed">
        {relationWords(node, edges)}
      </Text>
    ),
  },
  {
    key: 'aliases',
    header: 'Aliases',
    width: '150px',
    isExtra: true,
    cell: (node) => (node.kind === 'run' ? null : <Labels values={node.version.aliases} color="indigo" max={4} />),
  },
  {
    key: 'type',
    header: 'Type',
    width: '140px',
    isExtra: true,
    cell: (node) => (node.kind === 'run' ? 'run' : node.version.type),
  },
]

/** With its project, where that is another one. */
function fullName(node: LineageNode, here: ProjectPlace): string {
  if (node.kind === 'run') return node.run.displayName
  const { entity, project } = node.version
  return entity === here.entity && project === here.project ? nodeName(node) : qualifiedName(node.version)
}

function whereWords(layer: number): string {
  if (layer === 0) return 'Beside it'
  const steps = Math.abs(layer)
  return `${steps} ${steps === 1 ? 'step' : 'steps'} ${layer < 0 ? 'before' : 'after'}`
}

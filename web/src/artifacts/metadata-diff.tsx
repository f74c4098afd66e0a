import { Badge, Group, Select, Stack, Text } from '@mantine/core'
import { $api } from '../api/client'
import { DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { ProblemAlert } from '../ui/problem-alert'
import { useUrlState } from '../ui/use-url-state'
import { leafWords } from './json-tree'
import { type Difference, differences, type Json, pathKey } from './metadata'
import classes from './names.module.css'
import type { Version } from './version-page'

const CHOICES_MAX = 200

/** What the metadata has that another version's has not, and the other way round. */
export function MetadataDiff({ version }: { version: Version }) {
  const { entity, project, collection } = version
  const [against, setAgainst] = useUrlState('against')
  const versions = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/collections/{collection}/versions', {
    params: { path: { entity, project, collection }, query: { limit: CHOICES_MAX } },
  })
  const others = (versions.data?.items ?? []).filter((other) => other.version !== version.version)
  const previous = others.find((other) => numberOf(other.version) < numberOf(version.version))
  const chosen = against || previous?.version
  const other = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}',
    { params: { path: { entity, project, collection, version: chosen ?? '' } } },
    { enabled: chosen !== undefined },
  )
  if (versions.error) return <ProblemAlert error={versions.error} />
  if (versions.isSuccess && others.length === 0) {
    return <EmptyState title="Nothing to compare with">This is the only version of the collection.</EmptyState>
  }
  const found = other.data === undefined ? [] : differences(other.data.metadata as Json, version.metadata as Json)
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Select
          aria-label="Compare with"
          w={260}
          searchable
          allowDeselect={false}
          data={others.map((each) => ({
            value: each.version,
            label: [each.version, ...each.aliases.slice(0, 2)].join(' · '),
          }))}
          value={chosen ?? null}
          onChange={setAgainst}
        />
        {other.data !== undefined && (
          <Text size="sm" c="dimmed">
            {found.length === 0
              ? 'No difference'
              : `${found.length} ${found.length === 1 ? 'difference' : 'differences'}`}{' '}
            from {other.data.version} to {version.version}
          </Text>
        )}
      </Group>
      {other.error ? (
        <ProblemAlert error={other.error} />
      ) : (
        <DataTable
          label={`Metadata of ${chosen ?? 'the previous version'} and of ${version.version}`}
          list={{
            rows: found,
            isPending: other.isPending,
            error: null,
            retry: () => {},
            hasMore: false,
            isLoadingMore: false,
            loadMore: () => {},
          }}
          rowKey={({ path }) => pathKey(path)}
          columns={[
            {
              key: 'path',
              header: 'Where',
              cell: ({ path }: Difference) => <span className={classes.mono}>{path.join('.')}</span>,
            },
            { key: 'kind', header: 'What', width: '110px', cell: ({ kind }: Difference) => <Kind kind={kind} /> },
            { key: 'before', header: chosen ?? 'Before', cell: ({ before }: Difference) => <Value value={before} /> },
            { key: 'after', header: version.version, cell: ({ after }: Difference) => <Value value={after} /> },
          ]}
          empty={<EmptyState title="The metadata is the same" />}
        />
      )}
    </Stack>
  )
}

const COLORS = { added: 'green', removed: 'red', changed: 'yellow' }

function Kind({ kind }: { kind: Difference['kind'] }) {
  return (
    <Badge variant="light" color={COLORS[kind]} radius="sm" tt="none">
      {kind}
    </Badge>
  )
}

function Value({ value }: { value: Json | undefined }) {
  return value === undefined ? null : <span className={classes.mono}>{leafWords(value)}</span>
}

const numberOf = (version: string) => Number(version.slice(1))

import { Group, Select, Text, TextInput } from '@mantine/core'
import { IconBox, IconSearch } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { PAGED } from '../api/pages'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'
import { chooseCollections, isCollectionOrder } from './choose-collections'
import { FirstVersion } from './first-version'
import { Labels } from './labels'
import classes from './names.module.css'
import { artifactsPath, collectionPath, typePath, versionPath } from './place'
import { type Place, placeCrumbs, usePlace } from './use-place'

type Collection = Schemas['Collection']

const LOADED_AT_ONCE = 1_000

/** The collections of a project or registry, of all types or of one. */
export function CollectionsPage() {
  const place = usePlace()
  const { entity, project, registry } = place
  useLiveEvents(entity)
  const { type } = useParams()
  const [text, setText] = useUrlState('q')
  const [order, setOrder] = useUrlState('order', 'name')
  const navigate = useNavigate()
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections',
    { params: { path: { entity, project }, query: { limit: LOADED_AT_ONCE } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  const list = pagedList(query)
  const types = useMemo(() => [...new Set([...list.rows.map(({ type }) => type)])].sort(), [list.rows])
  const by = order.replace(/^-/, '')
  const isDescending = order.startsWith('-')
  const rows = chooseCollections(list.rows, {
    type,
    text,
    by: isCollectionOrder(by) ? by : 'name',
    isDescending,
  })
  const isEmpty = !list.isPending && list.rows.length === 0
  return (
    <Page
      title={registry ?? project}
      heading={registry === undefined ? 'Artifacts' : registry}
      crumbs={placeCrumbs(place).slice(0, registry === undefined ? 2 : 1)}
    >
      {!isEmpty && (
        <Group gap="sm">
          <TextInput
            aria-label="Find a collection"
            placeholder="Find by name, tag or description"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            flex="1 1 220px"
            maw={420}
          />
          <Select
            aria-label="Type"
            data={[{ value: '', label: 'All types' }, ...types.map((name) => ({ value: name, label: name }))]}
            value={type ?? ''}
            allowDeselect={false}
            w={180}
            onChange={(chosen) => {
              const to = chosen ? typePath(place, chosen) : artifactsPath(place)
              void navigate({ pathname: to, search: location.search })
            }}
          />
        </Group>
      )}
      <DataTable
        label="Collections"
        columns={columnsOf(place)}
        list={{ ...list, rows }}
        rowKey={({ id }) => id}
        order={{ by, isDescending, onChange: (by, isDescending) => setOrder(`${isDescending ? '-' : ''}${by}`) }}
        empty={
          isEmpty ? (
            <FirstVersion place={place} />
          ) : (
            <EmptyState icon={<IconBox size={32} aria-hidden />} title="No collection is like that">
              Nothing here has these words in its name, its tags or its description.
            </EmptyState>
          )
        }
      />
    </Page>
  )
}

function columnsOf({ registry }: Place): Column<Collection>[] {
  return [
    {
      key: 'name',
      header: 'Name',
      order: 'name',
      cell: (collection) => (
        <>
          <Link to={collectionPath(collection, collection.type, collection.name)} className={classes.name}>
            {collection.name}
          </Link>
          {collection.description !== null && collection.description !== '' && (
            <Text size="xs" c="dimmed" lineClamp={1}>
              {collection.description}
            </Text>
          )}
        </>
      ),
    },
    {
      key: 'type',
      header: 'Type',
      order: 'type',
      width: '130px',
      cell: ({ type, kind }) => (kind === 'PORTFOLIO' && registry === undefined ? `${type} (linked)` : type),
    },
    {
      key: 'latest',
      header: registry === undefined ? 'Latest' : 'Newest link',
      width: '100px',
      cell: (collection) =>
        collection.latestVersion === null ? (
          <Text size="sm" c="dimmed">
            none
          </Text>
        ) : (
          <Link
            to={versionPath({ ...collection, collection: collection.name, version: collection.latestVersion })}
            className={classes.name}
          >
            {collection.latestVersion}
          </Link>
        ),
    },
    {
      key: 'tags',
      header: 'Tags',
      width: '200px',
      isExtra: true,
      cell: ({ tags }) => <Labels values={tags} max={3} />,
    },
    {
      key: 'updated',
      header: 'Changed',
      order: 'updated',
      width: '140px',
      isExtra: true,
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
  ]
}

import { Group, Select, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBox, IconSearch } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { Link, useLocation, useNavigate, useParams } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { PAGED } from '../api/pages'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'
import { FirstVersion } from './first-version'
import { Labels } from './labels'
import { LinkInto } from './link-into'
import classes from './names.module.css'
import { artifactsPath, collectionPath, typePath, versionPath } from './place'
import { type Place, useMayWrite, usePlace, usePlaceCrumbs } from './use-place'

type Collection = Schemas['Collection']

const LOADED_AT_ONCE = 200

const ORDERS = ['name', '-name', 'created', '-created', 'updated', '-updated'] as const

/** The collections of a project or registry, of all types or of one. */
export function CollectionsPage() {
  const place = usePlace()
  const { entity, project, registry } = place
  useLiveEvents(entity)
  const mayWrite = useMayWrite(entity)
  const crumbs = usePlaceCrumbs()
  const { type } = useParams()
  const [text, setText] = useUrlState('q')
  const [order, setOrder] = useUrlState('order', 'name')
  const [q] = useDebouncedValue(text.trim(), 250)
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections',
    {
      params: {
        path: { entity, project },
        query: {
          limit: LOADED_AT_ONCE,
          order: ORDERS.find((known) => known === order) ?? 'name',
          ...(type === undefined ? {} : { type }),
          ...(q === '' ? {} : { q }),
        },
      },
    },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  const list = pagedList(query)
  const isNarrowed = q !== '' || type !== undefined
  const isEmpty = list.error === null && !list.isPending && list.rows.length === 0 && !isNarrowed
  return (
    <Page
      title={registry ?? project}
      heading={registry === undefined ? 'Artifacts' : registry}
      crumbs={crumbs.slice(0, registry === undefined ? 2 : 1)}
      actions={registry !== undefined && mayWrite ? <LinkInto place={place} /> : undefined}
    >
      {!isEmpty && (
        <Group gap="sm">
          <TextInput
            aria-label="Find a collection"
            placeholder="Find by name"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={text}
            maxLength={128}
            onChange={(event) => setText(event.currentTarget.value)}
            flex="1 1 220px"
            maw={420}
          />
          <TypePicker place={place} type={type} />
        </Group>
      )}
      <DataTable
        label="Collections"
        columns={columnsOf(place)}
        list={list}
        rowKey={({ id }) => id}
        order={{
          by: order.replace(/^-/, ''),
          isDescending: order.startsWith('-'),
          onChange: (by, isDescending) => setOrder(`${isDescending ? '-' : ''}${by}`),
        }}
        empty={
          isEmpty ? (
            <FirstVersion place={place} />
          ) : (
            <EmptyState icon={<IconBox size={32} aria-hidden />} title="No collection is like that">
              Nothing here is called like that{type === undefined ? '' : `, with the type ${type}`}.
            </EmptyState>
          )
        }
      />
    </Page>
  )
}

/** The types there are, with how many collections each has; choosing one is another page. */
function TypePicker({ place, type }: { place: Place; type: string | undefined }) {
  const navigate = useNavigate()
  const { search } = useLocation()
  const { data } = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/artifact-types', {
    params: { path: { entity: place.entity, project: place.project }, query: { limit: 1_000 } },
  })
  const known = (data?.items ?? []).filter(({ name, collections }) => collections > 0 || name === type)
  const types = known.map(({ name, collections }) => ({ value: name, label: `${name} (${collections})` }))
  const unknown = type !== undefined && !known.some(({ name }) => name === type) ? [{ value: type, label: type }] : []
  return (
    <Select
      aria-label="Type"
      data={[{ value: '', label: 'All types' }, ...types, ...unknown]}
      value={type ?? ''}
      allowDeselect={false}
      w={{ base: '100%', xs: 200 }}
      onChange={(chosen) => {
        void navigate({ pathname: chosen ? typePath(place, chosen) : artifactsPath(place), search })
      }}
    />
  )
}

function columnsOf({ registry }: Place): Column<Collection>[] {
  const typeOf = ({ type, kind }: Collection) =>
    kind === 'PORTFOLIO' && registry === undefined ? `${type} (linked)` : type
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
          <div className={`${cells.note} ${cells.onlyNarrow}`}>{typeOf(collection)}</div>
        </>
      ),
    },
    { key: 'type', header: 'Type', width: '130px', isExtra: true, cell: typeOf },
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
      key: 'versions',
      header: registry === undefined ? 'Versions' : 'Links',
      width: '90px',
      align: 'right',
      cell: ({ versionCount }) => versionCount.toLocaleString('en'),
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

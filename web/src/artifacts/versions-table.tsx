import { keepPreviousData } from '@tanstack/react-query'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { formatBytes } from '../ui/bytes'
import cells from '../ui/cells.module.css'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Time } from '../ui/time'
import { Labels } from './labels'
import classes from './names.module.css'
import { runPath, versionPath } from './place'

type Version = Schemas['Version']

const LOADED_AT_ONCE = 1_000

/** The versions of a collection, newest first, however many. */
export function VersionsTable({ collection }: { collection: Schemas['Collection'] }) {
  const { entity, project, name } = collection
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions',
    { params: { path: { entity, project, collection: name }, query: { limit: LOADED_AT_ONCE } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  return (
    <DataTable
      label="Versions"
      columns={collection.kind === 'SEQUENCE' ? LOGGED : LINKED}
      list={pagedList(query)}
      rowKey={nameOf}
      empty={
        <EmptyState title="No versions">
          {collection.kind === 'SEQUENCE' ? 'They come when a run logs them.' : 'They come when they are linked here.'}
        </EmptyState>
      }
    />
  )
}

const nameOf = ({ version }: Version) => version

const COMMON: Column<Version>[] = [
  {
    key: 'version',
    header: 'Version',
    width: '90px',
    cell: (version) => (
      <Link to={versionPath(version)} className={classes.name}>
        {version.version}
      </Link>
    ),
  },
  {
    key: 'aliases',
    header: 'Aliases',
    cell: ({ aliases }) => <Labels values={aliases} color="indigo" max={4} />,
  },
  { key: 'tags', header: 'Tags', isExtra: true, cell: ({ tags }) => <Labels values={tags} max={3} /> },
]

const SIZES: Column<Version>[] = [
  { key: 'size', header: 'Size', width: '90px', align: 'right', isExtra: true, cell: ({ size }) => formatBytes(size) },
  {
    key: 'files',
    header: 'Files',
    width: '70px',
    align: 'right',
    isExtra: true,
    cell: ({ fileCount }) => fileCount.toLocaleString('en'),
  },
]

const LOGGED: Column<Version>[] = [
  ...COMMON,
  ...SIZES,
  {
    key: 'run',
    header: 'Run',
    width: '170px',
    isExtra: true,
    cell: ({ run }) =>
      run === null ? (
        <span className={cells.dimmed}>none</span>
      ) : (
        <Link to={runPath(run)} className={classes.name}>
          {run.displayName}
        </Link>
      ),
  },
  { key: 'created', header: 'Created', width: '140px', cell: ({ addedAt }) => <Time at={addedAt} /> },
]

const LINKED: Column<Version>[] = [
  ...COMMON,
  {
    key: 'source',
    header: 'Logged as',
    isExtra: true,
    cell: ({ source, type }) =>
      source === null ? (
        <span className={cells.dimmed}>not yours to see</span>
      ) : (
        <Link to={versionPath({ ...source, type })} className={classes.name}>
          {source.project}/{source.collection}:{source.version}
        </Link>
      ),
  },
  ...SIZES,
  { key: 'linked', header: 'Linked', width: '140px', cell: ({ addedAt }) => <Time at={addedAt} /> },
]

import { Anchor, Breadcrumbs, Button, Group, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconDownload, IconExternalLink, IconFile, IconFolder, IconSearch } from '@tabler/icons-react'
import { useMemo } from 'react'
import { $api } from '../api/client'
import { PAGED } from '../api/pages'
import { formatBytes } from '../ui/bytes'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { useUrlState } from '../ui/use-url-state'
import { FilePreview } from './file-preview'
import { type File, type Folder, fileUrl, listFolder, parentsOf } from './file-tree'
import classes from './files.module.css'
import type { Version } from './version-page'

const LOADED_AT_ONCE = 1_000

/** The files of a version, folder by folder, each to be looked at or downloaded. */
export function FilesTab({ version }: { version: Version }) {
  const { entity, project, collection } = version
  const [folder, setFolder] = useUrlState('folder')
  const [file, setFile] = useUrlState('file')
  const [text, setText] = useUrlState('find')
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/entries',
    { params: { path: { entity, project, collection, version: version.version }, query: { limit: LOADED_AT_ONCE } } },
    { ...PAGED, staleTime: Number.POSITIVE_INFINITY },
  )
  const list = pagedList(query)
  const rows = useMemo(() => listFolder(list.rows, folder, text), [list.rows, folder, text])
  const opened = file === '' ? undefined : list.rows.find(({ path }) => path === file)
  const open = (row: Folder | File) => {
    if (row.kind === 'file') return setFile(row.path)
    setText(null)
    setFolder(row.path)
  }
  const columns: Column<Folder | File>[] = [
    {
      key: 'name',
      header: 'Name',
      cell: (row) => <Name row={row} open={() => open(row)} isOpen={row.path === file} />,
    },
    {
      key: 'files',
      header: 'Files',
      width: '80px',
      align: 'right',
      isExtra: true,
      cell: (row) => (row.kind === 'folder' ? row.fileCount.toLocaleString('en') : ''),
    },
    {
      key: 'size',
      header: 'Size',
      width: '100px',
      align: 'right',
      cell: (row) => (row.kind === 'file' && row.reference !== null && row.size === 0 ? '' : formatBytes(row.size)),
    },
    { key: 'get', header: '', width: '56px', cell: (row) => <Get row={row} version={version} /> },
  ]
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Path folder={folder} go={setFolder} root={`${collection}:${version.version}`} />
        <TextInput
          aria-label="Find files"
          placeholder="Find files by path"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          w={260}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Group>
      {list.hasMore && (
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            {list.rows.length.toLocaleString('en')} of {version.fileCount.toLocaleString('en')} files are read; sizes
            and search cover these.
          </Text>
          <Button size="xs" variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            Read more
          </Button>
        </Group>
      )}
      <div className={opened === undefined ? undefined : classes.split}>
        <DataTable
          label="Files"
          columns={opened === undefined ? columns : columns.filter(({ key }) => key !== 'files')}
          list={{ ...list, rows, hasMore: false }}
          rowKey={({ kind, path }) => `${kind} ${path}`}
          empty={
            list.rows.length === 0 ? (
              <EmptyState icon={<IconFile size={32} aria-hidden />} title="No files">
                The version holds metadata alone.
              </EmptyState>
            ) : (
              <EmptyState title="No file is called like that" />
            )
          }
        />
        {opened !== undefined && (
          <FilePreview
            key={opened.path}
            entry={opened}
            url={fileUrl(version, opened.path)}
            close={() => setFile(null)}
          />
        )}
      </div>
    </Stack>
  )
}

function Path({ folder, go, root }: { folder: string; go(folder: string | null): void; root: string }) {
  const folders = folder === '' ? [] : [...parentsOf(folder), folder]
  return (
    <Breadcrumbs separatorMargin={6} aria-label="Folder">
      <Anchor component="button" type="button" size="sm" onClick={() => go(null)}>
        {root}
      </Anchor>
      {folders.map((path) => (
        <Anchor key={path} component="button" type="button" size="sm" onClick={() => go(path)}>
          {path.split('/').at(-1)}
        </Anchor>
      ))}
    </Breadcrumbs>
  )
}

function Name({ row, open, isOpen }: { row: Folder | File; open(): void; isOpen: boolean }) {
  const Icon = row.kind === 'folder' ? IconFolder : row.reference === null ? IconFile : IconExternalLink
  return (
    <UnstyledButton className={classes.name} onClick={open} aria-current={isOpen ? 'true' : undefined}>
      <Icon size={16} className={classes.icon} aria-hidden />
      <span>
        {row.name}
        {row.kind === 'file' && row.reference !== null && (
          <Text span size="xs" c="dimmed" display="block">
            reference to {row.reference}
          </Text>
        )}
      </span>
    </UnstyledButton>
  )
}

function Get({ row, version }: { row: Folder | File; version: Version }) {
  if (row.kind === 'folder' || row.reference !== null) return null
  return (
    <a href={fileUrl(version, row.path)} download className={classes.download} aria-label={`Download ${row.path}`}>
      <IconDownload size={16} aria-hidden />
    </a>
  )
}

import { Badge, Group, Tabs } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Link, Navigate, useNavigate, useParams } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { NotFound } from '../app/route-failure'
import { formatBytes } from '../ui/bytes'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { WAITING } from '../ui/waiting'
import { LinkVersion } from './link-version'
import { collectionPath, isSource, VERSION_TABS, type VersionTab, versionPath, versionTab } from './place'
import { useMayWrite, usePart, usePlace, usePlaceCrumbs } from './use-place'
import { VersionMenu } from './version-menu'
import { VersionOverview } from './version-overview'

export type Version = Schemas['Version']

// Each tab is loaded when it is first opened.
const MetadataTab = lazy(async () => ({ default: (await import('./metadata-tab')).MetadataTab }))
const FilesTab = lazy(async () => ({ default: (await import('./files-tab')).FilesTab }))

const LineageTab = lazy(async () => ({ default: (await import('./lineage-tab')).LineageTab }))
const FiredTab = lazy(async () => ({ default: (await import('./fired-tab')).FiredTab }))

const LABELS: Record<VersionTab, string> = {
  overview: 'Overview',
  metadata: 'Metadata',
  files: 'Files',
  lineage: 'Lineage',
  automations: 'Automations',
}

/** One version, by its number or an alias, with what is known of it in tabs. */
export function VersionPage() {
  const place = usePlace()
  const { tab: part } = useParams()
  const [type, collection, version] = [usePart('type'), usePart('collection'), usePart('version')]
  const { entity, project } = place
  useLiveEvents(entity)
  const tab = versionTab(part)
  const query = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}',
    { params: { path: { entity, project, collection, version } } },
  )
  const crumbs = [...usePlaceCrumbs(type), { label: collection, to: collectionPath(place, type, collection) }]
  if (query.isPending)
    return (
      <Page title={`${collection}:${version}`} crumbs={crumbs}>
        {WAITING}
      </Page>
    )
  if (query.data === undefined) {
    return query.error.status === 404 ? (
      <NotFound what="version" />
    ) : (
      <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
    )
  }
  if (tab === undefined) return <NotFound />
  // A link from before the collection got another type.
  if (query.data.type !== type) return <Navigate to={versionPath({ ...query.data, version, tab })} replace />
  return (
    <Page
      title={`${collection}:${query.data.version}`}
      crumbs={crumbs}
      subtitle={<Subtitle version={query.data} asked={version} />}
      actions={<Actions version={query.data} />}
    >
      <VersionTabs version={query.data} tab={tab} asked={version} />
    </Page>
  )
}

function Subtitle({ version, asked }: { version: Version; asked: string }) {
  return (
    <Group gap="sm">
      {asked !== version.version && (
        <Badge variant="light" color="indigo" radius="sm" tt="none">
          {asked} at the moment
        </Badge>
      )}
      <span>
        {version.type} · {formatBytes(version.size)} · {version.fileCount.toLocaleString('en')}{' '}
        {version.fileCount === 1 ? 'file' : 'files'} · <Time at={version.addedAt} />
      </span>
    </Group>
  )
}

function Actions({ version }: { version: Version }) {
  const mayWrite = useMayWrite(version.entity)
  return (
    <>
      <LinkVersion version={version} />
      {mayWrite && <VersionMenu version={version} isLogged={isSource(version) === true} />}
    </>
  )
}

function VersionTabs({ version, tab, asked }: { version: Version; tab: VersionTab; asked: string }) {
  const navigate = useNavigate()
  const pathOf = (tab: VersionTab) => versionPath({ ...version, version: asked, tab })
  return (
    <Tabs value={tab} onChange={(chosen) => void navigate(pathOf(chosen as VersionTab))} keepMounted={false}>
      <Tabs.List mb="md">
        {VERSION_TABS.map((each) => (
          <Tabs.Tab
            key={each}
            value={each}
            // A link, so that it opens in another window too; the click itself is the list's.
            renderRoot={(props) => <Link {...props} to={pathOf(each)} onClick={undefined} />}
          >
            {LABELS[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab}>
        <Suspense fallback={null}>
          {tab === 'overview' && <VersionOverview version={version} />}
          {tab === 'metadata' && <MetadataTab version={version} />}
          {tab === 'files' && <FilesTab version={version} />}
          {tab === 'lineage' && <LineageTab version={version} />}
          {tab === 'automations' && <FiredTab version={version} />}
        </Suspense>
      </Tabs.Panel>
    </Tabs>
  )
}

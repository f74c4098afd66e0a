import { Group, Stack, TextInput } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { Navigate, useNavigate } from 'react-router'
import { $api, api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { NotFound } from '../app/route-failure'
import { Fact, Facts } from '../ui/facts'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { WAITING } from '../ui/waiting'
import { Tags } from './aliases-and-tags'
import { refreshArtifacts } from './changes'
import { CollectionMenu } from './collection-menu'
import { EditableText } from './editable-text'
import { LinkInto } from './link-into'
import { collectionPath, versionPath } from './place'
import { TtlButton } from './ttl-button'
import { useMayWrite, usePart, usePlace, usePlaceCrumbs } from './use-place'
import { VersionsTable } from './versions-table'

type Collection = Schemas['Collection']

/** One collection: what it is, and its versions. */
export function CollectionPage() {
  const place = usePlace()
  const type = usePart('type')
  const name = usePart('collection')
  const { entity, project } = place
  useLiveEvents(entity)
  const mayWrite = useMayWrite(entity)
  const crumbs = usePlaceCrumbs(type)
  const query = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/collections/{collection}', {
    params: { path: { entity, project, collection: name } },
  })
  if (query.isPending)
    return (
      <Page title={name} crumbs={crumbs}>
        {WAITING}
      </Page>
    )
  if (query.data === undefined) {
    return query.error.status === 404 ? (
      <NotFound what="collection" />
    ) : (
      <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
    )
  }
  // A link from before it got another type.
  if (query.data.type !== type) return <Navigate to={collectionPath(place, query.data.type, name)} replace />
  return (
    <Page
      title={name}
      crumbs={crumbs}
      actions={
        <>
          <GoToVersion collection={query.data} />
          {place.registry !== undefined && mayWrite && <LinkInto place={place} collection={name} />}
          <CollectionMenu collection={query.data} />
        </>
      }
    >
      <About collection={query.data} />
      <VersionsTable collection={query.data} />
    </Page>
  )
}

function About({ collection }: { collection: Collection }) {
  const isReadOnly = !useMayWrite(collection.entity)
  const path = { entity: collection.entity, project: collection.project, collection: collection.name }

  async function patch(body: { description?: string | null; timeToLive?: Collection['timeToLive'] }) {
    const { error } = await api.PATCH('/api/v1/projects/{entity}/{project}/collections/{collection}', {
      params: { path },
      body,
    })
    if (error === undefined) await refreshArtifacts()
    return error
  }

  return (
    <Stack gap="sm">
      <EditableText
        label="Description"
        placeholder="Add a description"
        value={collection.description}
        isReadOnly={isReadOnly}
        save={(description) => patch({ description })}
      />
      <Facts>
        <Fact label="Tags">
          <Tags at={path} values={collection.tags} isReadOnly={isReadOnly} />
        </Fact>
        <Fact label="Kind">{collection.kind === 'SEQUENCE' ? 'Logged by runs' : 'Linked from elsewhere'}</Fact>
        {collection.kind === 'SEQUENCE' && (
          <Fact label="Time to live">
            <TtlButton
              value={collection.timeToLive}
              isReadOnly={isReadOnly}
              inherited="the team says"
              save={(timeToLive) => patch({ timeToLive })}
            />
          </Fact>
        )}
        <Fact label="Made">
          <Time at={collection.createdAt} />
        </Fact>
        <Fact label="Changed">
          <Time at={collection.updatedAt} />
        </Fact>
      </Facts>
    </Stack>
  )
}

/** Opens a version by number or alias: with ten thousand of them nobody scrolls to one. */
function GoToVersion({ collection }: { collection: Collection }) {
  const navigate = useNavigate()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const wanted = String(new FormData(event.currentTarget).get('version')).trim()
        const version = /^\d+$/.test(wanted) ? `v${wanted}` : wanted
        if (version !== '') void navigate(versionPath({ ...collection, collection: collection.name, version }))
      }}
    >
      <Group gap={4}>
        <TextInput
          name="version"
          aria-label="Go to a version or alias, and press Enter"
          placeholder="Go to v3 or an alias"
          rightSection={<IconArrowRight size={16} aria-hidden />}
          w={190}
          autoComplete="off"
        />
      </Group>
    </form>
  )
}

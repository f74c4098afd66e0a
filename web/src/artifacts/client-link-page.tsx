import { Navigate, useParams, useSearchParams } from 'react-router'
import { $api } from '../api/client'
import { projectPath } from '../app/area'
import { NotFound } from '../app/route-failure'
import { ProblemAlert } from '../ui/problem-alert'
import { selectedByClient } from './client-link'
import { artifactsPath, collectionPath, versionPath } from './place'

/**
 * A registry's own path. The client links to it with the collection and the version in the query, and names an
 * organization as people call it; what is in the query is what counts.
 */
export function ClientLinkPage() {
  const { entity = '', registry = 'model' } = useParams()
  const [query] = useSearchParams()
  const selected = selectedByClient(query)
  const collection = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}',
    { params: { path: selected ?? { entity, project: '', collection: '' } } },
    { enabled: selected !== undefined },
  )
  if (selected === undefined) {
    return <Navigate to={artifactsPath({ entity, project: `wandb-registry-${registry}` })} replace />
  }
  if (collection.isPending) return null
  if (collection.error) {
    return collection.error.status === 404 ? <NotFound what="collection" /> : <ProblemAlert error={collection.error} />
  }
  const { type } = collection.data
  const { version } = selected
  const to =
    version === undefined
      ? collectionPath(selected, type, selected.collection)
      : versionPath({ ...selected, version, type })
  return <Navigate to={to} replace />
}

/** A project opens with its artifacts. */
export function ToArtifacts() {
  const { entity = '', project = '' } = useParams()
  return <Navigate to={artifactsPath({ entity, project })} replace />
}

/** Sweeps are runs here. */
export function ToRuns() {
  const { entity = '', project = '' } = useParams()
  return <Navigate to={`${projectPath(entity, project)}/runs`} replace />
}

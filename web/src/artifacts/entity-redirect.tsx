import { Navigate, useParams } from 'react-router'
import { $api } from '../api/client'
import { useViewer } from '../app/session'

/** `/acme`, as the client and people write it: the page of that team, user or organization. */
export function EntityRedirect() {
  const { entity = '' } = useParams()
  const known = useViewer().entities.find(({ name }) => name === entity)
  const organization = $api.useQuery(
    'get',
    '/api/v1/organizations/{name}',
    { params: { path: { name: entity } } },
    { enabled: known === undefined },
  )
  if (known === undefined && organization.isPending) return null
  const isOrganization = known === undefined ? organization.isSuccess : known.kind === 'organization'
  return <Navigate to={`/${isOrganization ? 'orgs' : 'teams'}/${encodeURIComponent(entity)}`} replace />
}

import { privilegesFor } from '../access/privileges'
import { $api } from '../api/client'
import type { Area } from './area'
import { useViewer } from './session'
import { useArea } from './use-area'

/** Whether it is there, for a while: the page asks for what is in it besides. */
const KNOWN_MS = 5 * 60_000

/**
 * What the page is about, in a word, where that is not there or not the viewer's to see; else `undefined`, also until that
 * is known: nobody waits for it.
 */
export function useMissingArea(): string | undefined {
  const area = useArea()
  const viewer = useViewer()
  const entity = 'entity' in area ? area.entity : ''
  const project = 'project' in area ? area.project : ''
  const headers = privilegesFor(viewer, entity)
  const isOwn = viewer.entities.some(({ name }) => name === entity)
  const ofEntity = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}',
    { params: { path: { entity }, query: { limit: 1 } }, headers },
    { enabled: entity !== '' && project === '' && !isOwn, staleTime: KNOWN_MS },
  )
  const ofProject = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}',
    { params: { path: { entity, project } }, headers },
    { enabled: project !== '', staleTime: KNOWN_MS },
  )
  const { error } = project === '' ? ofEntity : ofProject
  return error?.status === 404 ? wordFor(area) : undefined
}

function wordFor({ kind }: Area): string {
  return kind === 'entity' ? 'team' : kind
}

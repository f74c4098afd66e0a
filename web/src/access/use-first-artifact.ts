import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { projectPath } from '../app/area'

/** Should the stream of events not come through, as behind some proxies. */
const POLL_MS = 30_000

/** Where the first version is that was ever logged to an entity. */
type FirstArtifact = { label: string; to: string; project: string }

/** The first artifact of an entity as soon as there is one, by itself; `null` until then. One that is there already counts. */
export function useFirstArtifact(entity: string) {
  useLiveEvents(entity)
  return $api.useQuery(
    'get',
    '/api/v1/entities/{entity}/events',
    { params: { path: { entity }, query: { type: 'CREATE_ARTIFACT', limit: 1 } } },
    {
      select: ({ items }): FirstArtifact | null => firstOf(items[0]),
      refetchInterval: ({ state }) => (state.data?.items.length ? false : POLL_MS),
    },
  )
}

function firstOf(event: Schemas['Event'] | undefined): FirstArtifact | null {
  const subject = event?.subjects[0]
  if (event?.artifact == null || subject?.collection == null || subject.version === null) return null
  const path = ['artifacts', event.artifact.type, subject.collection, subject.version].map(encodeURIComponent).join('/')
  const project = projectPath(subject.entity, subject.project)
  return { label: `${subject.collection}:${subject.version}`, to: `${project}/${path}`, project }
}

import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../api/client'
import { projectPath } from '../app/area'

const POLL_MS = 2_000

/** Where the first version is that was ever logged to an entity; `undefined` while there is none. */
export type FirstArtifact = { label: string; to: string; project: string }

/**
 * Waits for the first artifact of an entity, asking every two seconds as long as somebody looks at the page. One that is
 * there already counts.
 */
export function useFirstArtifact(entity: string) {
  return useQuery({
    queryKey: ['first-artifact', entity],
    queryFn: async ({ signal }) => {
      const params = { path: { entity }, query: { type: 'CREATE_ARTIFACT' as const, limit: 1 } }
      const { data, error } = await api.GET('/api/v1/entities/{entity}/events', { params, signal })
      if (data === undefined) throw error
      return firstOf(data.items[0])
    },
    refetchInterval: (query) => (query.state.data == null ? POLL_MS : false),
  })
}

function firstOf(event: Schemas['Event'] | undefined): FirstArtifact | null {
  const subject = event?.subjects[0]
  if (event?.artifact == null || subject?.collection == null || subject.version === null) return null
  const path = ['artifacts', event.artifact.type, subject.collection, subject.version].map(encodeURIComponent).join('/')
  const project = projectPath(subject.entity, subject.project)
  return { label: `${subject.collection}:${subject.version}`, to: `${project}/${path}`, project }
}

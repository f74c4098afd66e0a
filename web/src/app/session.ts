import { createContext, useContext } from 'react'
import { $api, rememberSession, type Schemas, whenSignedOut } from '../api/client'
import { shownEntity } from './area'
import { isReadAnew, queryClient } from './query-client'

export type SessionState = Schemas['SessionState']
export type Viewer = Schemas['Viewer']

const sessionOptions = () => $api.queryOptions('get', '/api/v1/session', {}, { staleTime: 5 * 60_000 })

/** Who is signed in, and how one can sign in. */
export function useSession() {
  const query = $api.useQuery('get', '/api/v1/session', {}, { staleTime: 5 * 60_000 })
  if (query.data !== undefined) rememberSession(query.data)
  return query
}

/** Whose pages these are, also for as long as the session has ended and they sign in again. */
export const ViewerContext = createContext<Viewer | undefined>(undefined)

/** Whoever is signed in: only on pages behind `RequireSession`. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext)
  if (viewer === undefined) throw new Error('Nobody is signed in.')
  return viewer
}

/** See `shownEntity`. */
export function useEntityName(entity: string): string {
  return shownEntity(useViewer(), entity)
}

/** Takes over a session that has just begun: nothing that was read as somebody else stays. */
export function beginSession(state: SessionState): void {
  const { queryKey } = sessionOptions()
  // The query itself stays, with whatever shows it.
  const own = queryClient.getQueryCache().find({ queryKey })
  queryClient.removeQueries({ predicate: (query) => query !== own })
  rememberSession(state)
  queryClient.setQueryData(queryKey, state)
}

/** Goes on with a session that the same person has begun anew: what is on the page stays, and is brought up to date. */
export function resumeSession(state: SessionState): void {
  rememberSession(state)
  queryClient.setQueryData(sessionOptions().queryKey, state)
  void queryClient.invalidateQueries({ predicate: isReadAnew })
}

/** Asks again who is signed in, which ends at the sign-in page when it is nobody. */
export async function refreshSession(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: sessionOptions().queryKey })
}

whenSignedOut(() => void refreshSession())

import { $api, rememberCsrfToken, type Schemas, whenSignedOut } from '../api/client'
import { queryClient } from './query-client'

export type SessionState = Schemas['SessionState']
export type Viewer = Schemas['Viewer']

const sessionOptions = () => $api.queryOptions('get', '/api/v1/session', {}, { staleTime: 5 * 60_000 })

/** Who is signed in, and how one can sign in. */
export function useSession() {
  const query = $api.useQuery('get', '/api/v1/session', {}, { staleTime: 5 * 60_000 })
  if (query.data !== undefined) rememberCsrfToken(query.data.csrfToken)
  return query
}

/** Whoever is signed in: only on pages behind `RequireSession`. */
export function useViewer(): Viewer {
  const { data } = useSession()
  if (data?.viewer === undefined || data.viewer === null) throw new Error('Nobody is signed in.')
  return data.viewer
}

/** Takes over a session that has just begun: nothing that was read as somebody else stays. */
export function beginSession(state: SessionState): void {
  const { queryKey } = sessionOptions()
  // The query itself stays, with whatever shows it.
  const own = queryClient.getQueryCache().find({ queryKey })
  queryClient.removeQueries({ predicate: (query) => query !== own })
  rememberCsrfToken(state.csrfToken)
  queryClient.setQueryData(queryKey, state)
}

/** Asks again who is signed in, which ends at the sign-in page when it is nobody. */
export async function refreshSession(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: sessionOptions().queryKey })
}

whenSignedOut(() => void refreshSession())

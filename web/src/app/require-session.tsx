import { Center, Loader } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { Navigate, useLocation } from 'react-router'
import { ProblemAlert } from '../ui/problem-alert'
import { useSession, type Viewer, ViewerContext } from './session'

const SignInAgain = lazy(async () => ({ default: (await import('../access/sign-in-again')).SignInAgain }))

/**
 * Lets through whoever is signed in; everybody else signs in first and then comes back here. When a session ends under an
 * open page the page stays, with what was typed into it, and its owner signs in over it.
 */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useSession()
  const { pathname, search, hash } = useLocation()
  const viewer = session.data?.viewer ?? undefined
  const [owner, setOwner] = useState<Viewer>()
  const isOthers = owner !== undefined && viewer !== undefined && viewer.username !== owner.username
  if (viewer !== undefined && viewer !== owner && !isOthers) setOwner(viewer)
  useEffect(() => {
    // Somebody else has signed in, in another tab: nothing that was read before is theirs.
    if (isOthers) location.reload()
  }, [isOthers])

  const shown = owner ?? viewer
  if (shown !== undefined) {
    return (
      <ViewerContext value={shown}>
        {children}
        {session.data?.viewer === null && (
          <Suspense>
            <SignInAgain username={shown.username} />
          </Suspense>
        )}
      </ViewerContext>
    )
  }
  if (session.isPending) {
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    )
  }
  if (session.data === undefined) {
    return <ProblemAlert error={session.error} onRetry={() => void session.refetch()} />
  }
  const next = `${pathname}${search}${hash}`
  const to = next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`
  return <Navigate to={to} replace />
}

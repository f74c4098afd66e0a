import { Center, Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'
import { ProblemAlert } from '../ui/problem-alert'
import { useSession } from './session'

/** Lets through whoever is signed in; everybody else signs in first and then comes back here. */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useSession()
  const { pathname, search, hash } = useLocation()
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
  if (session.data.viewer === null) {
    const next = `${pathname}${search}${hash}`
    const to = next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`
    return <Navigate to={to} replace />
  }
  return <>{children}</>
}

import { useEffect } from 'react'
import { useLocation } from 'react-router'
import { useSession } from '../app/session'
import { rememberPlace } from './recent'

/** Until a title has settled: pages are opened, and called something, before what they show has been read. */
const SETTLED_MS = 1_000

/** Lets the palette offer the page that is open later, under its title. */
export function useRememberedPlace(title: string): void {
  const { pathname } = useLocation()
  const username = useSession().data?.viewer?.username
  useEffect(() => {
    if (username === undefined) return
    const settled = setTimeout(() => rememberPlace(username, { to: pathname, title }), SETTLED_MS)
    return () => clearTimeout(settled)
  }, [pathname, title, username])
}

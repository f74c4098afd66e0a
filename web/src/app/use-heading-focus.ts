import { type RefObject, useEffect } from 'react'
import { useLocation } from 'react-router'

/** The path whose heading was last reached: none before the first page, which the browser itself begins at its top. */
let reached: string | undefined

/**
 * Moves the focus to the heading of a page that has just been opened, so that screen readers say where one is and the
 * keyboard goes on from there. It stays where it is when only the query changes, on a tab that was pressed, and in
 * whatever somebody has begun to type into meanwhile.
 */
export function useHeadingFocus(heading: RefObject<HTMLHeadingElement | null>): void {
  const { pathname } = useLocation()
  useEffect(() => {
    const isFirst = reached === undefined
    if (reached === pathname) return
    reached = pathname
    if (!isFirst && !isFocusKept(document.activeElement)) heading.current?.focus({ preventScroll: true })
  }, [pathname, heading])
}

function isFocusKept(focused: Element | null): boolean {
  return focused !== null && focused.closest('[role=tab], [role=dialog], main input, main textarea') !== null
}

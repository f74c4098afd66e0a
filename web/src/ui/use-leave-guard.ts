import { useCallback, useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'
import { useConfirm } from './confirm'

/** The forms on the page whose changes nobody saved: a router can ask for one of them only. */
const unsaved = new Set<symbol>()

/**
 * Asks before a page is left whose form has changes that nobody saved; a page may have many such forms. Returns what ends
 * that: to be called once they are saved, where the page is left in the same breath.
 */
export function useLeaveGuard(hasChanges: boolean): () => void {
  const own = useRef<symbol>(undefined)
  useEffect(() => {
    if (!hasChanges) return
    const key = Symbol('a form')
    own.current = key
    unsaved.add(key)
    return () => {
      unsaved.delete(key)
    }
  }, [hasChanges])
  useEffect(() => {
    if (!hasChanges) return
    // Closing the tab is asked about by the browser itself, in its own words.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [hasChanges])

  return () => {
    if (own.current !== undefined) unsaved.delete(own.current)
  }
}

/** Does the asking, once for all forms of the page: to stand around all pages. */
export function useAskBeforeLeaving(): void {
  const mayLeave = useMayLeave()
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => unsaved.size > 0 && currentLocation.pathname !== nextLocation.pathname,
  )
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    void mayLeave().then((isYes) => (isYes ? blocker.proceed() : blocker.reset()))
  }, [blocker, mayLeave])
}

/** Asks whether what nobody saved may be lost, where there is something; for what leads away other than by a link. */
export function useMayLeave(): () => Promise<boolean> {
  const confirm = useConfirm()
  return useCallback(async () => {
    if (unsaved.size === 0) return true
    const isYes = await confirm({
      title: 'Leave without saving?',
      children: 'What you have changed on this page is lost.',
      action: 'Leave',
      isDangerous: true,
    })
    if (isYes) unsaved.clear()
    return isYes
  }, [confirm])
}

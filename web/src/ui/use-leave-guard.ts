import { useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'
import { useConfirm } from './confirm'

/**
 * Asks before a page is left whose form has changes that nobody saved. Returns what ends that: to be called once they are
 * saved, where the page is left in the same breath.
 */
export function useLeaveGuard(hasChanges: boolean): () => void {
  const confirm = useConfirm()
  const isSaved = useRef(false)
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      hasChanges && !isSaved.current && currentLocation.pathname !== nextLocation.pathname,
  )
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    void confirm({
      title: 'Leave without saving?',
      children: 'What you have changed on this page is lost.',
      action: 'Leave',
      isDangerous: true,
    }).then((isYes) => (isYes ? blocker.proceed() : blocker.reset()))
  }, [blocker, confirm])

  useEffect(() => {
    if (!hasChanges) return
    // Closing the tab is asked about by the browser itself, in its own words.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [hasChanges])

  return () => {
    isSaved.current = true
  }
}

import { useEffect, useRef } from 'react'
import { useBeforeUnload, useBlocker } from 'react-router'
import { useConfirm } from './confirm'

/**
 * Asks before a form with changes is left. Returns what lets go of it: to be called once they are saved, before the page
 * is left on purpose.
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
      children: 'What you changed on this page is lost.',
      action: 'Leave',
      isDangerous: true,
    }).then((isSure) => (isSure ? blocker.proceed() : blocker.reset()))
  }, [blocker, confirm])

  useBeforeUnload((event) => {
    if (hasChanges && !isSaved.current) event.preventDefault()
  })

  return () => {
    isSaved.current = true
  }
}

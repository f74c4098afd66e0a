import { Notifications } from '@mantine/notifications'
import { useEffect } from 'react'
import classes from './toasts.module.css'

const PLACE = 'bottom-left'
/** How high they are together; the page keeps so much room free below its end. */
const HEIGHT = '--toasts-height'

/**
 * Short messages, where they cover nothing that one may want to press: at the foot of the menu or, where there is none
 * beside the page, below the page's end.
 */
export function Toasts() {
  useEffect(() => {
    const shown = document.querySelector<HTMLElement>(`.${classes.toasts}[data-position="${PLACE}"]`)
    if (shown == null) return
    let before = 0
    const observer = new ResizeObserver(() => {
      const { documentElement: page } = document
      const isAtEnd = window.scrollY + window.innerHeight >= page.scrollHeight - 1
      const height = shown.childElementCount === 0 ? 0 : Math.ceil(shown.getBoundingClientRect().height)
      page.style.setProperty(HEIGHT, `${height}px`)
      // Whoever is at the end of the page stays there.
      if (isAtEnd && height > before && window.scrollY > 0) window.scrollTo({ top: page.scrollHeight })
      before = height
    })
    observer.observe(shown)
    return () => observer.disconnect()
  }, [])
  // In its own place, not in a portal: that would not be there yet when its height begins to be watched.
  return <Notifications withinPortal={false} position={PLACE} limit={4} classNames={{ root: classes.toasts }} />
}

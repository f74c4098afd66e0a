import { randomId } from '@mantine/hooks'
import { notifications, notificationsStore } from '@mantine/notifications'
import { asProblem } from '../api/client'
import { type Message, withNewest } from './messages'
import { NARROW } from './narrow'

const SHOWN_MAX = 4
/** Of a phone's screen they would cover most otherwise. */
const SHOWN_NARROW_MAX = 2

/** Says that something has been done. */
export function notifyDone(message: string): void {
  show({ message, color: 'green', autoClose: 4_000 })
}

/** Says why something could not be done; stays until it is closed. */
export function notifyProblem(error: unknown): void {
  const { title, detail } = asProblem(error)
  show({ title, message: detail, color: 'red', autoClose: false })
}

/** Says what was done, but may not work as it is; all in one message, which stays until it is closed. */
export function notifyWarnings(warnings: readonly string[]): void {
  if (warnings.length > 0) show({ message: warnings.join('\n'), color: 'yellow', autoClose: false })
}

function show(message: Message): void {
  const max = window.matchMedia(NARROW).matches ? SHOWN_NARROW_MAX : SHOWN_MAX
  const newest = { ...message, id: randomId() }
  notifications.updateState(notificationsStore, (shown) => withNewest(shown as Message[], newest, max))
}

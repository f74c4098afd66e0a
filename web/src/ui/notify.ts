import { notifications } from '@mantine/notifications'
import { asProblem } from '../api/client'

/** Says that something has been done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'green', autoClose: 4_000 })
}

/** Says why something could not be done; stays until it is closed. */
export function notifyProblem(error: unknown): void {
  const { title, detail } = asProblem(error)
  notifications.show({ title, message: detail, color: 'red', autoClose: false })
}

/** Says what was done, but may not work as it is; each stays until it is closed. */
export function notifyWarnings(warnings: readonly string[]): void {
  for (const message of warnings) notifications.show({ message, color: 'yellow', autoClose: false })
}

import { notifyDone, notifyWarnings } from '../ui/notify'
import type { Webhook } from './queries'

/** Says that it is done, and what the server has to say about it. */
export function tellSaved({ name, warnings }: Webhook, what: 'created' | 'saved'): void {
  notifyDone(`${name} is ${what}.`)
  notifyWarnings(warnings)
}

import type { Schemas } from '../api/client'
import { reasonInWords } from '../deliveries/reasons'

type Rehearsal = Schemas['ChangeRehearsal']
type Fired = Rehearsal['automations'][number]

/** How many fire, such as "2 automations fire, 1 skipped". */
export function firingWords(automations: readonly Pick<Fired, 'state'>[]): string {
  const firing = automations.filter(({ state }) => state === 'matched').length
  const words = firing === 0 ? 'Nothing fires' : firing === 1 ? 'One automation fires' : `${firing} automations fire`
  return firing < automations.length ? `${words}, ${automations.length - firing} skipped` : words
}

/** What one of them would do, and because of what. */
export function outcomeWords(automation: Fired, events: readonly Pick<Rehearsal['events'][number], 'words'>[]): string {
  const because = events[automation.event]?.words ?? ''
  if (automation.state === 'skipped') return `Skipped: ${reasonInWords(automation.reason ?? 'nothing to do')}`
  const { webhook } = automation
  if (webhook === null) return because
  const held = webhook.paused
    ? ', which is paused: it waits until that ends'
    : webhook.circuitOpen
      ? ', which has been failing: it waits until that answers again'
      : ''
  return `Sends to ${webhook.name}${held}. ${because}`
}

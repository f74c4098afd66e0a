import type { Schemas } from '../api/client'
import { reasonInWords } from '../deliveries/reasons'

type Rehearsal = Schemas['ChangeRehearsal']
type Fired = Rehearsal['automations'][number]
/** `times`: how many of the events fire it. */
type Told = Fired & { times: number }

/** Each automation once, with the first event that fires it; twice where it does something for some events alone. */
export function toldOnce(automations: readonly Fired[]): Told[] {
  const groups = Map.groupBy(automations, ({ id, state }) => `${id} ${state}`)
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ ...first, times: 1 + rest.length }],
  )
}

/** How many fire, such as "2 automations fire, 1 skipped". */
export function firingWords(automations: readonly Pick<Fired, 'state'>[]): string {
  const firing = automations.filter(({ state }) => state === 'matched').length
  const words = firing === 0 ? 'Nothing fires' : firing === 1 ? 'One automation fires' : `${firing} automations fire`
  return firing < automations.length ? `${words}, ${automations.length - firing} skipped` : words
}

/** What one of them would do, and because of what. */
export function outcomeWords(automation: Told, events: readonly Pick<Rehearsal['events'][number], 'words'>[]): string {
  const { times } = automation
  const first = events[automation.event]?.words ?? ''
  // Of what is about to happen nobody needs to be told, unless it is more than one thing.
  const because =
    events.length === 1 ? '' : times === 1 ? ` Because: ${first}` : ` ${times} times, first because: ${first}`
  if (automation.state === 'skipped') return `Skipped: ${reasonInWords(automation.reason ?? 'nothing to do')}`
  const { webhook } = automation
  if (webhook === null) return `Sends nothing.${because}`
  const held = webhook.paused
    ? ', which is paused: it waits until that ends'
    : webhook.circuitOpen
      ? ', which has been failing: it waits until that answers again'
      : ''
  return `Sends to ${webhook.name}${held}.${because}`
}

import type { Schemas } from '../api/client'

type Stated = Pick<Schemas['Webhook'], 'paused' | 'health'>

/** How a webhook is, worst first in what it says: one state, in a word, and why. */
export type WebhookState = {
  kind: 'active' | 'failing' | 'waiting' | 'out' | 'paused'
  label: string
  /** A sentence; `undefined` where all is well. */
  reason?: string
}

export const STATES: { kind: WebhookState['kind']; label: string }[] = [
  { kind: 'active', label: 'Active' },
  { kind: 'failing', label: 'Failing' },
  { kind: 'waiting', label: 'Asked to wait' },
  { kind: 'out', label: 'Circuit open' },
  { kind: 'paused', label: 'Paused' },
]

const PAUSE_REASONS: Record<string, string> = {
  by_hand: 'Paused by hand.',
  failing_since: 'Paused, since its receiver did nothing but fail for five days.',
  restored_from_backup: 'Paused, since this server was restored from a backup.',
  gone: 'Paused, since its receiver said that it is gone.',
}

export function webhookState({ paused, health }: Stated): WebhookState {
  if (paused !== null) {
    const reason = PAUSE_REASONS[paused.reason] ?? `Paused by what its receiver answered: ${words(paused.reason)}.`
    return stateOf('paused', reason)
  }
  if (health.circuit !== 'closed') {
    const next = health.circuit === 'open' ? 'nothing is sent until the next try' : 'one delivery at a time is tried'
    return stateOf('out', `Its receiver is out (${lastReason(health)}): ${next}.`)
  }
  if (health.consecutiveFailures > 0) {
    const times = health.consecutiveFailures === 1 ? 'once' : `${health.consecutiveFailures} times in a row`
    return stateOf('failing', `Failed ${times}: ${lastReason(health)}.`)
  }
  if (health.heldUntil !== null) return stateOf('waiting', 'Its receiver asked to be left alone for a while.')
  return stateOf('active')
}

function stateOf(kind: WebhookState['kind'], reason?: string): WebhookState {
  const label = STATES.find((state) => state.kind === kind)?.label ?? kind
  return { kind, label, reason }
}

function lastReason({ lastFailure }: Stated['health']): string {
  return lastFailure === null ? 'for an unknown reason' : words(lastFailure.reason)
}

/** `connection_refused` as people write it. */
export function words(reason: string): string {
  return reason.replaceAll('_', ' ')
}

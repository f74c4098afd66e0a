import type { Schemas } from '../api/client'
import { eventInfo } from './event-types'
import { scopeInWords } from './scope-in-words'

type Revision = Schemas['AutomationRevision']

/** `isText`: of many lines, to be shown below each other. */
export type Change = { what: string; before: string; after: string; isText: boolean }

/** What a revision changed, in the words of the form; empty when only somebody saved it again. */
export function changesBetween(before: Revision, after: Revision): Change[] {
  const old = factsOf(before)
  const now = factsOf(after)
  return Object.keys(now).flatMap((what) => {
    const [from = '', to = ''] = [old[what], now[what]]
    return from === to ? [] : [{ what, before: from, after: to, isText: TEXTS.has(what) }]
  })
}

const TEXTS = new Set(['Filter', 'Payload', 'Message', 'Description'])

const ACTIONS = { webhook: 'Webhook', notification: 'Slack notification', nothing: 'Nothing' } as const

function factsOf({
  name,
  description,
  enabled,
  event,
  filter,
  scope,
  action,
  pacing,
}: Revision): Record<string, string> {
  const { rateLimit, holdPerMinute, debounceSeconds } = pacing
  return {
    Name: name,
    Description: description ?? '',
    Enabled: enabled ? 'yes' : 'no',
    Event: eventInfo(event).label,
    Filter: JSON.stringify(filter, null, 2),
    Scope: scopeInWords(scope).join(' '),
    Action: ACTIONS[action.type],
    Webhook: action.webhook?.name ?? '',
    Payload: action.type === 'webhook' ? (action.payload ?? 'the default body') : '',
    Title: action.title ?? '',
    Message: action.message ?? '',
    Severity: action.severity ?? '',
    'Rate limit': rateLimit === null ? '' : `${rateLimit.count} in ${rateLimit.seconds} s`,
    'Held above': holdPerMinute === null ? '' : `${holdPerMinute} a minute`,
    Gathers: debounceSeconds === null ? '' : `${debounceSeconds} s`,
  }
}

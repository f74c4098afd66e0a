import type { Schemas } from '../api/client'
import { type Condition, printConditions, readConditions } from './conditions'
import { type EventType, eventInfo } from './event-types'
import { NO_RUN_ASK, printRunFilter, type RunAsk, readRunFilter } from './run-conditions'

export type NewAutomation = Schemas['NewAutomation']

/** What an automation is, as its form has it. */
export type Draft = {
  event: EventType | null
  /** The alias or tag that events about one must have. */
  label: { how: 'any' | 'exact' | 'regex'; value: string }
  conditions: Condition[]
  run: RunAsk
  /** The filter as JSON, where it says more than the form can show: then it stands for label, conditions and run. */
  filterText: string | null
  scope: {
    type: 'collection' | 'project' | 'registry' | 'entity'
    project: string
    registry: string
    collection: string
  }
  action: 'webhook' | 'notification' | 'nothing'
  /** The id of a webhook or Slack integration. */
  webhook: string
  /** Empty: the default body. */
  payload: string
  title: string
  message: string
  severity: 'INFO' | 'WARN' | 'ERROR'
  pacing: { rateCount: number | ''; rateSeconds: number | ''; holdPerMinute: number | ''; debounceSeconds: number | '' }
  name: string
  description: string
  enabled: boolean
}

export const NEW_DRAFT: Draft = {
  event: null,
  label: { how: 'exact', value: '' },
  conditions: [],
  run: NO_RUN_ASK,
  filterText: null,
  scope: { type: 'collection', project: '', registry: '', collection: '' },
  action: 'webhook',
  webhook: '',
  payload: '',
  title: '',
  message: '',
  severity: 'INFO',
  pacing: { rateCount: '', rateSeconds: '', holdPerMinute: '', debounceSeconds: '' },
  name: '',
  description: '',
  enabled: true,
}

/** The request that makes it. To be called once `event` is chosen; the rest is for the server to refuse. */
export function requestOf(draft: Draft): NewAutomation {
  return {
    name: draft.name.trim(),
    description: draft.description.trim() === '' ? null : draft.description.trim(),
    enabled: draft.enabled,
    scope: scopeOf(draft.scope),
    event: draft.event ?? '',
    filter: filterOf(draft),
    action: actionOf(draft),
    pacing: pacingOf(draft.pacing),
  }
}

/** What a change has to say: the parts that are not as they were, so that nothing else becomes another wording of itself. */
export function changedParts(before: Draft, after: Draft): Partial<NewAutomation> {
  const old = requestOf(before)
  const parts = Object.entries(requestOf(after)).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(old[key as keyof NewAutomation]),
  )
  return Object.fromEntries(parts)
}

/** @throws SyntaxError when the filter is written as JSON that is none */
export function filterOf(draft: Draft): Record<string, unknown> | null {
  if (draft.filterText !== null) {
    return draft.filterText.trim() === '' ? null : (JSON.parse(draft.filterText) as Record<string, unknown>)
  }
  const { run, about } = draft.event === null ? { run: null, about: null } : eventInfo(draft.event)
  if (run !== null) return printRunFilter(run, draft.run, draft.conditions)
  if (about === null || draft.label.how === 'any') return printConditions(draft.conditions)
  const operator = draft.label.how === 'exact' ? 'is' : 'matches'
  return printConditions([{ field: about, operator, value: draft.label.value, values: [] }, ...draft.conditions])
}

function scopeOf({ type, project, registry, collection }: Draft['scope']): NewAutomation['scope'] {
  switch (type) {
    case 'collection':
      return { type, project, collection }
    case 'project':
      return { type, project }
    case 'registry':
      return { type, registry }
    case 'entity':
      return { type }
  }
}

function actionOf({ action, webhook, payload, title, message, severity }: Draft): NewAutomation['action'] {
  if (action === 'nothing') return { type: 'nothing' }
  if (action === 'notification') return { type: 'notification', webhook, title, message, severity }
  return payload.trim() === '' ? { type: 'webhook', webhook } : { type: 'webhook', webhook, payload }
}

function pacingOf({
  rateCount,
  rateSeconds,
  holdPerMinute,
  debounceSeconds,
}: Draft['pacing']): NewAutomation['pacing'] {
  return {
    rateLimit: rateCount === '' ? null : { count: rateCount, seconds: rateSeconds === '' ? 60 : rateSeconds },
    holdPerMinute: holdPerMinute === '' ? null : holdPerMinute,
    debounceSeconds: debounceSeconds === '' ? null : debounceSeconds,
  }
}

/** An automation as it stands, in the form. */
export function draftOf(
  automation: Omit<Schemas['AutomationRevision'], 'revision' | 'createdBy' | 'createdAt'>,
): Draft {
  const { name, description, enabled, event, scope, action, pacing } = automation
  return {
    ...NEW_DRAFT,
    name,
    description: description ?? '',
    enabled,
    event,
    ...readFilter(event, automation.filter),
    scope: {
      type: scope.type,
      // A registry is a project too: the form asks for its short name there.
      project: scope.type === 'registry' ? '' : (scope.project ?? ''),
      registry: scope.registry ?? '',
      collection: scope.collection ?? '',
    },
    action: action.type,
    webhook: action.webhook?.id ?? '',
    payload: action.payload ?? '',
    title: action.title ?? '',
    message: action.message ?? '',
    severity: action.severity ?? 'INFO',
    pacing: {
      rateCount: pacing.rateLimit?.count ?? '',
      rateSeconds: pacing.rateLimit?.seconds ?? '',
      holdPerMinute: pacing.holdPerMinute ?? '',
      debounceSeconds: pacing.debounceSeconds ?? '',
    },
  }
}

type FilterParts = Pick<Draft, 'label' | 'conditions' | 'run' | 'filterText'>

/** A filter in the parts of the form, or as text where they are too few for it. */
export function readFilter(event: EventType, filter: Record<string, unknown>): FilterParts {
  const none: FilterParts = { label: { how: 'any', value: '' }, conditions: [], run: NO_RUN_ASK, filterText: null }
  const asText = { ...none, filterText: JSON.stringify(filter, null, 2) }
  const { about, run } = eventInfo(event)
  if (run !== null) {
    const read = readRunFilter(run, filter)
    return read === null ? asText : { ...none, conditions: read.conditions, run: read.ask }
  }
  const conditions = readConditions(filter)
  if (conditions === null) return asText
  const [first, ...rest] = conditions
  if (about === null || first?.field !== about) return { ...none, conditions }
  if (first.operator === 'is') return { ...none, label: { how: 'exact', value: first.value }, conditions: rest }
  if (first.operator === 'matches') return { ...none, label: { how: 'regex', value: first.value }, conditions: rest }
  return { ...none, conditions }
}

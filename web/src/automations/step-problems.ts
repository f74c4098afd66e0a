import type { Problem } from '../api/client'
import { isList, isPattern, isUnary } from './conditions'
import type { Draft } from './draft'
import { eventInfo } from './event-types'

export const STEPS = ['event', 'scope', 'action', 'payload', 'name'] as const
export type Step = (typeof STEPS)[number]

/** What is missing in each step, in words; an empty list where it is complete. What is wrong besides, the server says. */
export function stepProblems(draft: Draft): Record<Step, string[]> {
  return {
    event: eventProblems(draft),
    scope: scopeProblems(draft.scope),
    action: draft.action !== 'nothing' && draft.webhook === '' ? [MISSING_ACTION[draft.action]] : [],
    payload: [],
    name: draft.name.trim() === '' ? ['Give it a name.'] : [],
  }
}

const MISSING_ACTION = { webhook: 'Choose a webhook.', notification: 'Choose a Slack integration.' } as const

function eventProblems({ event, label, run, conditions, filterText }: Draft): string[] {
  if (event === null) return ['Choose an event.']
  if (filterText !== null) return isJson(filterText) ? [] : ['The filter is not valid JSON.']
  const { about, run: kind } = eventInfo(event)
  const problems: string[] = []
  if (about !== null && label.how !== 'any' && label.value === '') {
    problems.push(label.how === 'exact' ? `Write the ${about}, or choose any.` : 'Write the pattern, or choose any.')
  }
  if (kind === 'state' && run.states.length === 0) problems.push('Choose at least one state.')
  const isOfMetric = kind === 'threshold' || kind === 'change' || kind === 'zscore'
  if (isOfMetric && run.metric === '') problems.push('Name the metric.')
  if (kind === 'alert' && run.title.how !== 'any' && run.title.value === '') {
    problems.push('Write what the title must have, or choose any.')
  }
  if ((kind === 'threshold' || kind === 'change') && run.threshold === '')
    problems.push('Give the number to compare with.')
  if (conditions.some(({ field }) => field === '' || field === 'metadata.'))
    problems.push('A condition lacks its field.')
  const isEmpty = conditions.some(({ operator, value, values }) => {
    if (isUnary(operator)) return false
    return isList(operator) ? values.length === 0 : isPattern(operator) && value === ''
  })
  if (isEmpty) problems.push('A condition lacks its value.')
  return problems
}

function scopeProblems({ type, project, registry, collection }: Draft['scope']): string[] {
  if (type === 'project' && project === '') return ['Choose a project.']
  if (type === 'registry' && registry === '') return ['Choose a registry.']
  if (type === 'collection' && (project === '' || collection === '')) return ['Choose a collection.']
  return []
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text === '' ? 'null' : text)
    return true
  } catch {
    return false
  }
}

/** Which step what the server refused belongs to, each with the words for it; what belongs to none is `null`. */
export function refusedSteps(problem: Problem | undefined): Partial<Record<Step, string[]>> | null {
  const errors = problem?.errors ?? []
  if (errors.length === 0) return null
  const found: Partial<Record<Step, string[]>> = {}
  for (const { path, message } of errors) {
    const step = stepOf(path.replace(/^\/automation/, ''))
    if (step === null) return null
    found[step] = [...(found[step] ?? []), message]
  }
  return found
}

function stepOf(path: string): Step | null {
  if (path.startsWith('/action/payload') || path.startsWith('/payload')) return 'payload'
  const [, first] = path.split('/')
  switch (first) {
    case 'event':
    case 'filter':
      return 'event'
    case 'scope':
      return 'scope'
    case 'action':
    case 'pacing':
      return 'action'
    case 'name':
    case 'description':
    case 'enabled':
      return 'name'
    default:
      return null
  }
}

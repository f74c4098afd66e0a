import type { EventType } from '../events/event.ts'
import { Refusal } from '../refusal.ts'
import { type Filter, parseFilter } from './filter.ts'
import type { Condition } from './filter-syntax.ts'

/** `searches`: it has a pattern, so what it costs is up to whoever wrote it. */
export type StoredFilter = { eventType: EventType; filter: Filter; searches: boolean }

/** The parsed form of a filter that is stored for events of this type; `null` if it cannot be read. */
export function readFilter(text: string, eventType: EventType): StoredFilter | null {
  try {
    const filter = parseFilter(text, '', eventType)
    return { eventType, filter, searches: hasPattern(filter.root) }
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

function hasPattern(condition: Condition): boolean {
  switch (condition.kind) {
    case 'test':
      return condition.test.operator === '$regex'
    case 'not':
      return hasPattern(condition.of)
    default:
      return condition.of.some(hasPattern)
  }
}

import { type EventType, isRunEventType } from '../events/event.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { type Filter, parseFilter } from './filter.ts'
import type { Condition } from './filter-syntax.ts'

/** Filters kept parsed, for each server: at most 16 KiB of text each, and mostly some hundred bytes. */
const FILTERS_KEPT = 2_000

/** `searches`: it has a pattern, so what it costs is up to whoever wrote it. */
export type StoredFilter = { filter: Filter; searches: boolean }

const filtersByWorld = new WeakMap<World, Map<string, StoredFilter | null>>()

/**
 * The parsed form of a filter that is stored for events of this type; `null` if it cannot be read, which only a database written by another version
 * can bring about.
 *
 * Kept by its text rather than by its revision: a revision's id is given again if the transaction that made it fails.
 * The least recently used goes first.
 */
export function storedFilter(world: World, text: string, eventType: EventType): StoredFilter | null {
  let filters = filtersByWorld.get(world)
  if (filters === undefined) {
    filters = new Map()
    filtersByWorld.set(world, filters)
  }
  // The filters of all artifact events are read alike.
  const key = isRunEventType(eventType) ? `${eventType} ${text}` : text
  const kept = filters.get(key)
  if (kept !== undefined) {
    filters.delete(key)
    filters.set(key, kept)
    return kept
  }
  const filter = readFilter(text, eventType)
  filters.set(key, filter)
  if (filters.size > FILTERS_KEPT) filters.delete(filters.keys().next().value as string)
  return filter
}

function readFilter(text: string, eventType: EventType): StoredFilter | null {
  try {
    const filter = parseFilter(text, '', eventType)
    return { filter, searches: hasPattern(filter.root) }
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

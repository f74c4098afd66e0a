import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { type Filter, parseFilter } from './filter.ts'

/** Filters kept parsed, for each server: at most 16 KiB of text each, and mostly some hundred bytes. */
const FILTERS_KEPT = 2_000

const filtersByWorld = new WeakMap<World, Map<string, Filter | null>>()

/**
 * The parsed form of a stored filter; `null` if it cannot be read, which only a database written by another version
 * can bring about.
 *
 * Kept by its text rather than by its revision: a revision's id is given again if the transaction that made it fails.
 * The least recently used goes first.
 */
export function storedFilter(world: World, text: string): Filter | null {
  let filters = filtersByWorld.get(world)
  if (filters === undefined) {
    filters = new Map()
    filtersByWorld.set(world, filters)
  }
  const kept = filters.get(text)
  if (kept !== undefined) {
    filters.delete(text)
    filters.set(text, kept)
    return kept
  }
  const filter = readFilter(text)
  filters.set(text, filter)
  if (filters.size > FILTERS_KEPT) filters.delete(filters.keys().next().value as string)
  return filter
}

function readFilter(text: string): Filter | null {
  try {
    return parseFilter(text)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

import type { World } from '../world.ts'
import { type Activity, NO_OUTCOMES, OUTCOMES_MAX, OUTCOMES_MS } from './activity.ts'
import { countOutcomes, findHealth } from './store-activity.ts'

/** How automations do, by id. For automations already read. */
export async function loadActivity(world: World, ids: readonly number[]): Promise<Map<number, Activity>> {
  if (ids.length === 0) return new Map()
  const { read } = world.db
  const now = world.now()
  const [health, counts] = await Promise.all([
    findHealth(read, ids, now),
    countOutcomes(
      read,
      ids.map((id) => ({ id })),
      { since: now - OUTCOMES_MS, limit: OUTCOMES_MAX },
    ),
  ])
  const counted = Map.groupBy(counts, (row) => row.automation_id)
  return new Map(
    health.map((row) => {
      const outcomes = { ...NO_OUTCOMES }
      for (const { outcome, count } of counted.get(row.id) ?? []) outcomes[outcome] = count
      return [row.id, { health: row.health, lastFiredAt: row.last_fired_at, outcomes }]
    }),
  )
}

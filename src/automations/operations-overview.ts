import { loadEntities } from '../access/operations.ts'
import { type Caller, hiddenProjectIds, type Role } from '../access/rights.ts'
import { entitiesWithVersions } from '../artifacts/operations-listings.ts'
import { countDeadLettersSince } from '../deliveries/operations.ts'
import { countTroubledWebhooks } from '../webhooks/operations.ts'
import type { World } from '../world.ts'
import type { AutomationHealth } from './activity.ts'
import { type ExecutionView, listLatestExecutions } from './operations-executions.ts'
import { countByHealth } from './store-automations.ts'

const DAY_MS = 86_400_000
const EXECUTIONS_MAX = 20

/** More than anybody belongs to; past it the overview is cut, by name. */
const ENTITIES_MAX = 500

export type Overview = {
  entities: {
    name: string
    kind: 'user' | 'team' | 'organization'
    displayName: string | null
    role: Role
    /** Of the enabled ones. */
    automations: Record<AutomationHealth, number>
    webhooks: { paused: number; out: number }
    deadLetters: number
    hasVersions: boolean
  }[]
  executions: ExecutionView[]
}

/** How everything does that the caller belongs to, by entity, and what its automations did last. */
export async function getOverview(world: World, caller: Caller): Promise<Overview> {
  const found = await loadEntities(world, [...caller.roles.keys()])
  const entities = [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, ENTITIES_MAX)
  const ids = entities.map(({ id }) => id)
  if (ids.length === 0) return { entities: [], executions: [] }
  const now = world.now()
  const about = { entityIds: ids, hiddenProjectIds: hiddenProjectIds(caller), nowMs: now }
  const [healths, webhooks, deadLetters, withVersions, executions] = await Promise.all([
    countByHealth(world.db.read, about),
    countTroubledWebhooks(world, ids),
    countDeadLettersSince(world, caller, ids, now - DAY_MS),
    entitiesWithVersions(world, caller, ids),
    listLatestExecutions(world, caller, ids, EXECUTIONS_MAX),
  ])
  const byEntity = Map.groupBy(healths, (row) => row.entity_id)
  return {
    entities: entities.map((entity) => ({
      name: entity.name,
      kind: entity.kind,
      displayName: entity.display_name,
      role: caller.roles.get(entity.id) ?? 'viewer',
      automations: {
        ...{ failing: 0, held: 0, never_fired: 0, healthy: 0 },
        ...Object.fromEntries((byEntity.get(entity.id) ?? []).map(({ health, count }) => [health, count])),
      },
      webhooks: webhooks.get(entity.id) ?? { paused: 0, out: 0 },
      deadLetters: deadLetters.get(entity.id) ?? 0,
      hasVersions: withVersions.has(entity.id),
    })),
    executions,
  }
}

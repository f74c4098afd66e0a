import { type Caller, hiddenProjectIds, visibleEntityIds } from '../access/rights.ts'
import { type FoundPlaces, searchPlaces } from '../artifacts/operations-search.ts'
import { searchRuns } from '../runs/operations-lookup.ts'
import type { World } from '../world.ts'
import { searchAutomationRows } from './store-automations.ts'

export type Found = FoundPlaces & {
  automations: { publicId: string; entity: string; name: string; enabled: boolean }[]
  runs: { entity: string; project: string; name: string; displayName: string }[]
}

/** What the caller may see with the text in its name, `limit` of each kind: those that begin with it first. */
export async function searchEverything(
  world: World,
  caller: Caller,
  input: { text: string; limit: number },
): Promise<Found> {
  const entityIds = visibleEntityIds(caller)
  if (entityIds.length === 0) return { projects: [], collections: [], automations: [], runs: [] }
  const { read, engine } = world.db
  const about = { ...input, entityIds, hiddenProjectIds: hiddenProjectIds(caller) }
  const [places, automations, runs] = await Promise.all([
    searchPlaces(world, caller, input),
    searchAutomationRows(read, engine, about),
    searchRuns(world, about),
  ])
  return {
    ...places,
    automations: automations.map(({ public_id, enabled, ...row }) => ({
      ...row,
      publicId: public_id,
      enabled: enabled === 1,
    })),
    runs,
  }
}

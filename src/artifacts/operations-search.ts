import { type Caller, hiddenProjectIds, visibleEntityIds } from '../access/rights.ts'
import type { World } from '../world.ts'
import { searchCollectionRows, searchProjectRows } from './store-search.ts'
import type { CollectionKind } from './types.ts'

export type FoundPlaces = {
  projects: { entity: string; name: string; registry: boolean }[]
  collections: { entity: string; project: string; name: string; kind: CollectionKind; type: string }[]
}

/** Projects, registries and collections whose names contain the text, among what the caller may see; `limit` of each. */
export async function searchPlaces(
  world: World,
  caller: Caller,
  input: { text: string; limit: number },
): Promise<FoundPlaces> {
  const entityIds = visibleEntityIds(caller)
  if (entityIds.length === 0) return { projects: [], collections: [] }
  const { read, engine } = world.db
  const about = { ...input, entityIds, hiddenProjectIds: hiddenProjectIds(caller) }
  const [projects, collections] = await Promise.all([
    searchProjectRows(read, engine, about),
    searchCollectionRows(read, engine, about),
  ])
  return { projects: projects.map(({ is_registry, ...row }) => ({ ...row, registry: is_registry === 1 })), collections }
}

import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { CollectionView } from './types.ts'

/** @throws Refusal `artifact_has_aliases` unless `deleteAliases` */
export async function deleteArtifact(
  world: World,
  caller: Caller,
  input: { artifactId: number; deleteAliases: boolean },
): Promise<{ artifactId: number }> {
  throw new Error(`${world}${caller}${input}`)
}

/** Answers the collection as it was, with state `DELETED`. */
export async function deleteCollection(world: World, caller: Caller, collectionId: number): Promise<CollectionView> {
  throw new Error(`${world}${caller}${collectionId}`)
}

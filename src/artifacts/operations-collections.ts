import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { CollectionView, TagView } from './types.ts'

/** Rename or describe. Absent fields stay; `null` clears the description. `kind` refuses the other kind's id as not found. */
export async function updateCollection(
  world: World,
  caller: Caller,
  input: {
    collectionId: number
    kind?: 'SEQUENCE' | 'PORTFOLIO'
    name?: string | undefined
    description?: string | null | undefined
  },
): Promise<CollectionView> {
  throw new Error(`${world}${caller}${input}`)
}

/** Give a sequence, and its versions, another artifact type, made in its project if missing. */
export async function moveCollectionType(
  world: World,
  caller: Caller,
  input: { collectionId: number; type: string },
): Promise<CollectionView> {
  throw new Error(`${world}${caller}${input}`)
}

export type CollectionAddress = { entity: string; project: string; collection: string }

/** Answers the tags that were asked for, whether new or not. */
export async function addCollectionTags(
  world: World,
  caller: Caller,
  input: CollectionAddress & { tags: readonly string[] },
): Promise<TagView[]> {
  throw new Error(`${world}${caller}${input}`)
}

export async function deleteCollectionTags(
  world: World,
  caller: Caller,
  input: CollectionAddress & { tags: readonly string[] },
): Promise<void> {
  throw new Error(`${world}${caller}${input}`)
}

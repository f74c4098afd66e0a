import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { ArtifactView } from './types.ts'

/** Change what a version says of itself. Absent fields stay; `null` clears the description. */
export async function updateArtifact(
  world: World,
  caller: Caller,
  input: {
    artifactId: number
    description?: string | null | undefined
    /** A JSON object as text. */
    metadata?: string | undefined
    /** As on the wire: positive seconds, -1 inherit, -2 disabled. */
    ttlSeconds?: number | undefined
    tagsToAdd?: readonly string[] | undefined
    tagsToDelete?: readonly string[] | undefined
  },
): Promise<ArtifactView> {
  throw new Error(`${world}${caller}${input}`)
}

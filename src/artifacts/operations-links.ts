import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { MembershipView } from './types.ts'

/** What to link: exactly one of the two. */
export type LinkSource = { artifactId: number } | { clientId: string }

/** Where to: by name (made if missing, except registries), or a portfolio's id. */
export type LinkTarget = { entity: string; project: string; collection: string } | { portfolioId: number }

/** Link a version into a portfolio; again: the same membership, and aliases that are new. */
export async function linkArtifact(
  world: World,
  caller: Caller,
  input: { source: LinkSource; target: LinkTarget; aliases?: readonly string[] | undefined },
): Promise<MembershipView> {
  throw new Error(`${world}${caller}${input}`)
}

export async function unlinkArtifact(
  world: World,
  caller: Caller,
  input: { artifactId: number; portfolioId: number },
): Promise<void> {
  throw new Error(`${world}${caller}${input}`)
}

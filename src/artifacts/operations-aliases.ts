import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { MembershipView } from './types.ts'

export type AliasAddress = { entity: string; project: string; collection: string; alias: string }

/** Add aliases to one artifact, each in the collection it names; one that another version holds moves. */
export async function addAliases(
  world: World,
  caller: Caller,
  input: { artifactId: number; aliases: readonly AliasAddress[] },
): Promise<void> {
  throw new Error(`${world}${caller}${input}`)
}

/** Remove aliases from one artifact. One it does not hold is left alone. */
export async function deleteAliases(
  world: World,
  caller: Caller,
  input: { artifactId: number; aliases: readonly AliasAddress[] },
): Promise<void> {
  throw new Error(`${world}${caller}${input}`)
}

/** Point an alias at a version (`v3` or another alias of it) of the same collection. */
export async function putAlias(
  world: World,
  caller: Caller,
  input: AliasAddress & { version: string },
): Promise<MembershipView> {
  throw new Error(`${world}${caller}${input}`)
}

export async function deleteAlias(world: World, caller: Caller, input: AliasAddress): Promise<void> {
  throw new Error(`${world}${caller}${input}`)
}

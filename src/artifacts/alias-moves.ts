/** A version as the holder of an alias. */
export type AliasHolder = {
  collectionId: number
  membershipId: number
  version: number
  artifactId: number
  artifactPublicId: string
}

/** One alias changes hands: `from` is `null` when nobody held it, `to` is `null` when nobody holds it any more. */
export type AliasMove =
  | { collectionId: number; alias: string; from: AliasHolder | null; to: AliasHolder }
  | { collectionId: number; alias: string; from: AliasHolder; to: null }

/**
 * What giving `alias`es to versions changes, in the order asked for; nothing for one its version already has, nor for
 * one asked for twice.
 *
 * `holderOf`: who holds an alias in a collection now.
 */
export function decideAssignments(
  wanted: readonly { alias: string; to: AliasHolder }[],
  holderOf: (collectionId: number, alias: string) => AliasHolder | undefined,
): AliasMove[] {
  const moves = new Map<string, AliasMove>()
  for (const { alias, to } of wanted) {
    const from = holderOf(to.collectionId, alias) ?? null
    const key = `${to.collectionId}:${alias}`
    if (from?.membershipId === to.membershipId || moves.has(key)) continue
    moves.set(key, { collectionId: to.collectionId, alias, from, to })
  }
  return [...moves.values()]
}

/** What taking `alias`es away changes: nothing for one that its version does not hold. */
export function decideRemovals(
  wanted: readonly { alias: string; from: AliasHolder }[],
  holderOf: (collectionId: number, alias: string) => AliasHolder | undefined,
): AliasMove[] {
  const moves = new Map<string, AliasMove>()
  for (const { alias, from } of wanted) {
    if (holderOf(from.collectionId, alias)?.membershipId !== from.membershipId) continue
    moves.set(`${from.collectionId}:${alias}`, { collectionId: from.collectionId, alias, from, to: null })
  }
  return [...moves.values()]
}

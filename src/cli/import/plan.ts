/** What is to be done, decided from what both servers have. */
import type { VersionFacts } from './reading.ts'

export type CollectionPlan = {
  /** In the order of their numbers. */
  missing: VersionFacts[]
  there: { source: VersionFacts; target: VersionFacts }[]
  conflicts: { version: VersionFacts; because: string }[]
}

/**
 * Which versions of a collection are still to be copied.
 *
 * A number is never given twice, so what is missing below the newest number of the target can never be copied.
 *
 * - `source`, `target`: in the order of their numbers.
 */
export function planCollection(source: readonly VersionFacts[], target: readonly VersionFacts[]): CollectionPlan {
  const plan: CollectionPlan = { missing: [], there: [], conflicts: [] }
  const byVersion = new Map(target.map((version) => [version.version, version]))
  const newest = target.at(-1)?.version ?? -1
  for (const version of source) {
    const there = byVersion.get(version.version)
    if (there !== undefined) {
      if (there.digest === version.digest) plan.there.push({ source: version, target: there })
      else plan.conflicts.push({ version, because: 'the target has other content under this number' })
    } else if (version.version < newest) {
      plan.conflicts.push({ version, because: `the target has given v${newest} already, and numbers only go up` })
    } else {
      plan.missing.push(version)
    }
  }
  return plan
}

export type LabelPlan = {
  aliases: { artifactId: string; version: number; aliases: string[] }[]
  tags: { artifactId: string; version: number; tags: string[] }[]
  /** Aliases that only the target has: they stay. */
  extra: string[]
}

/** Which aliases and tags the copied versions of a collection still lack. */
export function planLabels(source: readonly VersionFacts[], target: readonly VersionFacts[]): LabelPlan {
  const plan: LabelPlan = { aliases: [], tags: [], extra: [] }
  const bySource = new Map(source.map((version) => [version.version, version]))
  const named = new Set(source.flatMap(({ aliases }) => aliases))
  for (const { artifactId, version, digest, aliases, tags } of target) {
    plan.extra.push(...aliases.filter((alias) => !named.has(alias)))
    const from = bySource.get(version)
    if (from === undefined || from.digest !== digest) continue
    const missingAliases = from.aliases.filter((alias) => !aliases.includes(alias))
    const missingTags = from.tags.filter((tag) => !tags.includes(tag))
    if (missingAliases.length > 0) plan.aliases.push({ artifactId, version, aliases: missingAliases })
    if (missingTags.length > 0) plan.tags.push({ artifactId, version, tags: missingTags })
  }
  return plan
}

/** Aliases, tags and descriptions, once the versions are there. */
import { planLabels } from './plan.ts'
import {
  type CollectionFacts,
  type ProjectAddress,
  readCollections,
  readVersions,
  type VersionFacts,
} from './reading.ts'
import { attempt, type Import, named, type ProjectWork } from './state.ts'
import { addCollectionTags, addVersionTags, describeCollection, putAliases } from './target.ts'

export async function putLabels(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  for (const { from, to, collections } of projects) {
    const there = new Map((await readCollections(run.target, to)).map((facts) => [facts.name, facts]))
    for (const { facts, source } of collections) {
      const target = there.get(facts.name)
      if (target === undefined) continue
      const what = `${named(from)}/${facts.name}`
      run.progress.current(what)
      await attempt(run, what, () => labelCollection(run, to, { what, facts, source, target }))
    }
  }
}

async function labelCollection(
  run: Import,
  to: ProjectAddress,
  input: { what: string; facts: CollectionFacts; source: VersionFacts[]; target: CollectionFacts },
): Promise<void> {
  const { facts, source, target } = input
  if (facts.description && !target.description) await describeCollection(run.target, target, facts.description)
  const collectionTags = facts.tags.filter((tag) => !target.tags.includes(tag))
  if (collectionTags.length > 0) {
    await addCollectionTags(run.target, to, facts.name, collectionTags)
    run.report.tags += collectionTags.length
  }
  const labels = planLabels(source, await readVersions(run.target, to, target))
  for (const { artifactId, aliases } of labels.aliases) {
    await putAliases(run.target, { artifactId, address: to, collection: facts.name, aliases })
    run.report.aliases += aliases.length
  }
  for (const { artifactId, tags } of labels.tags) {
    await addVersionTags(run.target, artifactId, tags)
    run.report.tags += tags.length
  }
  if (labels.extra.length > 0) {
    run.report.notes.push(`${input.what} has aliases on the target only, which stay: ${labels.extra.join(', ')}.`)
  }
}

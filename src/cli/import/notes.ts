/** What the report says of differences that an import leaves as they are. */
import type { CollectionPlan } from './plan.ts'
import type { CollectionFacts, ProjectFacts, VersionFacts } from './reading.ts'
import type { ImportReport } from './report.ts'

/** Versions that one note names. */
const NAMED_MAX = 10

/** That a registry which is there already is open to others than it was, or takes other types. */
export function noteSettings(report: ImportReport, name: string, source: ProjectFacts, target: ProjectFacts): void {
  if (source.registry === undefined || target.registry === undefined) return
  const settings = ({ access, allowAllTypes, types }: NonNullable<ProjectFacts['registry']>) => ({
    visibility: access === 'RESTRICTED' ? 'restricted' : 'for all of the organization',
    types: allowAllTypes ? 'all types' : `the types ${[...types].sort().join(', ')}`,
  })
  const [there, here] = [settings(source.registry), settings(target.registry)]
  if (there.visibility !== here.visibility) {
    report.notes.push(
      `${name} is ${here.visibility}, and stays so; on the source it is ${there.visibility}: change it by hand.`,
    )
  }
  if (there.types !== here.types) {
    report.notes.push(`${name} takes ${here.types}, and stays so; on the source it takes ${there.types}.`)
  }
}

/** What is else on versions that are there already, and that versions are to go which will not. */
export function noteVersions(report: ImportReport, name: string, facts: CollectionFacts, plan: CollectionPlan): void {
  if (facts.kind !== 'SEQUENCE') return
  const changed = plan.there.filter(({ source, target }) => !isDescribedAlike(source, target))
  if (changed.length > 0) {
    report.notes.push(
      `${name} has another description, metadata or time to live on the target, which stay: ${named(
        changed.map(({ source }) => source),
      )}.`,
    )
  }
  const going = plan.missing.filter(({ inheritedTtlSeconds }) => inheritedTtlSeconds !== undefined)
  if (going.length > 0) {
    report.notes.push(
      `${name} or its team gives versions a time to live of ${going.at(-1)?.inheritedTtlSeconds} seconds on the source, ` +
        `which is not copied: on the target the setting there decides for ${named(going)}.`,
    )
  }
}

function isDescribedAlike(one: VersionFacts, other: VersionFacts): boolean {
  return (
    (one.description ?? '') === (other.description ?? '') &&
    one.ttlSeconds === other.ttlSeconds &&
    JSON.stringify(inOrder(JSON.parse(one.metadata ?? '{}'))) ===
      JSON.stringify(inOrder(JSON.parse(other.metadata ?? '{}')))
  )
}

/** The same value with the fields of its objects in the order of their names. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inner]) => [name, inOrder(inner)]))
}

function named(versions: readonly VersionFacts[]): string {
  const names = versions.slice(0, NAMED_MAX).map(({ version }) => `v${version}`)
  const more = versions.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}

/** What the parts of an import share. */
import type { ImportOptions } from './arguments.ts'
import type { CollectionPlan } from './plan.ts'
import type { Progress } from './progress.ts'
import type { CollectionFacts, ProjectAddress, ProjectFacts, VersionFacts } from './reading.ts'
import { RemoteFailure, type RemoteServer } from './remote-server.ts'
import type { ImportReport } from './report.ts'

export type CollectionWork = {
  facts: CollectionFacts
  source: VersionFacts[]
  plan: CollectionPlan
  isThere: boolean
}

export type ProjectWork = {
  from: ProjectAddress
  to: ProjectAddress
  facts: ProjectFacts
  isThere: boolean
  /** Those whose versions are still to be copied come out of `plan.missing`, in the order of their numbers. */
  collections: CollectionWork[]
}

export type Import = {
  options: ImportOptions
  source: RemoteServer
  target: RemoteServer
  report: ImportReport
  progress: Progress
  /** Ids of artifacts on the target by those on the source. */
  places: Map<string, string>
  /** Ids on the source of what is still to be copied. */
  planned: Set<string>
  /** By their paths on the target, whether they are there now. */
  runs: Map<string, boolean>
}

/** Whether a failure concerns everything that follows as well. */
function endsAll(error: unknown): boolean {
  return error instanceof RemoteFailure && (error.status === 0 || error.status === 401)
}

export function messageOf(error: unknown): string {
  return (error as Error).message
}

/** Whether it was done; if not, the report says why. */
export async function attempt(run: Import, what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    run.report.problems.push({ what, message: messageOf(error) })
    run.progress.say(`${what}: ${messageOf(error)}`)
    if (endsAll(error)) throw error
    return false
  }
}

export const named = ({ entity, project }: ProjectAddress) => `${entity}/${project}`

export const renamed = (run: Import, entity: string) => run.options.entities.get(entity) ?? entity

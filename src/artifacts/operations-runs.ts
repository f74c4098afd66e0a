import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { ArtifactView, Page, PageRequest, RunArtifactDirection, RunRef } from './types.ts'

/** Record that a run uses a version; again: nothing. */
export async function useArtifact(
  world: World,
  caller: Caller,
  input: {
    entity: string
    project: string
    run: string
    artifactId: number
    usedAs?: string | null | undefined
  },
): Promise<ArtifactView> {
  throw new Error(`${world}${caller}${input}`)
}

/** What a run logged (`output`) or used (`input`), among what the caller may see. Key: artifact id. */
export async function listRunArtifacts(
  world: World,
  caller: Caller,
  input: { runId: number; direction: RunArtifactDirection },
  page: PageRequest,
): Promise<Page<ArtifactView>> {
  throw new Error(`${world}${caller}${input}${page}`)
}

export async function countRunArtifacts(
  world: World,
  caller: Caller,
  input: { runId: number; direction: RunArtifactDirection },
): Promise<number> {
  throw new Error(`${world}${caller}${input}`)
}

/** The runs the caller may see that use the version. Key: run id. */
export async function listUsers(
  world: World,
  caller: Caller,
  artifactId: number,
  page: PageRequest,
): Promise<Page<RunRef>> {
  throw new Error(`${world}${caller}${artifactId}${page}`)
}

/** The runs of these ids that the caller may see, by id: for `createdBy`. */
export async function loadRunRefs(
  world: World,
  caller: Caller,
  runIds: readonly number[],
): Promise<Map<number, RunRef>> {
  throw new Error(`${world}${caller}${runIds}`)
}

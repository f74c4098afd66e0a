import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import type { World } from '../world.ts'
import type { Page, PageRequest, ProjectAccess, ProjectView } from './types.ts'

/** The project, or `undefined` when there is none the caller may see. */
export async function findProject(
  world: World,
  caller: Caller,
  input: { entity: string; project: string },
): Promise<ProjectView | undefined> {
  throw new Error(`${world}${caller}${input}`)
}

/** @throws Refusal `not_found` also for a project the caller may not see */
export async function requireProject(
  world: World,
  caller: Caller,
  input: { entity: string; project: string },
): Promise<ProjectView> {
  throw new Error(`${world}${caller}${input}`)
}

/** The projects of these ids that the caller may see, by id. */
export async function loadProjects(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, ProjectView>> {
  throw new Error(`${world}${caller}${ids}`)
}

/** One entity's projects by name; of an entity the caller may not see, none. `registriesOnly` leaves out plain projects. Key: name. */
export async function listProjects(
  world: World,
  caller: Caller,
  input: { entityId: number; registriesOnly?: boolean },
  page: PageRequest,
): Promise<Page<ProjectView>> {
  throw new Error(`${world}${caller}${input}${page}`)
}

/** All projects the caller may see, of every entity. Key: id. */
export async function listVisibleProjects(world: World, caller: Caller, page: PageRequest): Promise<Page<ProjectView>> {
  throw new Error(`${world}${caller}${page}`)
}

export type ProjectInput = {
  entity: string
  project: string
  description?: string | null | undefined
  access?: ProjectAccess | undefined
  allowAllTypes?: boolean | undefined
  /** Types to add; none is ever removed. */
  artifactTypes?: readonly string[] | undefined
}

/**
 * The plain project, made if it is missing, inside the caller's transaction: for runs and links.
 *
 * @throws Refusal `not_found` (entity not visible, or a registry that does not exist) | `forbidden` | `name_invalid`
 */
export async function ensureProject(
  world: World,
  tx: Tx,
  caller: Caller,
  input: { entity: string; project: string },
): Promise<ProjectView> {
  throw new Error(`${world}${tx}${caller}${input}`)
}

/**
 * Make or change a project. A name that starts with `wandb-registry-` makes a registry, in an organization only.
 * `inserted` is false when it existed; absent fields then stay as they are.
 */
export async function upsertProject(
  world: World,
  caller: Caller,
  input: ProjectInput,
): Promise<{ project: ProjectView; inserted: boolean }> {
  throw new Error(`${world}${caller}${input}`)
}

/** @throws Refusal `name_taken` when it exists, and as `upsertProject` */
export async function createProject(world: World, caller: Caller, input: ProjectInput): Promise<ProjectView> {
  throw new Error(`${world}${caller}${input}`)
}

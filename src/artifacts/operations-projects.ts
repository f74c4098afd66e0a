import { type Entity, recordAudit, requireEntity } from '../access/operations.ts'
import {
  type Caller,
  hiddenProjectIds,
  may,
  mayIn,
  type ProjectPlace,
  type Role,
  requireRoleIn,
  roleIn,
  visibleEntityIds,
} from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import { assertDescription, assertProjectName, assertTypeName, isRegistryName } from './names.ts'
import { cutPage } from './page.ts'
import {
  countByProject,
  insertProject,
  type ProjectRecord,
  selectProjectByName,
  selectProjects,
  selectProjectsOfEntities,
  selectProjectsOfEntity,
  updateProject,
} from './store-projects.ts'
import { insertArtifactTypes } from './store-types.ts'
import type { Page, PageRequest, ProjectAccess, ProjectView } from './types.ts'

/** Types one call may give a registry. */
const TYPES_MAX = 1_000

export type ProjectAddress = { entity: string; project: string }

/** The project, or `undefined` when there is none the caller may see. */
export async function findProject(
  world: World,
  caller: Caller,
  input: ProjectAddress,
): Promise<ProjectView | undefined> {
  return findProjectIn(world.db.read, caller, input)
}

async function findProjectIn(db: Reader | Tx, caller: Caller, input: ProjectAddress): Promise<ProjectView | undefined> {
  const record = await selectProjectByName(db, input)
  return record !== undefined && mayIn(caller, 'viewer', placeOf(record)) ? projectView(caller, record) : undefined
}

/** @throws Refusal `not_found` also for a project the caller may not see */
export async function requireProject(world: World, caller: Caller, input: ProjectAddress): Promise<ProjectView> {
  return requireProjectIn(world.db.read, caller, input, 'viewer')
}

/**
 * The same inside a transaction, for a caller who needs `role`.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireProjectIn(
  db: Reader | Tx,
  caller: Caller,
  input: ProjectAddress,
  role: Role,
): Promise<ProjectView> {
  const what = projectName(input)
  const project = await findProjectIn(db, caller, input)
  if (project === undefined) throw notFound(what)
  requireRoleIn(caller, role, project, what)
  return project
}

/** The projects of these ids that the caller may see, by id. */
export async function loadProjects(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, ProjectView>> {
  const records = await selectProjects(world.db.read, ids)
  const visible = records.filter((record) => mayIn(caller, 'viewer', placeOf(record)))
  return new Map(visible.map((record) => [record.id, projectView(caller, record)]))
}

/**
 * One entity's projects by name; of an entity the caller may not see, none. `registriesOnly` leaves out plain projects.
 * Key: name.
 */
export async function listProjects(
  world: World,
  caller: Caller,
  input: { entityId: number; registriesOnly?: boolean },
  page: PageRequest,
): Promise<Page<ProjectView>> {
  if (!may(caller, 'viewer', input.entityId)) return { items: [], nextKey: undefined }
  const { entityId, registriesOnly = false } = input
  const records = await selectProjectsOfEntity(
    world.db.read,
    { entityId, registriesOnly, hiddenProjectIds: hiddenProjectIds(caller) },
    page,
  )
  return cutPage(
    records,
    page,
    (record) => projectView(caller, record),
    (record) => record.name,
  )
}

/**
 * The same of the entity of this name.
 *
 * @throws Refusal `not_found`
 */
async function listProjectsOf(
  world: World,
  caller: Caller,
  entity: string,
  page: PageRequest,
): Promise<Page<ProjectView>> {
  const { id: entityId } = await requireEntity(world.db.read, caller, entity, 'viewer')
  return listProjects(world, caller, { entityId }, page)
}

export type ListedProject = { project: ProjectView; collections: number; changedAt: number }

/** The same with how many collections each has, and when anything in it last changed. */
export async function listProjectsWithCounts(
  world: World,
  caller: Caller,
  entityName: string,
  page: PageRequest,
): Promise<Page<ListedProject>> {
  const { items, nextKey } = await listProjectsOf(world, caller, entityName, page)
  const ids = items.map(({ id }) => id)
  const counts = new Map((await countByProject(world.db.read, ids)).map((each) => [each.project_id, each]))
  const listed = items.map((project) => {
    const { collections = 0, changed_at: changedAt = 0 } = counts.get(project.id) ?? {}
    // PostgreSQL answers both as text.
    return {
      project,
      collections: Number(collections),
      changedAt: Math.max(Number(changedAt), project.updatedAt),
    }
  })
  return { items: listed, nextKey }
}

/** All projects the caller may see, of every entity. Key: id. */
export async function listVisibleProjects(world: World, caller: Caller, page: PageRequest): Promise<Page<ProjectView>> {
  const records = await selectProjectsOfEntities(
    world.db.read,
    { entityIds: visibleEntityIds(caller), hiddenProjectIds: hiddenProjectIds(caller) },
    page,
  )
  return cutPage(
    records,
    page,
    (record) => projectView(caller, record),
    (record) => record.id,
  )
}

export type ProjectSettings = {
  description?: string | null | undefined
  access?: ProjectAccess | undefined
  allowAllTypes?: boolean | undefined
  artifactTypes?: readonly string[] | undefined
}

/** `artifactTypes`: types to add; none is ever removed. */
export type ProjectInput = ProjectAddress & ProjectSettings

/**
 * The plain project, made if it is missing, inside the caller's transaction: for runs and links. A registry is found,
 * but never made this way.
 *
 * @throws Refusal `not_found` (entity not visible, or a registry that does not exist) | `forbidden` | `name_invalid`
 */
export async function ensureProject(world: World, tx: Tx, caller: Caller, input: ProjectAddress): Promise<ProjectView> {
  const found = await findProjectIn(tx, caller, input)
  if (found !== undefined) {
    requireRoleIn(caller, 'member', found, projectName(input))
    return found
  }
  const entity = await requireEntity(tx, caller, input.entity, 'member')
  if (isRegistryName(input.project)) throw notFound(projectName(input))
  return (await makeProject(world, tx, caller, entity, input)).project
}

/**
 * Make or change a project. A name that starts with `wandb-registry-` makes a registry: in an organization only, by its
 * administrators. `inserted` is false when it existed; absent fields then stay as they are.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_invalid` | `invalid_request`
 */
export async function upsertProject(
  world: World,
  caller: Caller,
  input: ProjectInput,
): Promise<{ project: ProjectView; inserted: boolean }> {
  assertProjectInput(input)
  return world.db.transaction(async (tx) => {
    const entity = await requireProjectRight(tx, caller, input)
    const made = await makeProject(world, tx, caller, entity, input)
    return made.inserted
      ? made
      : { project: await changeProject(world, tx, caller, made.project, input), inserted: false }
  })
}

/** @throws Refusal `name_taken` when it exists, and as `upsertProject` */
export async function createProject(world: World, caller: Caller, input: ProjectInput): Promise<ProjectView> {
  assertProjectInput(input)
  return world.db.transaction(async (tx) => {
    const entity = await requireProjectRight(tx, caller, input)
    const { project, inserted } = await makeProject(world, tx, caller, entity, input)
    if (!inserted) throw new Refusal('name_taken', `${projectName(input)} exists already`)
    return project
  })
}

/** @throws Refusal `name_invalid` | `invalid_request` */
export function assertProjectInput(input: ProjectInput): void {
  assertProjectName(input.project)
  assertDescription(input.description)
  const types = input.artifactTypes ?? []
  if (types.length > TYPES_MAX) throw new Refusal('invalid_request', `At most ${TYPES_MAX} artifact types in one call`)
  for (const [index, type] of types.entries()) assertTypeName(type, `/artifactTypes/${index}`)
}

/**
 * Members make projects; a registry is everybody's in the organization, so its administrators make it, and its own
 * administrators change it.
 */
async function requireProjectRight(tx: Tx, caller: Caller, input: ProjectInput): Promise<Entity> {
  if (!isRegistryName(input.project)) return requireEntity(tx, caller, input.entity, 'member')
  const there = await findProjectIn(tx, caller, input)
  if (there !== undefined) {
    requireRoleIn(caller, 'admin', there, projectName(input))
    return requireEntity(tx, caller, input.entity, 'viewer')
  }
  const entity = await requireEntity(tx, caller, input.entity, 'admin')
  if (entity.kind === 'organization') return entity
  throw new Refusal(
    'invalid_request',
    `A registry belongs to an organization, and "${input.entity}" is a ${entity.kind}: name the organization's entity`,
    { fields: [{ path: '/registry', message: 'needs an organization' }] },
  )
}

async function makeProject(
  world: World,
  tx: Tx,
  caller: Caller,
  entity: Entity,
  input: ProjectInput,
): Promise<{ project: ProjectView; inserted: boolean }> {
  assertProjectName(input.project)
  const isRegistry = isRegistryName(input.project)
  const now = world.now()
  const inserted = await insertProject(tx, {
    entityId: entity.id,
    name: input.project,
    description: input.description ?? null,
    access: input.access ?? 'PRIVATE',
    isRegistry,
    allowAllTypes: input.allowAllTypes ?? (input.artifactTypes ?? []).length === 0,
    userId: caller.user.id,
    now,
  })
  const record = await selectProjectByName(tx, input)
  assert(record !== undefined, 'a project that is there or was just made is found')
  if (inserted) {
    await insertArtifactTypes(tx, { projectId: record.id, names: input.artifactTypes ?? [], now })
    if (isRegistry) await auditRegistry(world, tx, caller, record, 'registry.created', settingsOf(record))
  }
  return { project: projectView(caller, record), inserted }
}

/** What is absent stays; types are added. */
export async function changeProject(
  world: World,
  tx: Tx,
  caller: Caller,
  project: ProjectView,
  input: ProjectSettings,
): Promise<ProjectView> {
  const now = world.now()
  await updateProject(tx, {
    id: project.id,
    description: input.description === undefined ? project.description : input.description,
    access: input.access ?? project.access,
    allowAllTypes: input.allowAllTypes ?? project.allowAllTypes,
    now,
  })
  await insertArtifactTypes(tx, { projectId: project.id, names: input.artifactTypes ?? [], now })
  const [record] = await selectProjects(tx, [project.id])
  assert(record !== undefined, 'a project that was just changed is found')
  if (project.isRegistry) await auditRegistry(world, tx, caller, record, 'registry.changed', settingsOf(record))
  return projectView(caller, record)
}

/** Says what was done to a registry, and by whom. */
export async function auditRegistry(
  world: World,
  tx: Tx,
  caller: Caller,
  { entity_id: entityId, name: subject }: ProjectRecord,
  action: `registry.${string}`,
  details: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, caller, { action, entityId, subject, details }, world.now())
}

function settingsOf({ access, allow_all_types: all }: ProjectRecord): Record<string, unknown> {
  return { access, allowAllTypes: all === 1 }
}

function placeOf(record: ProjectRecord): ProjectPlace {
  return { id: record.id, entityId: record.entity_id }
}

function projectName(input: ProjectAddress): string {
  return `Project "${input.entity}/${input.project}"`
}

export function projectView(caller: Caller, record: ProjectRecord): ProjectView {
  return {
    id: record.id,
    name: record.name,
    entityId: record.entity_id,
    entity: record.entity,
    entityKind: record.entity_kind,
    isRegistry: record.is_registry === 1,
    description: record.description,
    access: record.access,
    allowAllTypes: record.allow_all_types === 1,
    createdBy: record.created_by,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    role: roleIn(caller, placeOf(record)) ?? 'viewer',
  }
}

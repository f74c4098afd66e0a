import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import { assertProjectName, isRegistryName, REGISTRY_PREFIX } from './names.ts'
import {
  assertProjectInput,
  auditRegistry,
  changeProject,
  type ProjectAddress,
  type ProjectSettings,
  projectView,
  requireProjectIn,
} from './operations-projects.ts'
import { lockRegistry } from './operations-registries.ts'
import { type ProjectRecord, selectProjectByName, selectProjects } from './store-projects.ts'
import { lockEntity, updateProjectName } from './store-registries.ts'
import { deleteArtifactTypes, lockOtherArtifactTypes, selectTypesInUse } from './store-types.ts'
import type { ProjectView } from './types.ts'

/** What is absent stays. `artifactTypes`: all that the registry is to take, where it does not take every type. */
export type RegistryChange = ProjectSettings & { name?: string | undefined }

/**
 * Give a registry another name. What is in it goes along; paths with the old name lead nowhere.
 *
 * @throws Refusal as `editRegistry`
 */
export function renameRegistry(
  world: World,
  caller: Caller,
  input: ProjectAddress & { name: string },
): Promise<ProjectView> {
  return editRegistry(world, caller, input)
}

/**
 * Change a registry, for its administrators: name, description, who sees it, and which types it takes. Other than by
 * `upsertProject`, which only adds them, a type can be taken away, as long as no collection there is of it.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_invalid` | `name_taken` | `artifact_type_in_use` | `invalid_request` |
 *   `not_supported` for plain projects
 */
export async function editRegistry(
  world: World,
  caller: Caller,
  input: ProjectAddress & RegistryChange,
): Promise<ProjectView> {
  const { name, entity, project, ...settings } = input
  if (name !== undefined) assertProjectName(name)
  assertProjectInput(input)
  return world.db.transaction(async (tx) => {
    const found = await requireProjectIn(tx, caller, input, 'member')
    if (!found.isRegistry || (name !== undefined && !isRegistryName(name))) {
      throw new Refusal(
        'not_supported',
        `Only registries are changed here, and their names begin with "${REGISTRY_PREFIX}"`,
      )
    }
    if (name !== undefined) await lockEntity(tx, world.db.engine, found.entityId)
    const registry = await lockRegistry(world, tx, caller, found.id)
    const named = name === undefined ? registry : await rename(world, tx, caller, registry, name)
    if (Object.values(settings).every((value) => value === undefined)) return projectView(caller, named)
    await dropTypes(world, tx, named, settings)
    return changeProject(world, tx, caller, projectView(caller, named), settings)
  })
}

async function rename(
  world: World,
  tx: Tx,
  caller: Caller,
  registry: ProjectRecord,
  name: string,
): Promise<ProjectRecord> {
  if (name === registry.name) return registry
  const { entity } = registry
  if ((await selectProjectByName(tx, { entity, project: name })) !== undefined) {
    throw new Refusal('name_taken', `Project "${entity}/${name}" exists already`)
  }
  await updateProjectName(tx, { id: registry.id, name, now: world.now() })
  const [renamed] = await selectProjects(tx, [registry.id])
  assert(renamed !== undefined, 'a locked project is there')
  await auditRegistry(world, tx, caller, renamed, 'registry.renamed', { from: registry.name })
  return renamed
}

/** Takes away the types that the registry is to take no more. */
async function dropTypes(world: World, tx: Tx, registry: ProjectRecord, settings: ProjectSettings): Promise<void> {
  const { allowAllTypes = registry.allow_all_types === 1, artifactTypes } = settings
  if (allowAllTypes || artifactTypes === undefined) return
  if (artifactTypes.length === 0) {
    const message = 'Name at least one type, or let the registry take all'
    throw new Refusal('invalid_request', message, { fields: [{ path: '/artifactTypes', message }] })
  }
  const others = await lockOtherArtifactTypes(tx, world.db.engine, { projectId: registry.id, kept: artifactTypes })
  const used = await selectTypesInUse(
    tx,
    others.map(({ id }) => id),
  )
  if (used.length > 0) {
    const names = used.map((type) => `"${type}"`).join(', ')
    const message = `There are collections of the type ${names}: keep it among the types, or delete those collections first`
    throw new Refusal('artifact_type_in_use', message, { fields: [{ path: '/artifactTypes', message }] })
  }
  await deleteArtifactTypes(
    tx,
    others.map(({ id }) => id),
  )
}

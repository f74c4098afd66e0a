import { expect } from 'vitest'
import type { ImportReport } from '../../src/cli/import/report.ts'
import type { ProjectName } from './given-artifacts.ts'
import type { TestServer } from './server.ts'
import { runTripline } from './tripline-process.ts'

export const keys = (source: TestServer, target: TestServer) => ({
  TRIPLINE_IMPORT_FROM_KEY: source.adminKey,
  TRIPLINE_IMPORT_TO_KEY: target.adminKey,
})

export const between = (source: TestServer, target: TestServer) => ['--from', source.url, '--to', target.url]

/** Run it to its end; what it reports, and all it printed. */
export async function importFrom(
  source: TestServer,
  target: TestServer,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; report: ImportReport; output: string }> {
  const command = runTripline(['import', 'wandb', ...args, ...between(source, target), '--json'], {
    ...keys(source, target),
    ...env,
  })
  const { code } = await command.ended
  const output = command.output()
  const json = output.slice(output.indexOf('\n{\n') + 1 || output.indexOf('{\n'))
  return { code, report: JSON.parse(json), output }
}

const VERSIONS = `query ($entity: String, $project: String, $type: String!, $collection: String!) {
  project(name: $project, entityName: $entity) { artifactType(name: $type) { artifactCollection(name: $collection) {
    name description tags { edges { node { name } } } defaultArtifactType { name }
    artifacts(first: 50) { edges { version node { digest size description metadata createdAt ttlDurationSeconds
      ttlIsInherited tags { name } aliases { alias artifactCollection { name } }
      files(first: 100) { edges { node { name md5 sizeBytes } } } } } } } } } }`

/** All that the client sees of a collection, ids left out. */
export async function collectionOn(server: TestServer, at: ProjectName, collection: string, type = 'model') {
  const { data } = await server.graphql(
    VERSIONS,
    { ...at, collection, type },
    { headers: { 'use-admin-privileges': 'true' } },
  )
  const found = data.project?.artifactType?.artifactCollection
  if (found == null) return null
  for (const { node } of found.artifacts.edges) {
    node.aliases = node.aliases
      .filter(
        ({ artifactCollection }: { artifactCollection: { name: string } }) => artifactCollection.name === collection,
      )
      .map(({ alias }: { alias: string }) => alias)
      .sort()
    node.tags = node.tags.map(({ name }: { name: string }) => name).sort()
  }
  return found
}

/** The automations of an entity as REST has them, by name; what differs between two servers by nature left out. */
export async function automationsOn(server: TestServer, entity: string) {
  const { body } = await server.rest('GET', `/entities/${entity}/automations`, undefined, asAdmin)
  type Listed = { name: string; event: string; scope: object; filter: object; action: { payload?: object } }
  const items = (body.items as Listed[]).map(({ name, event, scope, filter, action: { payload } }) => ({
    name,
    event,
    scope,
    filter,
    payload,
  }))
  return items.sort((one, other) => one.name.localeCompare(other.name))
}

export const asAdmin = { headers: { 'use-admin-privileges': 'true' } }

/** The text of a file of a version, as a client downloads it. */
export async function download(server: TestServer, at: ProjectName, collection: string, version: string, path: string) {
  const { data } = await server.graphql(
    `query ($entity: String, $project: String, $collection: String!, $version: String!, $path: String!) {
      project(name: $project, entityName: $entity) { artifactCollection(name: $collection) {
        artifactMembership(aliasName: $version) { files(names: [$path]) { edges { node { directUrl } } } } } } }`,
    { ...at, collection, version, path },
    asAdmin,
  )
  const url = data.project.artifactCollection.artifactMembership.files.edges[0].node.directUrl
  return (await fetch(url)).text()
}

export const made = async (call: Promise<{ status: number; text: string }>) => {
  const { status, text } = await call
  expect(status, text).toBeLessThan(300)
}

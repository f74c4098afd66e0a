/** What operations of the matrix are asked about, beyond the one of everything that a tenant has. */
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { encodeId } from '../../../src/graphql/ids.ts'
import { givenCommitted, givenPerson, type Place } from '../tenant.ts'
import type { Fixture } from './operation.ts'

/** A user of no tenant: whether it exists is no secret from those who may invite it. */
export const SPARE_USERNAME = 'spare-person'

let made = 0

/** A name that nothing has. */
export const fresh = (prefix: string) => `${prefix}-${++made}`

export async function call({ server }: Fixture, method: string, path: string, body?: unknown, key?: string) {
  const answer = await server.rest(method, path, body, key === undefined ? {} : { key })
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
  return answer.body
}

/** A collection with a version. */
export async function givenOwnSequence({ server, tenant }: Fixture): Promise<{ sequence: string; artifactId: string }> {
  const { team, project } = tenant.place
  const sequence = fresh('sequence')
  const { artifactId } = await givenCommitted(server, { entity: team, project, collection: sequence })
  return { sequence, artifactId }
}

/** A portfolio that the tenant's version is linked into. */
export async function givenOwnPortfolio(fixture: Fixture): Promise<{ portfolio: string }> {
  const { team, project, sequence } = fixture.tenant.place
  const portfolio = fresh('portfolio')
  const source = { entity: team, project, collection: sequence, version: 'v0' }
  await call(fixture, 'POST', `/projects/${team}/${project}/collections/${portfolio}/links`, { source })
  return { portfolio }
}

/** An automation that matches nothing. */
export async function givenOwnAutomation(fixture: Fixture): Promise<{ automation: string }> {
  const { id } = await call(fixture, 'POST', `/entities/${fixture.tenant.place.team}/automations`, {
    name: fresh('automation'),
    scope: { type: 'entity' },
    event: 'DELETE_ARTIFACT',
    enabled: false,
    action: { type: 'nothing' },
  })
  return { automation: id }
}

/** A version whose one file is uploaded, and that is yet to be committed by the member who began it. */
export async function givenUploaded(fixture: Fixture): Promise<{ pending: string }> {
  const { team, project } = fixture.tenant.place
  const bytes = Buffer.from(fresh('bytes'))
  const path = `/projects/${team}/${project}/collections/${fresh('sequence')}/versions`
  const file = { path: 'later.bin', size: bytes.length, md5: createHash('md5').update(bytes).digest('base64') }
  const { artifactId, uploads } = await call(
    fixture,
    'POST',
    path,
    { type: 'model', files: [file] },
    fixture.tenant.keys.member,
  )
  for (const { url, headers } of uploads) {
    const { status } = await fetch(url, { method: 'PUT', headers, body: bytes })
    expect(status).toBeLessThan(300)
  }
  return { pending: artifactId }
}

/** A version that a member has begun: its manifest is announced, nothing is uploaded. */
export async function givenBegun({ server, tenant }: Fixture): Promise<{ begunId: string; manifestId: string }> {
  const { team, project } = tenant.place
  const call = async (query: string, input: object) => {
    const { data, errors } = await server.graphql(query, { input }, { key: tenant.keys.member })
    expect(errors).toBeUndefined()
    return data
  }
  const { createArtifact } = await call(
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      entityName: team,
      projectName: project,
      artifactCollectionName: fresh('sequence'),
      artifactTypeName: 'model',
      digest: createHash('md5').update(fresh('digest')).digest('hex'),
    },
  )
  const begunId = createArtifact.artifact.id
  const { createArtifactManifest } = await call(
    'mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { id } } }',
    { artifactID: begunId, name: 'wandb_manifest.json', digest: '' },
  )
  return { begunId, manifestId: createArtifactManifest.artifactManifest.id }
}

/** The same with a file that is promised and not uploaded. */
export async function givenPromised(fixture: Fixture): Promise<Partial<Place>> {
  const { begunId, manifestId } = await givenBegun(fixture)
  const { data, errors } = await fixture.server.graphql(
    `mutation ($input: CreateArtifactFilesInput!) {
      createArtifactFiles(input: $input) { files { edges { node { storagePath } } } }
    }`,
    {
      input: {
        artifactFiles: [
          { artifactID: begunId, artifactManifestID: manifestId, name: 'parts.bin', md5: md5Of(fresh('parts')) },
        ],
        storageLayout: 'V2',
      },
    },
    { key: fixture.tenant.keys.member },
  )
  expect(errors).toBeUndefined()
  return { begunId, storagePath: data.createArtifactFiles.files.edges[0].node.storagePath }
}

export async function givenOwnApiKey({ server, tenant }: Fixture): Promise<{ apiKeyId: string }> {
  const { data, errors } = await server.graphql(
    'mutation { generateApiKey(input: { description: "to be deleted" }) { apiKey { id } } }',
    {},
    { key: tenant.accountKey },
  )
  expect(errors).toBeUndefined()
  return { apiKeyId: data.generateApiKey.apiKey.id }
}

/** A member of the tenant's team who is to leave. */
export async function givenOwnMember({ server, tenant }: Fixture): Promise<{ userId: string }> {
  const username = fresh('leaving')
  await givenPerson(server, username)
  const path = `/teams/${tenant.place.team}/members/${username}`
  expect((await server.rest('PUT', path, { role: 'viewer' })).status).toBe(200)
  const { read } = server.world.db
  const { id } = await read.selectFrom('users').select('id').where('username', '=', username).executeTakeFirstOrThrow()
  return { userId: encodeId('User', id) }
}

/** A registry of the tenant's organization with nothing in it. */
export async function givenOwnRegistry({ server, tenant }: Fixture): Promise<{ registry: string; registryId: string }> {
  const name = fresh('registry')
  const path = `/projects/${tenant.place.organization}`
  const answer = await server.rest('POST', path, { name, registry: true }, { key: tenant.keys.admin })
  expect(answer.status, answer.text).toBe(201)
  const registry = `wandb-registry-${name}`
  const { read } = server.world.db
  const { id } = await read.selectFrom('projects').select('id').where('name', '=', registry).executeTakeFirstOrThrow()
  return { registry, registryId: encodeId('Project', id) }
}

/** A registry whose members are the tenant's team and a user of it. */
export async function givenRegistryMembers(fixture: Fixture): Promise<{ registryId: string; userId: string }> {
  const { registryId } = await givenOwnRegistry(fixture)
  const { userId } = await givenOwnMember(fixture)
  const { errors } = await fixture.server.graphql(
    'mutation ($input: CreateProjectMembersInput!) { createProjectMembers(input: $input) { success } }',
    { input: { projectId: registryId, userIds: [userId], teamIds: [fixture.tenant.place.entityId] } },
    { key: fixture.tenant.keys.admin },
  )
  expect(errors).toBeUndefined()
  return { registryId, userId }
}

export async function collectionIdOf({ server }: Fixture, name: string): Promise<string> {
  const { read } = server.world.db
  const { id } = await read.selectFrom('collections').select('id').where('name', '=', name).executeTakeFirstOrThrow()
  return encodeId('ArtifactCollection', id)
}

export async function artifactIdOf({ server }: Fixture, publicId: string): Promise<string> {
  const { read } = server.world.db
  const { id } = await read
    .selectFrom('artifacts')
    .select('id')
    .where('public_id', '=', publicId)
    .executeTakeFirstOrThrow()
  return encodeId('Artifact', id)
}

export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('base64')
}

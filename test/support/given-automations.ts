import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { authenticate } from '../../src/access/operations.ts'
import type { Caller } from '../../src/access/rights.ts'
import type { Tx } from '../../src/database/database.ts'
import type { CollectionSubject, EventSubject, EventType, Via } from '../../src/events/event.ts'
import { type EventDraft, recordEvents } from '../../src/events/operations.ts'
import { createWebhook } from '../../src/webhooks/operations.ts'
import { SAMPLE_ARTIFACT } from './sample-event.ts'
import type { TestServer } from './server.ts'

let made = 0

/** A name nothing else in this test run has. */
export function unique(prefix: string): string {
  made += 1
  return `${prefix}-${process.pid}-${made}`
}

export async function givenUser(server: TestServer): Promise<{ username: string; key: string }> {
  const user = { username: unique('user'), key: randomBytes(20).toString('hex') }
  const { status, text } = await server.rest('POST', '/users', { username: user.username, apiKey: user.key })
  expect(status, text).toBe(201)
  return user
}

export async function givenOrganization(server: TestServer): Promise<string> {
  const name = unique('org')
  expect((await server.rest('POST', '/organizations', { name })).status).toBe(201)
  return name
}

/** The administrator of the server is its admin. */
export async function givenTeam(server: TestServer, organization?: string): Promise<string> {
  const name = unique('team')
  const body = organization === undefined ? { name } : { name, organization }
  expect((await server.rest('POST', '/teams', body)).status).toBe(201)
  return name
}

export async function givenMember(
  server: TestServer,
  team: string,
  role: 'admin' | 'member' | 'viewer',
  kind: 'teams' | 'organizations' = 'teams',
): Promise<{ username: string; key: string }> {
  const user = await givenUser(server)
  const { status, text } = await server.rest('PUT', `/${kind}/${team}/members/${user.username}`, { role })
  expect(status, text).toBe(200)
  return user
}

/** Who a request with this key comes from. */
export async function callerWith(server: TestServer, key: string, via: Via = 'rest'): Promise<Caller> {
  const authorization = `Bearer ${key}`
  const caller = await authenticate(server.world, { authorization, userAgent: undefined, requestId: null, via })
  if (caller === undefined) throw new Error('no such key')
  return caller
}

/** A collection, made in the database with its project if that is missing, as events show it: version 0, no aliases. */
export async function givenPlace(
  server: TestServer,
  entity: string,
  input: { project?: string; collection?: string; kind?: 'SEQUENCE' | 'PORTFOLIO' } = {},
): Promise<CollectionSubject> {
  const project = input.project ?? unique('project')
  const collection = input.collection ?? unique('collection')
  const kind = input.kind ?? 'SEQUENCE'
  const times = { created_by: null, created_at: 0, updated_at: 0 }
  return server.world.db.transaction(async (tx) => {
    const owner = await tx.selectFrom('entities').selectAll().where('name', '=', entity).executeTakeFirstOrThrow()
    await tx
      .insertInto('projects')
      .values({
        entity_id: owner.id,
        name: project,
        description: null,
        is_registry: project.startsWith('wandb-registry-') ? 1 : 0,
        ...times,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const { id: projectId } = await tx
      .selectFrom('projects')
      .select('id')
      .where('entity_id', '=', owner.id)
      .where('name', '=', project)
      .executeTakeFirstOrThrow()
    await tx
      .insertInto('artifact_types')
      .values({ project_id: projectId, name: 'model', description: null, created_at: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const type = await tx
      .selectFrom('artifact_types')
      .select('id')
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow()
    const { id: collectionId } = await tx
      .insertInto('collections')
      .values({
        public_id: unique('col'),
        project_id: projectId,
        type_id: type.id,
        kind,
        name: collection,
        description: null,
        client_id: null,
        ...times,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return {
      entityId: owner.id,
      entity,
      organizationId: owner.kind === 'organization' ? owner.id : owner.organization_id,
      projectId,
      project,
      collectionId,
      collection,
      collectionKind: kind,
      version: 0,
      aliases: [],
    }
  })
}

/** A webhook to a port where nobody listens; its public id. */
export async function givenWebhook(
  server: TestServer,
  entity: string,
  settings: { name?: string; paused?: boolean; key?: string; accessTokenSecret?: string } = {},
): Promise<string> {
  const { key, ...rest } = settings
  const caller = await callerWith(server, key ?? server.adminKey)
  const webhook = await createWebhook(server.world, caller, {
    entity,
    settings: { name: unique('hook'), url: 'http://127.0.0.1:9/', ...rest },
  })
  return webhook.publicId
}

/** An event at these places, about the sample artifact. */
export function draft(
  type: EventType,
  subjects: EventSubject[],
  about: { alias?: string; tag?: string } = {},
): EventDraft {
  return {
    type,
    snapshot: {
      subjects,
      artifact: SAMPLE_ARTIFACT,
      alias: about.alias ?? null,
      tag: about.tag ?? null,
      previousVersion: null,
      movedTo: null,
    },
  }
}

/** Commit these events as a change would; how many deliveries they led to. */
export async function record(server: TestServer, caller: Caller, ...drafts: EventDraft[]): Promise<number> {
  const { world } = server
  return world.db.transaction((tx) => countingDeliveries(tx, () => recordEvents(world, tx, caller, drafts)))
}

/** How many more deliveries there are after `work` than before. */
export async function countingDeliveries(tx: Tx, work: () => Promise<void>): Promise<number> {
  const count = async () => {
    const { n } = await tx
      .selectFrom('deliveries')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    return n
  }
  const before = await count()
  await work()
  return (await count()) - before
}

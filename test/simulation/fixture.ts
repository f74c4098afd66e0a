import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Caller } from '../../src/access/rights.ts'
import { createAutomation } from '../../src/automations/operations.ts'
import { NO_PACING } from '../../src/automations/pacing.ts'
import type { Database } from '../../src/database/database.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import type { EventSubject } from '../../src/events/event.ts'
import type { EventDraft } from '../../src/events/operations.ts'
import { SYSTEM_CLOCK } from '../../src/runtime/clock.ts'
import type { Config } from '../../src/runtime/config.ts'
import { parseAddressPolicy } from '../../src/webhooks/address-policy.ts'
import { parseKeyring } from '../../src/webhooks/keyring.ts'
import { createWebhook } from '../../src/webhooks/operations.ts'
import type { World } from '../../src/world.ts'

/** A link begins with the URL of the process that renders it, and theirs differ: rendering twice would show. */
const PAYLOAD = JSON.stringify({
  alias: '${alias}',
  version: '${version}',
  count: '${digest_count|json}',
  first: '${digest_first_version}',
  message: '${message_id}',
  link: '${artifact_url}',
})

/** When every simulation begins. */
export const START_MS = Date.parse('2026-01-01T00:00:00.000Z')

export const TEAM = 'vision'

/** The webhooks, in the order of their ids. */
export const WEBHOOKS = ['hook-1', 'hook-2', 'hook-3'] as const

/** The automations, in the order of their ids, and which aliases they are for. */
export const AUTOMATIONS: readonly { webhookId: number; filter: unknown; matches(alias: string): boolean }[] = [
  { webhookId: 1, filter: {}, matches: () => true },
  { webhookId: 2, filter: { alias: { $regex: '^even-' } }, matches: (alias) => alias.startsWith('even-') },
  { webhookId: 1, filter: { alias: { $regex: '0$' } }, matches: (alias) => alias.endsWith('0') },
  { webhookId: 3, filter: { alias: { $regex: '^odd-' } }, matches: (alias) => alias.startsWith('odd-') },
]

export const CALLER: Caller = {
  user: { id: 1, username: 'maya', kind: 'person', isAdmin: false, entityId: 2, defaultEntityId: 1 },
  through: null,
  roles: new Map([
    [1, 'admin'],
    [2, 'admin'],
  ]),
  registryRoles: new Map(),
  adminEverywhere: false,
  via: 'rest',
  userAgent: null,
  requestId: null,
  cause: null,
}

/** The collections, in the order of their ids. */
export const COLLECTIONS = ['model', 'shadow'] as const

/** An alias that is added to a version of a collection. No two have the same version. */
export type Change = { alias: string; collectionId: number; version: number }

/** What a change is told by. */
export const nameOfChange = ({ alias, collectionId, version }: Change) => `${collectionId}:v${version}:${alias}`

/** Its event. */
export function aliasAdded({ alias, collectionId, version }: Change): EventDraft {
  const subject: EventSubject = {
    entityId: 1,
    entity: TEAM,
    organizationId: null,
    projectId: 1,
    project: 'churn',
    collectionId,
    collection: COLLECTIONS[collectionId - 1]!,
    collectionKind: 'SEQUENCE',
    version,
    aliases: [],
  }
  const artifact = {
    id: 1,
    publicId: 'ar_1',
    type: 'model',
    digest: '00',
    size: 1,
    fileCount: 1,
    description: null,
    metadata: {},
    tags: [],
    createdAt: START_MS,
    source: null,
    run: null,
  }
  return {
    type: 'ADD_ARTIFACT_ALIAS',
    snapshot: { subjects: [subject], artifact, alias, tag: null, previousVersion: null, movedTo: null },
  }
}

/** What the worlds of all simulated processes have in common. */
export const COMMON = {
  config: { publicUrl: 'https://tripline.example.com', holdPerMinute: 0, workerRequestsMax: 1_024 } as Config,
  keyring: parseKeyring(createHash('sha256').update('simulation').digest('base64')),
  addressPolicy: parseAddressPolicy(''),
  resolveHost: async () => ({ kind: 'found', addresses: [{ address: '93.184.216.34', family: 4 }] }) as const,
}

/** In memory where the system has such a place: the simulation decides what survives a death, not the disk. */
function temporaryDirectory(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tripline-simulation-'))
}

/** The directory of a database with a team, its webhooks and its automations: every simulation begins with a copy. */
export async function makeTemplate(): Promise<string> {
  const directory = temporaryDirectory()
  const db = await openSqlite({ directory })
  await db.transaction(async (tx) => {
    const times = { created_at: START_MS, updated_at: START_MS }
    const entity = { display_name: null, organization_id: null, created_at: START_MS }
    await tx
      .insertInto('entities')
      .values([
        { name: TEAM, kind: 'team', ...entity },
        { name: 'maya', kind: 'user', ...entity },
      ])
      .execute()
    await tx
      .insertInto('users')
      .values({
        entity_id: 2,
        username: 'maya',
        kind: 'person',
        email: null,
        name: null,
        password_hash: null,
        is_admin: 0,
        default_entity_id: 1,
        created_at: START_MS,
        deleted_at: null,
      })
      .execute()
    await tx
      .insertInto('projects')
      .values({ entity_id: 1, name: 'churn', description: null, created_by: 1, ...times })
      .execute()
    await tx
      .insertInto('artifact_types')
      .values({ project_id: 1, name: 'model', description: null, created_at: START_MS })
      .execute()
    await tx
      .insertInto('collections')
      .values(
        COLLECTIONS.map((name, index) => ({
          public_id: `col_${index + 1}`,
          project_id: 1,
          type_id: 1,
          kind: 'SEQUENCE' as const,
          name,
          description: null,
          client_id: null,
          created_by: 1,
          ...times,
        })),
      )
      .execute()
  })
  const world = settingUp(db)
  for (const name of WEBHOOKS) {
    await createWebhook(world, CALLER, { entity: TEAM, settings: { name, url: `https://${name}.example.com/in` } })
  }
  for (const [index, { webhookId, filter }] of AUTOMATIONS.entries()) {
    await createAutomation(world, CALLER, {
      name: `automation-${index + 1}`,
      description: null,
      enabled: true,
      scope: { kind: 'PROJECT', id: 1 },
      event: 'ADD_ARTIFACT_ALIAS',
      pacing: NO_PACING,
      filter,
      action: {
        kind: 'webhook',
        webhook: { id: webhookId },
        payload: PAYLOAD,
      },
    })
  }
  await db.close()
  return directory
}

/** A copy of the template, and how to be rid of it. */
export function copyTemplate(template: string): { directory: string; remove(): void } {
  const directory = temporaryDirectory()
  cpSync(join(template, 'tripline.db'), join(directory, 'tripline.db'))
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** For what is done before a history begins. */
export function settingUp(db: Database): World {
  return {
    ...COMMON,
    db,
    clock: SYSTEM_CLOCK,
    now: () => START_MS,
    random: () => 0,
    wakeWorkers: () => {},
    worker: undefined,
    log: {} as Logger,
    // Nothing here stores a file or sends anything.
    blobs: {} as World['blobs'],
    sender: {} as World['sender'],
  }
}

import { recordAudit, requireEntity } from '../access/operations.ts'
import { type Caller, may, requireRole } from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import { cancelWaiting, resumeWaiting } from '../deliveries/operations.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { checkHeaders } from './header.ts'
import { secretsInText } from './secret.ts'
import { SIGNATURE_DEFAULT, type SignatureSetting } from './signature.ts'
import {
  automationsUsing,
  findWebhook,
  findWebhookByName,
  findWebhooksById,
  insertWebhook,
  listWebhookRows,
  type StoredWebhook,
  secretsOf,
  updateWebhookRow,
} from './store.ts'
import { asWebhook, secretsOfWebhook, type Webhook } from './webhook.ts'
import { checkTarget, maskUrl, parseWebhookUrl } from './webhook-url.ts'

export const CONCURRENCY_DEFAULT = 10

const NAME = /^[-\w]+([ ]+[-\w]+)*$/
const NAME_LENGTH_MAX = 64

/** What makes a webhook; `null` takes a thing away, absence leaves it. */
export type WebhookSettings = {
  name?: string | undefined
  url?: string | undefined
  accessTokenSecret?: string | null | undefined
  signingSecret?: string | null | undefined
  signature?: { [Scheme in keyof SignatureSetting]?: SignatureSetting[Scheme] | undefined } | undefined
  secrets?: string[] | undefined
  headers?: Record<string, string> | undefined
  concurrencyMax?: number | undefined
  paused?: boolean | undefined
}

/** `url`: whole for admins, else `null`. */
export type WebhookView = Webhook & { url: string | null; warnings: string[] }

/** The settings of a webhook that is saved or tested, checked against each other, the policy and the team's secrets. */
export type CheckedSettings = Omit<Webhook, 'id' | 'publicId' | 'createdAt' | 'updatedAt' | 'paused'> & {
  url: string
  warnings: string[]
}

/**
 * Check settings for a webhook of `entityId`, on top of `before` if there is one.
 *
 * @throws Refusal `name_invalid` | `webhook_url_invalid` | `webhook_url_blocked` | `secret_unknown` | `invalid_request`
 */
export async function checkSettings(
  world: World,
  entityId: number,
  settings: WebhookSettings,
  before?: Webhook & { url: string },
): Promise<CheckedSettings> {
  const name = settings.name ?? before?.name ?? ''
  if (!NAME.test(name) || name.length > NAME_LENGTH_MAX) {
    throw new Refusal(
      'name_invalid',
      `"${name}" cannot name a webhook: use up to ${NAME_LENGTH_MAX} letters, digits, "-", "_" and single spaces`,
      { fields: [{ path: '/name', message: 'is not a valid name' }] },
    )
  }
  const text = settings.url ?? before?.url ?? ''
  const url = parseWebhookUrl(world.addressPolicy, text)
  const warning =
    url.target === undefined
      ? undefined
      : (await checkTarget(world.addressPolicy, url.target, world.resolveHost)).warning
  const accessTokenSecret =
    settings.accessTokenSecret === undefined ? (before?.accessTokenSecret ?? null) : settings.accessTokenSecret
  const checked = {
    entityId,
    name,
    url: text,
    urlMasked: maskUrl(text),
    accessTokenSecret,
    signingSecret: settings.signingSecret === undefined ? (before?.signingSecret ?? null) : settings.signingSecret,
    signature: { ...(before?.signature ?? SIGNATURE_DEFAULT), ...withoutUndefined(settings.signature ?? {}) },
    // Those that the URL names are the webhook's too: whoever deletes one of them is told so.
    secrets: [...new Set([...(settings.secrets ?? before?.secrets ?? []), ...url.references])],
    headers: checkHeaders(settings.headers ?? before?.headers ?? {}, accessTokenSecret !== null),
    concurrencyMax: settings.concurrencyMax ?? before?.concurrencyMax ?? CONCURRENCY_DEFAULT,
    warnings: warning === undefined ? [] : [warning],
  }
  await assertSecretsExist(world.db.read, checked)
  return checked
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as never
}

async function assertSecretsExist(
  db: Reader,
  webhook: Pick<Webhook, 'entityId' | 'accessTokenSecret' | 'signingSecret' | 'secrets' | 'headers'>,
): Promise<void> {
  const names = secretsOfWebhook(webhook)
  const known = new Set((await secretsOf(db, [webhook.entityId], names)).map((secret) => secret.name))
  const missing = names.filter((name) => !known.has(name))
  if (missing.length === 0) return
  const fieldOf = (name: string) =>
    name === webhook.accessTokenSecret
      ? '/accessTokenSecret'
      : name === webhook.signingSecret
        ? '/signingSecret'
        : Object.values(webhook.headers).some((value) => secretsInText(value).includes(name))
          ? '/headers'
          : '/secrets'
  throw new Refusal(
    'secret_unknown',
    `This team has no secret named ${missing.map((name) => `"${name}"`).join(', ')}: store it first with PUT …/secrets/{name}`,
    { fields: missing.map((name) => ({ path: fieldOf(name), message: `there is no secret "${name}"` })) },
  )
}

/**
 * Configure a receiver for a team.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_taken` and those of `checkSettings`
 */
export async function createWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; settings: WebhookSettings },
): Promise<WebhookView> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'admin')
  const checked = await checkSettings(world, entity.id, input.settings)
  const now = world.now()
  const publicId = newPublicId('wh')
  const row = await world.db.transaction(async (tx) => {
    const id = await insertWebhook(tx, {
      public_id: publicId,
      entity_id: entity.id,
      ...columnsOf(checked),
      ...sealUrl(world, entity.id, publicId, 1, checked.url),
      paused_at: input.settings.paused === true ? now : null,
      paused_reason: input.settings.paused === true ? 'by_hand' : null,
      created_by: caller.user.id,
      created_at: now,
      updated_at: now,
      deleted_at: null,
    })
    if (id === undefined) throw nameTaken(checked.name)
    await audit(tx, caller, 'webhook.created', checked, now)
    return findWebhook(tx, null, publicId)
  })
  return { ...asWebhook(row as StoredWebhook), url: checked.url, warnings: checked.warnings }
}

/**
 * Change a webhook. What is waiting and what is tried again goes by the new settings.
 *
 * `paused: true` holds its deliveries, `paused: false` makes them due.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_taken` and those of `checkSettings`
 */
export async function updateWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; id: string; settings: WebhookSettings },
): Promise<WebhookView> {
  const before = await requireWebhook(world, caller, input, 'admin')
  const url = openUrl(world, before)
  const checked = await checkSettings(world, before.entity_id, input.settings, { ...asWebhook(before), url })
  const now = world.now()
  const { paused } = input.settings
  const row = await world.db.transaction(async (tx) => {
    const current = await findWebhook(tx, world.db.engine, input.id)
    if (current === undefined) throw notFound(`Webhook "${input.id}"`)
    const namesake = await findWebhookByName(tx, { entityId: current.entity_id, name: checked.name })
    if (namesake !== undefined && namesake.id !== current.id) throw nameTaken(checked.name)
    const resumed = paused === false && current.paused_at !== null
    await updateWebhookRow(tx, current.id, {
      ...columnsOf(checked),
      ...(checked.url === url
        ? {}
        : sealUrl(world, current.entity_id, current.public_id, current.url_version + 1, checked.url)),
      ...(paused === true && current.paused_at === null ? { paused_at: now, paused_reason: 'by_hand' } : {}),
      ...(resumed ? { paused_at: null, paused_reason: null } : {}),
      updated_at: now,
    })
    if (resumed) await resumeWaiting(world, tx, current.id)
    await audit(tx, caller, 'webhook.changed', checked, now, { changed: Object.keys(input.settings) })
    return findWebhook(tx, null, input.id)
  })
  world.wakeWorkers()
  return { ...asWebhook(row as StoredWebhook), url: checked.url, warnings: checked.warnings }
}

/**
 * Delete a webhook. One that automations use is deleted only with `force`: what it still has to send is cancelled then,
 * and those automations' executions are skipped from then on, visibly.
 *
 * @throws Refusal `not_found` | `forbidden` | `webhook_in_use`
 */
export async function deleteWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; id: string; force: boolean },
): Promise<{ cancelled: string[] }> {
  const before = await requireWebhook(world, caller, input, 'admin')
  const now = world.now()
  return world.db.transaction(async (tx) => {
    const webhook = await findWebhook(tx, world.db.engine, input.id)
    if (webhook === undefined) throw notFound(`Webhook "${input.id}"`)
    const automations = await automationsUsing(tx, webhook.id)
    if (automations.length > 0 && !input.force) {
      throw new Refusal(
        'webhook_in_use',
        `The webhook "${webhook.name}" is used by ${automations.length === 1 ? 'the automation' : 'the automations'} ` +
          `${automations.map((name) => `"${name}"`).join(', ')}. Change those first, or delete it with force=true, ` +
          'which cancels what it still has to send.',
        { details: { automations } },
      )
    }
    await updateWebhookRow(tx, webhook.id, { deleted_at: now, updated_at: now })
    const cancelled = await cancelWaiting(world, tx, [webhook.id], 'webhook_deleted')
    await recordAudit(
      tx,
      caller,
      {
        action: 'webhook.deleted',
        entityId: before.entity_id,
        subject: before.name,
        details: { automations, cancelled: cancelled.length },
      },
      now,
    )
    return { cancelled }
  })
}

export async function listWebhooks(
  world: World,
  caller: Caller,
  input: { entity: string; after: string | undefined; limit: number },
): Promise<WebhookView[]> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const rows = await listWebhookRows(world.db.read, { entityId: entity.id, after: input.after, limit: input.limit })
  return rows.map((row) => viewFor(world, caller, row))
}

export async function getWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; id: string },
): Promise<WebhookView> {
  return viewFor(world, caller, await requireWebhook(world, caller, input, 'viewer'))
}

/** By id, deleted ones too: for the automations that name them, whoever may see those. */
export async function loadWebhooks(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, WebhookView>> {
  const rows = await findWebhooksById(world.db.read, ids)
  return new Map(rows.map((row) => [row.id, viewFor(world, caller, row)]))
}

/**
 * Webhooks of an entity by public id or by name, for whoever refers to one from an automation.
 *
 * @throws Refusal `not_found`
 */
export async function findWebhookFor(
  db: Reader | Tx,
  caller: Caller,
  input: { entityIds: readonly number[]; idOrName: string },
): Promise<Webhook> {
  const byId = await findWebhook(db, null, input.idOrName)
  if (byId !== undefined && input.entityIds.includes(byId.entity_id) && may(caller, 'viewer', byId.entity_id)) {
    return asWebhook(byId)
  }
  for (const entityId of input.entityIds) {
    if (!may(caller, 'viewer', entityId)) continue
    const byName = await findWebhookByName(db, { entityId, name: input.idOrName })
    if (byName !== undefined) return asWebhook(byName)
  }
  throw notFound(`Webhook "${input.idOrName}"`)
}

/** The whole URL, with its references to secrets in place. */
export function openUrl(world: Pick<World, 'keyring'>, row: StoredWebhook): string {
  return world.keyring.open(row.url_ciphertext, urlLabel(row.entity_id, row.public_id, row.url_version))
}

/** @throws Refusal `not_found` | `forbidden` */
export async function requireWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; id: string },
  role: 'viewer' | 'member' | 'admin',
): Promise<StoredWebhook> {
  const what = `Webhook "${input.id}"`
  const entity = await requireEntity(world.db.read, caller, input.entity, 'viewer', what)
  const row = await findWebhook(world.db.read, null, input.id)
  if (row === undefined || row.entity_id !== entity.id) throw notFound(what)
  requireRole(caller, role, entity.id, what)
  return row
}

function viewFor(world: World, caller: Caller, row: StoredWebhook): WebhookView {
  const webhook = asWebhook(row)
  const isAdmin = may(caller, 'admin', row.entity_id)
  return {
    ...webhook,
    // Somebody may have written a credential right into a header.
    headers: isAdmin ? webhook.headers : Object.fromEntries(Object.keys(webhook.headers).map((name) => [name, '***'])),
    url: isAdmin ? openUrl(world, row) : null,
    warnings: [],
  }
}

function urlLabel(entityId: number, publicId: string, version: number) {
  return { entityId, name: `webhook url ${publicId}`, version }
}

function sealUrl(world: World, entityId: number, publicId: string, version: number, url: string) {
  return {
    url_version: version,
    url_ciphertext: world.keyring.seal(url, urlLabel(entityId, publicId, version)),
    url_masked: maskUrl(url),
  }
}

function columnsOf(checked: CheckedSettings) {
  return {
    name: checked.name,
    access_token_secret: checked.accessTokenSecret,
    signing_secret: checked.signingSecret,
    signature: JSON.stringify(checked.signature),
    secrets: JSON.stringify(checked.secrets),
    headers: JSON.stringify(checked.headers),
    concurrency_max: checked.concurrencyMax,
  }
}

function nameTaken(name: string): Refusal {
  return new Refusal('name_taken', `There is a webhook named "${name}" already: choose another name or change that one`)
}

async function audit(
  tx: Tx,
  caller: Caller,
  action: string,
  checked: CheckedSettings,
  now: number,
  details: Record<string, unknown> = {},
): Promise<void> {
  await recordAudit(
    tx,
    caller,
    { action, entityId: checked.entityId, subject: checked.name, details: { ...details, url: checked.urlMasked } },
    now,
  )
}

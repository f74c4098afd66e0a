import { recordAudit, requireEntity } from '../access/operations.ts'
import { type Caller, hiddenProjectIds, may, requireRole } from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { cancelWaiting, countWaiting, loadActivity, resumeWaiting } from '../deliveries/operations.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import type { DeliveryOrder } from './delivery-order.ts'
import { checkHeaders } from './header.ts'
import { WELL } from './health.ts'
import { SealError } from './keyring.ts'
import { sendIntervalMs } from './rate-limit.ts'
import { REDACTED } from './redaction.ts'
import { openSecret, openUrl, sealUrl } from './sealed.ts'
import { assertSigningSecret, secretsInText } from './secret.ts'
import { SIGNATURE_DEFAULT, type SignatureSetting } from './signature.ts'
import { assertSlackUsable, type SlackPlace } from './slack.ts'
import {
  automationsUsing,
  automationsUsingEach,
  countWebhooks,
  findWebhook,
  findWebhookByName,
  findWebhooksById,
  insertWebhook,
  listWebhookRows,
  lockEntity,
  type StoredWebhook,
  secretsOf,
  updateWebhookRow,
} from './store.ts'
import { healthColumns } from './store-health.ts'
import { detectTarget, type TargetKind, targetWarning } from './target.ts'
import { asWebhook, rateLimitInForce, secretsOfWebhook, type Webhook } from './webhook.ts'
import { checkTarget, maskUrl, parseWebhookUrl } from './webhook-url.ts'

const CONCURRENCY_DEFAULT = 10

/** A quarter of what one worker sends at once, so that a receiver that hangs leaves room for all others. */
export const CONCURRENCY_MAX = 256

/** More than any team has; a bound for what has to look at all of them. */
export const WEBHOOKS_MAX = 1_000

/** W&B's. */
const NAME = /^[-\w]+([ ]+[-\w]+)*$/
const NAME_LENGTH_MAX = 64

/** What makes a webhook; `null` takes a thing away, absence leaves it. */
export type WebhookSettings = {
  name?: string | undefined
  url?: string | undefined
  /** `null`: what the URL shows. */
  target?: TargetKind | null | undefined
  accessTokenSecret?: string | null | undefined
  signingSecret?: string | null | undefined
  signature?: { [Scheme in keyof SignatureSetting]?: SignatureSetting[Scheme] | undefined } | undefined
  secrets?: string[] | undefined
  headers?: Record<string, string> | undefined
  concurrencyMax?: number | undefined
  /** `null`: what the target suggests. */
  rateLimitPerMinute?: number | null | undefined
  /** `null`: that of Standard Webhooks. */
  retrySchedule?: number[] | null | undefined
  order?: DeliveryOrder | undefined
  newestWins?: boolean | undefined
  /** Makes it a Slack integration. */
  slack?: SlackPlace | null | undefined
  paused?: boolean | undefined
}

/** `url`: whole for admins, else `null`. */
export type WebhookView = Webhook & { url: string | null; warnings: string[] }

/**
 * - `open`: deliveries that have not ended; counted to `OPEN_COUNT_MAX`.
 * - `lastSuccessAt`: when one of its newest deliveries arrived; `null` if none of them did.
 */
type ListedWebhook = WebhookView & {
  use: { open: number; lastSuccessAt: number | null }
}

/** The settings of a webhook that is saved or tested, checked against each other, the policy and the team's secrets. */
export type CheckedSettings = Omit<Webhook, 'id' | 'publicId' | 'createdAt' | 'updatedAt' | 'paused' | 'health'> & {
  url: string
  warnings: string[]
}

/** Where a webhook is to send, once it has passed; `warnings`: what the name service could not say. */
type CheckedUrl = { text: string; warnings: string[] }

/**
 * Check a URL that is new to a webhook. Asks the name service, so never call it inside a transaction.
 *
 * @throws Refusal `webhook_url_invalid` | `webhook_url_blocked`
 */
async function checkUrl(world: Pick<World, 'addressPolicy' | 'resolveHost'>, text: string): Promise<CheckedUrl> {
  const { target } = parseWebhookUrl(world.addressPolicy, text)
  if (target === undefined) return { text, warnings: [] }
  const { warning } = await checkTarget(world.addressPolicy, target, world.resolveHost)
  return { text, warnings: warning === undefined ? [] : [warning] }
}

type Before = Webhook & { url: string }

/**
 * Settings of a webhook on top of what it has, if there is one, checked against each other and the team's secrets.
 * What a change leaves as it was is not refused: a webhook can be paused or renamed whatever has become of its secrets.
 *
 * - `url`: `undefined` leaves it.
 *
 * @throws Refusal `name_invalid` | `secret_unknown` | `secret_invalid` | `invalid_request`
 */
async function checkSettings(
  world: Pick<World, 'keyring'>,
  db: Reader | Tx,
  engine: Engine | null,
  input: { entityId: number; settings: WebhookSettings; url: CheckedUrl | undefined; before: Before | undefined },
): Promise<CheckedSettings> {
  const { entityId, settings, before } = input
  const name = settings.name ?? before?.name ?? ''
  if (!NAME.test(name) || name.length > NAME_LENGTH_MAX) {
    throw new Refusal(
      'name_invalid',
      `"${name}" cannot name a webhook: use up to ${NAME_LENGTH_MAX} letters, digits, "-", "_" and spaces between them`,
      { fields: [{ path: '/name', message: 'is not a valid name' }] },
    )
  }
  const url = input.url?.text ?? before?.url
  assert(url !== undefined, 'a new webhook has a URL')
  const accessTokenSecret =
    settings.accessTokenSecret === undefined ? (before?.accessTokenSecret ?? null) : settings.accessTokenSecret
  const checked = {
    entityId,
    name,
    url,
    urlMasked: maskUrl(url),
    target: targetFor(settings.target, url, before),
    accessTokenSecret,
    signingSecret: settings.signingSecret === undefined ? (before?.signingSecret ?? null) : settings.signingSecret,
    signature: { ...(before?.signature ?? SIGNATURE_DEFAULT), ...withoutUndefined(settings.signature ?? {}) },
    // Those that the URL names are the webhook's too: whoever deletes one of them is told so.
    secrets: [...new Set([...(settings.secrets ?? before?.secrets ?? []), ...secretsInText(url)])],
    headers: checkHeaders(settings.headers ?? before?.headers ?? {}, accessTokenSecret !== null),
    concurrencyMax: settings.concurrencyMax ?? before?.concurrencyMax ?? CONCURRENCY_DEFAULT,
    rateLimitPerMinute:
      settings.rateLimitPerMinute === undefined ? (before?.rateLimitPerMinute ?? null) : settings.rateLimitPerMinute,
    retrySchedule: settings.retrySchedule === undefined ? (before?.retrySchedule ?? null) : settings.retrySchedule,
    order: settings.order ?? before?.order ?? 'none',
    newestWins: settings.newestWins ?? before?.newestWins ?? false,
    slack: settings.slack === undefined ? (before?.slack ?? null) : settings.slack,
    warnings: input.url?.warnings ?? [],
  }
  if (checked.newestWins && checked.order === 'none') {
    const message = 'needs "order": the newest of what? Set it to "collection" or "alias"'
    throw new Refusal('invalid_request', `"newestWins" ${message}`, { fields: [{ path: '/newestWins', message }] })
  }
  if (checked.slack !== null) assertSlackUsable(checked)
  const warning = targetWarning(checked.target)
  if (warning !== undefined) checked.warnings = [...checked.warnings, warning]
  await checkNewSecrets(world, db, engine, checked, before)
  return checked
}

/** One that was chosen stays, whatever the URL becomes; one that the URL showed goes with the URL. */
function targetFor(asked: TargetKind | null | undefined, url: string, before: Before | undefined): TargetKind {
  if (asked !== undefined && asked !== null) return asked
  const wasChosen = asked === undefined && before !== undefined && before.target !== detectTarget(before.url)
  return wasChosen ? before.target : detectTarget(url)
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as never
}

async function checkNewSecrets(
  world: Pick<World, 'keyring'>,
  db: Reader | Tx,
  engine: Engine | null,
  webhook: CheckedSettings,
  before: Webhook | undefined,
): Promise<void> {
  const had = new Set(before === undefined ? [] : secretsOfWebhook(before))
  const names = secretsOfWebhook(webhook).filter((name) => !had.has(name) || name === webhook.signingSecret)
  const found = await secretsOf(db, engine, [webhook.entityId], names)
  const known = new Map(found.map((secret) => [secret.name, secret]))
  const missing = names.filter((name) => !known.has(name) && !had.has(name))
  if (missing.length > 0) {
    throw new Refusal(
      'secret_unknown',
      `This team has no secret named ${missing.map((name) => `"${name}"`).join(', ')}: store it first with PUT …/secrets/{name}`,
      { fields: missing.map((name) => ({ path: fieldOf(name, webhook), message: `there is no secret "${name}"` })) },
    )
  }
  const signing =
    webhook.signingSecret === (before?.signingSecret ?? null) ? undefined : known.get(webhook.signingSecret ?? '')
  if (signing !== undefined) assertSigningSecret(openSecret(world.keyring, signing), '/signingSecret')
}

function fieldOf(secret: string, webhook: CheckedSettings): string {
  if (secret === webhook.accessTokenSecret) return '/accessTokenSecret'
  if (secret === webhook.signingSecret) return '/signingSecret'
  if (secretsInText(webhook.url).includes(secret)) return '/url'
  return Object.values(webhook.headers).some((value) => secretsInText(value).includes(secret)) ? '/headers' : '/secrets'
}

/**
 * Settings of a webhook that is not saved, checked as if it were.
 *
 * @throws Refusal as `createWebhook`
 */
export async function checkUnsaved(
  world: World,
  entityId: number,
  settings: WebhookSettings,
): Promise<CheckedSettings> {
  const url = await checkUrl(world, settings.url ?? '')
  return checkSettings(world, world.db.read, null, { entityId, settings, url, before: undefined })
}

/**
 * A saved webhook as it is, which was checked when it was saved.
 *
 * @throws Refusal `receiver_not_ready` if its URL cannot be read
 */
export function settingsOf(world: Pick<World, 'keyring'>, row: StoredWebhook): CheckedSettings {
  const { text, problem } = readUrl(world, row)
  if (problem !== undefined) throw new Refusal('receiver_not_ready', problem)
  return { ...asWebhook(row), url: text, warnings: [] }
}

/**
 * Configure a receiver for a team.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_taken` | `name_invalid` | `webhook_url_invalid` |
 *   `webhook_url_blocked` | `secret_unknown` | `secret_invalid` | `invalid_request` | `limit_reached`
 */
export async function createWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; settings: WebhookSettings },
): Promise<WebhookView> {
  const { settings } = input
  const entity = await requireEntity(world.db.read, caller, input.entity, 'admin')
  const url = await checkUrl(world, settings.url ?? '')
  const now = world.now()
  const publicId = newPublicId('wh')
  return world.db.transaction(async (tx) => {
    await lockEntity(tx, world.db.engine, entity.id)
    const checked = await checkSettings(world, tx, world.db.engine, {
      entityId: entity.id,
      settings,
      url,
      before: undefined,
    })
    if ((await countWebhooks(tx, entity.id)) >= WEBHOOKS_MAX) {
      throw new Refusal('limit_reached', `"${entity.name}" has ${WEBHOOKS_MAX} webhooks already: delete some first`)
    }
    const id = await insertWebhook(tx, {
      public_id: publicId,
      entity_id: entity.id,
      ...columnsOf(checked),
      ...urlColumns(world, { entityId: entity.id, publicId, version: 1 }, checked.url),
      paused_at: settings.paused === true ? now : null,
      paused_reason: settings.paused === true ? 'by_hand' : null,
      created_by: caller.user.id,
      created_at: now,
      updated_at: now,
      deleted_at: null,
    })
    if (id === undefined) throw nameTaken(checked.name)
    await audit(tx, caller, 'webhook.created', checked, now)
    return viewAfter(tx, publicId, checked)
  })
}

/**
 * Change a webhook. What is waiting and what is tried again goes by the new settings.
 *
 * `paused: true` holds its deliveries, `paused: false` makes them due, closes its circuit and lets go of what its receiver
 * asked for; a new URL does the latter two as well.
 *
 * @throws Refusal `not_found` | `forbidden` and as `createWebhook`
 */
export async function updateWebhook(
  world: World,
  caller: Caller,
  input: { entity: string; id: string; settings: WebhookSettings },
): Promise<WebhookView> {
  const { settings } = input
  const found = await requireWebhook(world, caller, input, 'admin')
  const isUrlNew = settings.url !== undefined && settings.url !== readUrl(world, found).text
  const url = isUrlNew ? await checkUrl(world, settings.url ?? '') : undefined
  const now = world.now()
  const view = await world.db.transaction(async (tx) => {
    await lockEntity(tx, world.db.engine, found.entity_id)
    const current = await findWebhook(tx, world.db.engine, input.id)
    if (current === undefined) throw notFound(`Webhook "${input.id}"`)
    const had = readUrl(world, current)
    if (had.problem !== undefined && url === undefined) throw new Refusal('receiver_not_ready', had.problem)
    const checked = await checkSettings(world, tx, world.db.engine, {
      entityId: current.entity_id,
      settings,
      url,
      before: { ...asWebhook(current), url: had.text ?? '' },
    })
    const namesake = await findWebhookByName(tx, { entityId: current.entity_id, name: checked.name })
    if (namesake !== undefined && namesake.id !== current.id) throw nameTaken(checked.name)
    const { paused } = settings
    const resumed = paused === false && current.paused_at !== null
    await updateWebhookRow(tx, current.id, {
      ...columnsOf(checked),
      ...(url === undefined
        ? {}
        : urlColumns(
            world,
            { entityId: current.entity_id, publicId: current.public_id, version: current.url_version + 1 },
            url.text,
          )),
      ...(paused === true && current.paused_at === null ? { paused_at: now, paused_reason: 'by_hand' } : {}),
      ...(resumed ? { paused_at: null, paused_reason: null } : {}),
      // Somebody says that it is well, or it is another receiver: it is not held to what was.
      ...(paused === false || isUrlNew ? healthColumns(WELL) : {}),
      updated_at: now,
    })
    if (resumed) await resumeWaiting(world, tx, current.id)
    await audit(tx, caller, 'webhook.changed', checked, now, { changed: Object.keys(settings) })
    return viewAfter(tx, input.id, checked)
  })
  world.wakeWorkers()
  return view
}

async function viewAfter(tx: Tx, publicId: string, checked: CheckedSettings): Promise<WebhookView> {
  const row = await findWebhook(tx, null, publicId)
  assert(row !== undefined, 'what was just written is there')
  return { ...asWebhook(row), url: checked.url, warnings: checked.warnings }
}

/**
 * Delete a webhook. One that automations use, or that still has something to send, is deleted only with `force`: what
 * waits is cancelled then, and those automations' executions are skipped from then on, visibly.
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
    const waiting = await countWaiting(tx, webhook.id)
    if ((automations.length > 0 || waiting > 0) && !input.force) {
      const uses = [
        ...(automations.length === 0
          ? []
          : [
              `is used by ${automations.length === 1 ? 'the automation' : 'the automations'} ` +
                automations.map((name) => `"${name}"`).join(', '),
            ]),
        ...(waiting === 0 ? [] : [`has ${waiting === 1 ? 'one delivery' : `${waiting} deliveries`} in progress`]),
      ]
      throw new Refusal(
        'webhook_in_use',
        `The webhook "${webhook.name}" ${uses.join(' and ')}. Change that first, or delete it with force=true, which ` +
          'cancels what it still has to send.',
        { details: { automations, waiting } },
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
  input: { entity: string; slack?: boolean; after: string | undefined; limit: number },
): Promise<ListedWebhook[]> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const { slack, after, limit } = input
  const rows = await listWebhookRows(world.db.read, { entityId: entity.id, slack, after, limit })
  const activity = await loadActivity(
    world,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({
    ...viewFor(world, caller, row),
    use: {
      open: activity.get(row.id)?.open ?? 0,
      lastSuccessAt: activity.get(row.id)?.lastSuccessAt ?? null,
    },
  }))
}

/** An automation that sends to a webhook. */
export type WebhookUser = { publicId: string; name: string; enabled: boolean }

/** By webhook: the automations that send to it, among those the caller may see. */
export async function loadWebhookUsers(
  world: World,
  caller: Caller,
  webhooks: readonly { id: number }[],
): Promise<Map<number, WebhookUser[]>> {
  const rows = await automationsUsingEach(world.db.read, {
    webhookIds: webhooks.map(({ id }) => id),
    hiddenProjectIds: hiddenProjectIds(caller),
  })
  const users = new Map<number, WebhookUser[]>(webhooks.map(({ id }) => [id, []]))
  for (const { webhook_id, entity_id, public_id, name, enabled } of rows) {
    if (!may(caller, 'viewer', entity_id)) continue
    users.get(webhook_id as number)?.push({ publicId: public_id, name, enabled: enabled === 1 })
  }
  return users
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
  if (!may(caller, 'admin', row.entity_id)) {
    // Somebody may have written a credential right into a header.
    const headers = Object.fromEntries(Object.keys(webhook.headers).map((name) => [name, REDACTED]))
    return { ...webhook, headers, url: null, warnings: [] }
  }
  const url = readUrl(world, row)
  return { ...webhook, url: url.text ?? null, warnings: url.problem === undefined ? [] : [url.problem] }
}

/** The URL, or why it cannot be read: one row sealed under a lost key must not hide all others. */
function readUrl(
  world: Pick<World, 'keyring'>,
  row: StoredWebhook,
): { text: string; problem?: undefined } | { text?: undefined; problem: string } {
  try {
    return { text: openUrl(world.keyring, row) }
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    return { problem: `The URL of the webhook "${row.name}" cannot be read: set it anew. ${error.message}` }
  }
}

function urlColumns(
  world: Pick<World, 'keyring'>,
  webhook: { entityId: number; publicId: string; version: number },
  url: string,
) {
  return {
    url_version: webhook.version,
    url_ciphertext: sealUrl(world.keyring, webhook, url),
    url_masked: maskUrl(url),
  }
}

function columnsOf(checked: CheckedSettings) {
  const rateLimit = rateLimitInForce(checked)
  return {
    name: checked.name,
    target: checked.target,
    access_token_secret: checked.accessTokenSecret,
    signing_secret: checked.signingSecret,
    signature: JSON.stringify(checked.signature),
    secrets: JSON.stringify(checked.secrets),
    headers: JSON.stringify(checked.headers),
    concurrency_max: checked.concurrencyMax,
    rate_limit_per_minute: checked.rateLimitPerMinute,
    send_interval_ms: rateLimit === null ? null : sendIntervalMs(rateLimit),
    ...(rateLimit === null ? { next_slot_at: null } : {}),
    retry_schedule: checked.retrySchedule === null ? null : JSON.stringify(checked.retrySchedule),
    delivery_order: checked.order,
    newest_wins: checked.newestWins ? 1 : 0,
    slack: checked.slack === null ? null : JSON.stringify(checked.slack),
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

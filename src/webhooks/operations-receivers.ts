import { ACCESS_TOKEN, SLACK_CHANNEL } from '../automations/payload-variables.ts'
import { REFUSALS, Refusal } from '../refusal.ts'
import { utf8AsLatin1 } from '../runtime/latin1.ts'
import type { World } from '../world.ts'
import { SealError } from './keyring.ts'
import type { CheckedSettings } from './operations-webhooks.ts'
import { createRedactor, type Redactor, SECRET_BYTES_MIN } from './redaction.ts'
import { openSecret, openUrl } from './sealed.ts'
import { fillText, secretsInText } from './secret.ts'
import { createSigningKey, type LastingKey, type SignatureSetting } from './signature.ts'
import { findWebhooksById, type StoredSecret, secretsOf } from './store.ts'
import { livePreviousSecrets } from './store-previous-secrets.ts'
import { headersOfTarget, isPathPublic, type TargetKind } from './target.ts'
import { asWebhook, secretsOfWebhook, type Webhook } from './webhook.ts'
import { fillWebhookUrl, parseTarget, urlCredentials, type WebhookTarget } from './webhook-url.ts'

/** A webhook made ready for sending: everything read at each attempt, with today's secrets. */
export type Receiver = {
  webhookId: number
  publicId: string
  urlMasked: string
  target: WebhookTarget
  /** Whose rule its answers are judged by. */
  targetKind: TargetKind
  headers: Record<string, string>
  /** When a delivery is tried again, if not by Standard Webhooks. */
  retryDelaysMs: readonly number[] | undefined
  /** Its last attempts, all that are known, failed because of it. */
  isFailing: boolean
  signature: SignatureSetting
  /** Today's, then those that were replaced and have not ended. */
  signingKeys: readonly LastingKey[]
  /** For payloads, by name; `ACCESS_TOKEN` among them. */
  secretValues: ReadonlyMap<string, string>
  /** Which value of each secret this is: kept with the attempt. */
  secretVersions: Record<string, number>
  /** By name. */
  secretIds: ReadonlyMap<string, number>
  /** The names of those that every request carries, or is signed by; the others only if the payload names them. */
  secretsCarried: ReadonlySet<string>
  redactor: Redactor
}

/**
 * A webhook that cannot be sent to now, because of what is on our side. `problem`: a sentence without secrets.
 * `isKeyMissing`: another process may have the master key that this one lacks.
 */
export type UnreadyReceiver = {
  webhookId: number
  publicId: string
  urlMasked: string
  problem: string
  isKeyMissing: boolean
}

type Loading = Pick<World, 'db' | 'keyring' | 'now'>

/** By the id of the webhook; one that does not exist is missing. */
export type Receivers = ReadonlyMap<number, Receiver | UnreadyReceiver>

const CACHED_MAX = 1_000

/**
 * Loads receivers as they are now, a batch at a time. What is costly to make of them (keys, redactors) is kept as long
 * as nothing they are made of has changed.
 */
export function createReceiverLoader(world: Loading) {
  const cached = new Map<number, { key: string; receiver: Receiver }>()

  return async function loadReceivers(webhookIds: readonly number[]): Promise<Receivers> {
    const rows = await findWebhooksById(world.db.read, [...new Set(webhookIds)])
    const webhooks = rows.map((row) => ({ row, webhook: asWebhook(row) }))
    const names = [...new Set(webhooks.flatMap(({ webhook }) => secretsOfWebhook(webhook)))]
    const entityIds = [...new Set(rows.map((row) => row.entity_id))]
    const secrets = new Map<string, WholeSecret>()
    for (const secret of await withPrevious(world, await secretsOf(world.db.read, null, entityIds, names))) {
      secrets.set(`${secret.row.entity_id}/${secret.row.name}`, secret)
    }

    const receivers = new Map<number, Receiver | UnreadyReceiver>()
    for (const { row, webhook } of webhooks) {
      const own = secretsOfWebhook(webhook).map((name) => secrets.get(`${webhook.entityId}/${name}`))
      const key = JSON.stringify([
        [
          row.url_version,
          row.target,
          row.headers,
          row.secrets,
          row.signature,
          row.access_token_secret,
          row.signing_secret,
          row.retry_schedule,
          row.slack,
        ],
        own.map(
          (secret) => secret && [secret.row.id, secret.row.version, ...secret.previous.map(({ version }) => version)],
        ),
      ])
      const known = cached.get(row.id)
      const receiver =
        known?.key === key
          ? known.receiver
          : makeReceiver(
              webhook,
              () => openUrl(world.keyring, row),
              (name) => {
                const secret = secrets.get(`${webhook.entityId}/${name}`)
                return secret && openWhole(world, secret)
              },
            )
      cached.delete(row.id)
      // What is not ready may become so by what its key does not tell of: sealed anew, with a master key we have.
      if (!('problem' in receiver)) cached.set(row.id, { key, receiver })
      const isFailing = row.failing_since !== null
      receivers.set(row.id, 'problem' in receiver || !isFailing ? receiver : { ...receiver, isFailing })
    }
    for (const id of cached.keys()) {
      if (cached.size <= CACHED_MAX) break
      cached.delete(id)
    }
    return receivers
  }
}

/** The receiver that settings not yet saved would make, for a test call. */
export async function receiverOf(world: Loading, settings: CheckedSettings): Promise<Receiver | UnreadyReceiver> {
  const names = secretsOfWebhook(settings)
  const rows = await secretsOf(world.db.read, null, [settings.entityId], names)
  const secrets = new Map((await withPrevious(world, rows)).map((secret) => [secret.row.name, secret]))
  return makeReceiver(
    { ...settings, id: 0, publicId: '' },
    () => settings.url,
    (name) => {
      const secret = secrets.get(name)
      return secret && openWhole(world, secret)
    },
  )
}

/** A value that was replaced; `endsAt` by the clock of this process. */
type Previous = { version: number; ciphertext: string; endsAt: number }

type WholeSecret = { row: StoredSecret; previous: Previous[] }

/**
 * Read after the secrets themselves: a value replaced in between is then met twice, as today's and as a previous one,
 * and never missed.
 */
async function withPrevious(world: Loading, rows: readonly StoredSecret[]): Promise<WholeSecret[]> {
  const replaced = rows.filter((row) => row.previous_until !== null).map((row) => row.id)
  // Taken before the question, so that the answer's way here makes an end earlier and never later.
  const nowMs = world.now()
  const found = await livePreviousSecrets(world.db.read, world.db.engine, { secretIds: replaced, nowMs })
  return rows.map((row) => ({
    row,
    previous: found
      .filter((previous) => previous.secret_id === row.id && previous.version < row.version)
      .map(({ version, ciphertext, left_ms }) => ({ version, ciphertext, endsAt: nowMs + left_ms })),
  }))
}

type OpenedSecret = {
  id: number
  value: string
  version: number
  previous: { value: string; endsAt: number }[]
}

type SecretSource = (name: string) => OpenedSecret | undefined

/** @throws SealError */
function openWhole(world: Loading, { row, previous }: WholeSecret): OpenedSecret {
  return {
    id: row.id,
    value: openSecret(world.keyring, row),
    version: row.version,
    previous: previous.flatMap(({ version, ciphertext, endsAt }) => {
      try {
        return [{ value: openSecret(world.keyring, { ...row, version, ciphertext }), endsAt }]
      } catch (error) {
        // Without it a receiver that has not changed over would get no signature that it knows.
        if (!(error instanceof SealError) || error.reason === 'unknown_key') throw error
        return []
      }
    }),
  }
}

function makeReceiver(
  webhook: Omit<Webhook, 'createdAt' | 'updatedAt' | 'paused' | 'health'>,
  url: () => string,
  secretOf: SecretSource,
): Receiver | UnreadyReceiver {
  const identity = { webhookId: webhook.id, publicId: webhook.publicId, urlMasked: webhook.urlMasked }
  try {
    const values = new Map<string, string>()
    const versions: Record<string, number> = {}
    const ids = new Map<string, number>()
    const previous = new Map<string, OpenedSecret['previous']>()
    for (const name of secretsOfWebhook(webhook)) {
      const secret = secretOf(name)
      if (secret === undefined) throw new Refusal('secret_unknown', `The secret "${name}" does not exist any more`)
      values.set(name, secret.value)
      versions[name] = secret.version
      ids.set(name, secret.id)
      previous.set(name, secret.previous)
    }
    const urlText = url()
    const filledUrl = fillWebhookUrl(urlText, (name) => values.get(name))
    const target = parseTarget(filledUrl)
    const headers: Record<string, string> = { ...headersOfTarget(webhook.target) }
    for (const [name, value] of Object.entries(webhook.headers)) headers[name] = fillText(value, values)
    const accessToken = webhook.accessTokenSecret === null ? undefined : values.get(webhook.accessTokenSecret)
    const signingSecret = webhook.signingSecret === null ? undefined : values.get(webhook.signingSecret)
    const replaced = [...previous.values()].flat().map(({ value }) => value)
    // Of a path that only names a repository or a project, an answer may speak: it links to what it made there.
    const ofUrl = urlCredentials(isPathPublic(filledUrl) ? filledUrl.replace(/^[^?]*/, '') : filledUrl)
    const hidden = [...values.values(), ...replaced, ...ofUrl, ...secretHost(webhook, target)].flatMap(readings)
    const redactor = createRedactor([...new Set(hidden)])
    if (accessToken !== undefined) {
      headers.authorization = `Bearer ${accessToken}`
      values.set(ACCESS_TOKEN, accessToken)
    }
    if (webhook.slack !== null) values.set(SLACK_CHANNEL, webhook.slack.channel)
    return {
      ...identity,
      target,
      targetKind: webhook.target,
      headers,
      retryDelaysMs: webhook.retrySchedule?.map((seconds) => seconds * 1_000),
      isFailing: false,
      signature: webhook.signature,
      signingKeys:
        signingSecret === undefined
          ? []
          : [
              { key: createSigningKey(signingSecret), endsAt: Number.POSITIVE_INFINITY },
              ...previousKeys(previous.get(webhook.signingSecret ?? '') ?? []),
            ],
      secretValues: values,
      secretVersions: versions,
      secretIds: ids,
      secretsCarried: secretsCarried(webhook, urlText),
      redactor,
    }
  } catch (error) {
    // A secret that is gone or cannot be opened is our trouble, not the receiver's, and may be mended meanwhile.
    const problem =
      error instanceof Refusal ? `${REFUSALS[error.code].title}: ${error.message}` : (error as Error).message
    const isKeyMissing = error instanceof SealError && error.reason === 'unknown_key'
    return { ...identity, problem: `${problem.replace(/\.$/, '')}.`, isKeyMissing }
  }
}

/** A value from before the secret came to sign need not have the form of one that can; nobody checks by it then. */
function previousKeys(previous: OpenedSecret['previous']): LastingKey[] {
  return previous.flatMap(({ value, endsAt }) => {
    try {
      return [{ key: createSigningKey(value), endsAt }]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return []
    }
  })
}

function secretsCarried(
  webhook: Pick<Webhook, 'accessTokenSecret' | 'signingSecret' | 'signature' | 'headers'>,
  url: string,
): Set<string> {
  const { standard, wandb, github } = webhook.signature
  const signs = standard || wandb !== 'off' || github
  return new Set([
    ...(webhook.accessTokenSecret === null ? [] : [webhook.accessTokenSecret]),
    ...(webhook.signingSecret === null || !signs ? [] : [webhook.signingSecret]),
    ...Object.values(webhook.headers).flatMap(secretsInText),
    ...secretsInText(url),
  ])
}

/**
 * A secret as it is and, beyond ASCII, as it reads once its bytes in a header were taken for Latin-1: most servers take
 * them so, and give them back so.
 */
function readings(secret: string): string[] {
  const misread = utf8AsLatin1(secret)
  return misread === secret ? [secret] : [secret, misread]
}

/** A host that comes out of a secret, as it is written in what tells of connections: in lower case. */
function secretHost(webhook: Pick<Webhook, 'urlMasked'>, target: WebhookTarget): string[] {
  const isSecret = secretsInText(webhook.urlMasked).length > 0
  return isSecret && Buffer.byteLength(target.hostname) >= SECRET_BYTES_MIN ? [target.hostname] : []
}

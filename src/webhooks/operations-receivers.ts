import { ACCESS_TOKEN } from '../automations/payload-variables.ts'
import { REFUSALS, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import type { CheckedSettings } from './operations-webhooks.ts'
import { createRedactor, type Redactor, SECRET_BYTES_MIN } from './redaction.ts'
import { openSecret, openUrl } from './sealed.ts'
import { fillText, secretsInText } from './secret.ts'
import { createSigningKey, type SignatureSetting, type SigningKey } from './signature.ts'
import { findWebhooksById, type StoredSecret, secretsOf } from './store.ts'
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
  signature: SignatureSetting
  signingKeys: readonly SigningKey[]
  /** For payloads, by name; `ACCESS_TOKEN` among them. */
  secretValues: ReadonlyMap<string, string>
  /** Which value of each secret this is: kept with the attempt. */
  secretVersions: Record<string, number>
  redactor: Redactor
}

/** A webhook that cannot be sent to now, because of what is on our side. `problem`: a sentence without secrets. */
export type UnreadyReceiver = { webhookId: number; publicId: string; urlMasked: string; problem: string }

const CACHED_MAX = 1_000

/**
 * Loads receivers as they are now, a batch at a time. What is costly to make of them (keys, redactors) is kept as long
 * as nothing they are made of has changed.
 */
export function createReceiverLoader(world: Pick<World, 'db' | 'keyring'>) {
  const cached = new Map<number, { key: string; receiver: Receiver | UnreadyReceiver }>()

  return async function loadReceivers(webhookIds: readonly number[]): Promise<Map<number, Receiver | UnreadyReceiver>> {
    const rows = await findWebhooksById(world.db.read, [...new Set(webhookIds)])
    const webhooks = rows.map((row) => ({ row, webhook: asWebhook(row) }))
    const names = [...new Set(webhooks.flatMap(({ webhook }) => secretsOfWebhook(webhook)))]
    const entityIds = [...new Set(rows.map((row) => row.entity_id))]
    const secrets = new Map<string, StoredSecret>()
    for (const secret of await secretsOf(world.db.read, null, entityIds, names)) {
      secrets.set(`${secret.entity_id}/${secret.name}`, secret)
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
        ],
        own.map((secret) => secret && [secret.id, secret.version]),
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
                return secret === undefined
                  ? undefined
                  : { value: openSecret(world.keyring, secret), version: secret.version }
              },
            )
      cached.delete(row.id)
      cached.set(row.id, { key, receiver })
      receivers.set(row.id, receiver)
    }
    for (const id of cached.keys()) {
      if (cached.size <= CACHED_MAX) break
      cached.delete(id)
    }
    return receivers
  }
}

/** The receiver that settings not yet saved would make, for a test call. */
export async function receiverOf(
  world: Pick<World, 'db' | 'keyring'>,
  settings: CheckedSettings,
): Promise<Receiver | UnreadyReceiver> {
  const names = secretsOfWebhook(settings)
  const secrets = new Map(
    (await secretsOf(world.db.read, null, [settings.entityId], names)).map((secret) => [secret.name, secret]),
  )
  return makeReceiver(
    { ...settings, id: 0, publicId: '' },
    () => settings.url,
    (name) => {
      const secret = secrets.get(name)
      return secret === undefined ? undefined : { value: openSecret(world.keyring, secret), version: secret.version }
    },
  )
}

type SecretSource = (name: string) => { value: string; version: number } | undefined

function makeReceiver(
  webhook: Omit<Webhook, 'createdAt' | 'updatedAt' | 'paused'>,
  url: () => string,
  secretOf: SecretSource,
): Receiver | UnreadyReceiver {
  const identity = { webhookId: webhook.id, publicId: webhook.publicId, urlMasked: webhook.urlMasked }
  try {
    const values = new Map<string, string>()
    const versions: Record<string, number> = {}
    for (const name of secretsOfWebhook(webhook)) {
      const secret = secretOf(name)
      if (secret === undefined) throw new Refusal('secret_unknown', `The secret "${name}" does not exist any more`)
      values.set(name, secret.value)
      versions[name] = secret.version
    }
    const filledUrl = fillWebhookUrl(url(), (name) => values.get(name))
    const target = parseTarget(filledUrl)
    const headers: Record<string, string> = { ...headersOfTarget(webhook.target) }
    for (const [name, value] of Object.entries(webhook.headers)) headers[name] = fillText(value, values)
    const accessToken = webhook.accessTokenSecret === null ? undefined : values.get(webhook.accessTokenSecret)
    const signingSecret = webhook.signingSecret === null ? undefined : values.get(webhook.signingSecret)
    // Of a path that only names a repository or a project, an answer may speak: it links to what it made there.
    const ofUrl = urlCredentials(isPathPublic(filledUrl) ? filledUrl.replace(/^[^?]*/, '') : filledUrl)
    const hidden = [...values.values(), ...ofUrl, ...secretHost(webhook, target)].flatMap(readings)
    const redactor = createRedactor([...new Set(hidden)])
    if (accessToken !== undefined) {
      headers.authorization = `Bearer ${accessToken}`
      values.set(ACCESS_TOKEN, accessToken)
    }
    return {
      ...identity,
      target,
      targetKind: webhook.target,
      headers,
      signature: webhook.signature,
      signingKeys: signingSecret === undefined ? [] : [createSigningKey(signingSecret)],
      secretValues: values,
      secretVersions: versions,
      redactor,
    }
  } catch (error) {
    // A secret that is gone or cannot be opened is our trouble, not the receiver's, and may be mended meanwhile.
    const problem =
      error instanceof Refusal ? `${REFUSALS[error.code].title}: ${error.message}` : (error as Error).message
    return { ...identity, problem: `${problem.replace(/\.$/, '')}.` }
  }
}

/**
 * A secret as it is and, beyond ASCII, as it reads once its bytes in a header were taken for Latin-1: most servers take
 * them so, and give them back so.
 */
function readings(secret: string): string[] {
  const misread = Buffer.from(secret).toString('latin1')
  return misread === secret ? [secret] : [secret, misread]
}

/** A host that comes out of a secret, as it is written in what tells of connections: in lower case. */
function secretHost(webhook: Pick<Webhook, 'urlMasked'>, target: WebhookTarget): string[] {
  const isSecret = secretsInText(webhook.urlMasked).length > 0
  return isSecret && Buffer.byteLength(target.hostname) >= SECRET_BYTES_MIN ? [target.hostname] : []
}

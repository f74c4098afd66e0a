import { ACCESS_TOKEN } from '../automations/payload-variables.ts'
import type { DeliveryOrder } from './delivery-order.ts'
import type { Health } from './health.ts'
import { secretsInText } from './secret.ts'
import type { SignatureSetting } from './signature.ts'
import type { SlackPlace } from './slack.ts'
import type { StoredWebhook } from './store.ts'
import type { HealthColumns } from './store-health.ts'
import { rateLimitOfTarget, type TargetKind } from './target.ts'

/** A receiver a team has configured, as everyone who may see it sees it. */
export type Webhook = {
  id: number
  publicId: string
  entityId: number
  name: string
  /** Scheme, host and the last four characters: the URL of many receivers is a credential. */
  urlMasked: string
  target: TargetKind
  accessTokenSecret: string | null
  signingSecret: string | null
  signature: SignatureSetting
  /** Further secrets that payloads may use. */
  secrets: string[]
  headers: Record<string, string>
  concurrencyMax: number
  /** Requests that may begin in a minute, as it was set; `null`: what the target suggests, if it suggests anything. */
  rateLimitPerMinute: number | null
  /** Seconds from each attempt to the next; `null`: by Standard Webhooks. */
  retrySchedule: number[] | null
  health: Health
  /** Deliveries of one collection, or one alias, are sent one after the other. */
  order: DeliveryOrder
  /** What waits is superseded by the next of its automation and key. */
  newestWins: boolean
  /** What makes it a Slack integration, which notifications go to. */
  slack: SlackPlace | null
  paused: { at: number; reason: string } | null
  createdAt: number
  updatedAt: number
}

export function asWebhook(row: StoredWebhook): Webhook {
  return {
    id: row.id,
    publicId: row.public_id,
    entityId: row.entity_id,
    name: row.name,
    urlMasked: row.url_masked,
    target: row.target as TargetKind,
    accessTokenSecret: row.access_token_secret,
    signingSecret: row.signing_secret,
    signature: JSON.parse(row.signature) as SignatureSetting,
    secrets: JSON.parse(row.secrets) as string[],
    headers: JSON.parse(row.headers) as Record<string, string>,
    concurrencyMax: row.concurrency_max,
    rateLimitPerMinute: row.rate_limit_per_minute,
    retrySchedule: row.retry_schedule === null ? null : (JSON.parse(row.retry_schedule) as number[]),
    health: asHealth(row),
    order: row.delivery_order,
    newestWins: row.newest_wins === 1,
    slack: row.slack === null ? null : (JSON.parse(row.slack) as SlackPlace),
    paused: row.paused_at === null ? null : { at: row.paused_at, reason: row.paused_reason ?? 'by_hand' },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** The rate limit in force, in requests a minute; `null`: none. */
export function rateLimitInForce(webhook: Pick<Webhook, 'rateLimitPerMinute' | 'target'>): number | null {
  return webhook.rateLimitPerMinute ?? rateLimitOfTarget(webhook.target) ?? null
}

export function asHealth(row: HealthColumns): Health {
  return {
    heldUntil: row.held_until,
    circuitOpenedAt: row.circuit_opened_at,
    circuitTrips: row.circuit_trips,
    outagePoints: row.outage_points,
    failureCount: row.failure_count,
    failingSince: row.failing_since,
    lastFailureAt: row.last_failure_at,
    lastFailureReason: row.last_failure_reason,
  }
}

type SecretUse = Pick<Webhook, 'accessTokenSecret' | 'signingSecret' | 'secrets' | 'headers'>

/**
 * Every secret a request to this webhook may need, but those in its URL, each once. A signing secret signs and is not
 * for payloads, but W&B's guide lets them name it, so it counts among those too.
 */
export function secretsOfWebhook(webhook: SecretUse): string[] {
  const names = [
    ...(webhook.accessTokenSecret === null ? [] : [webhook.accessTokenSecret]),
    ...(webhook.signingSecret === null ? [] : [webhook.signingSecret]),
    ...webhook.secrets,
    ...Object.values(webhook.headers).flatMap(secretsInText),
  ]
  return [...new Set(names)]
}

/** The names a payload template may use with this webhook. */
export function secretsForPayloads(webhook: SecretUse): string[] {
  const names = secretsOfWebhook({ ...webhook, headers: {} })
  return webhook.accessTokenSecret === null ? names : [...names, ACCESS_TOKEN]
}

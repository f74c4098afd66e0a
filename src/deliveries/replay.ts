import type { DeliveryState, ReplayRow } from '../database/schema.ts'

export type ReplayMode = ReplayRow['mode']

export const SETTLED_STATES = ['succeeded', 'failed', 'superseded', 'cancelled'] as const satisfies DeliveryState[]

/** What one replay of many sends at most; it ends there and says so. */
export const REPLAY_DELIVERIES_MAX = 100_000

/**
 * What a replay of many is to send: of each action of each execution that fired in `[from, to)`, the newest delivery, if
 * it has ended and fits. So a line that has been replayed already is judged by how that went.
 */
export type ReplaySelection = {
  from: number
  to: number
  /** At least one, all of them settled. */
  states: readonly (typeof SETTLED_STATES)[number][]
  statuses: readonly number[] | null
  reason: string | null
  webhookId: number | null
  automationId: number | null
  collectionId: number | null
  /** What happened in these is none of it, because whoever asked does not see them. */
  hiddenProjectIds?: readonly number[]
}

/** Why a delivery that fits cannot be sent anew. */
export type LeftOutReason =
  | 'bodies_purged'
  | 'never_rendered'
  | 'webhook_deleted'
  | 'automation_deleted'
  | 'no_webhook'
  /** The replay had its `REPLAY_DELIVERIES_MAX`. */
  | 'limit_reached'

export type LeftOut = Partial<Record<LeftOutReason, number>>

/** What is known of a delivery that is to be sent anew. */
export type ReplayCandidate = {
  bodiesPurgedAt: number | null
  hasBody: boolean
  webhookDeleted: boolean
  currentRevisionId: number | null
  currentWebhookId: number | null
}

/** Why it cannot be sent anew that way; `undefined` if it can. */
export function obstacleTo(
  mode: ReplayMode,
  candidate: ReplayCandidate,
): Exclude<LeftOutReason, 'limit_reached'> | undefined {
  if (mode === 'as_now') {
    if (candidate.currentRevisionId === null) return 'automation_deleted'
    return candidate.currentWebhookId === null ? 'no_webhook' : undefined
  }
  if (candidate.webhookDeleted) return 'webhook_deleted'
  if (candidate.bodiesPurgedAt !== null) return 'bodies_purged'
  return candidate.hasBody ? undefined : 'never_rendered'
}

export function withLeftOut(leftOut: LeftOut, reasons: readonly LeftOutReason[]): LeftOut {
  const counted = { ...leftOut }
  for (const reason of reasons) counted[reason] = (counted[reason] ?? 0) + 1
  return counted
}

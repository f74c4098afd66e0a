import type { Selectable } from 'kysely'
import type { AttemptRow } from '../../src/database/schema.ts'
import type { Row, Webhook } from './accounts-rows.ts'
import type { Life } from './life.ts'
import type { Network } from './network.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const RETRY_AFTER_MS_MAX = 24 * HOUR
const RETRIES_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
const SLOW_RETRIES_MS = [30 * MINUTE, 6 * HOUR]
const ATTEMPTS_MAX = RETRIES_MS.length + 1
/** Failed for good, whatever of the schedule is left. */
const FINAL_REASONS = new Set(['rejected', 'gone'])

/** Outcomes of attempts that were requests. */
export const REQUESTS = new Set(['answered', 'timed-out', 'unreachable'])

/** What docs/delivery-states.md promises of an attempt that has ended: of its verdict, its count and the next one. */
export function createSettlementCheck(input: {
  network: Network
  now(): number
  workerOf: ReadonlyMap<Life, string>
  fault(what: string): void
}): (was: Row, row: Row, attempt: Selectable<AttemptRow>, webhook: Webhook) => void {
  const { network, now, workerOf, fault } = input
  return (was, row, attempt, webhook) => {
    const what = `delivery ${row.id}`
    const waitMs = (row.next_attempt_at ?? 0) - now()
    if (attempt.verdict !== row.state) fault(`${what} is ${row.state}, its attempt ${attempt.verdict}`)
    const wasRequest = REQUESTS.has(attempt.outcome)
    const made = row.attempt_count - was.attempt_count
    if (made !== (wasRequest ? 1 : 0)) fault(`${what} counts ${made} attempts for one that was ${attempt.outcome}`)
    if (row.attempt_count > ATTEMPTS_MAX) fault(`${what} was tried ${row.attempt_count} times`)
    if (row.slow_retry_count > SLOW_RETRIES_MS.length) fault(`${what} has had ${row.slow_retry_count} slow retries`)
    if (!wasRequest) {
      if (attempt.outcome !== 'interrupted' || row.state !== 'pending' || waitMs !== 0) {
        fault(`${what} was ${attempt.outcome} and is ${row.state} for ${waitMs} ms`)
      }
      return
    }
    // A replay as then has the message id of its original, and both may be on their way at once.
    const sent = network.requests.filter(
      ({ messageId, life, startedAt }) =>
        messageId === row.message_id && workerOf.get(life) === attempt.worker && startedAt === attempt.started_at,
    )
    const request = sent.find(({ isAnswered }) => isAnswered === (row.state === 'succeeded')) ?? sent[0]
    if (request === undefined) {
      fault(`${what} has an attempt that no receiver saw`)
      return
    }
    const isSlow = attempt.reason === 'unauthorized'
    if (row.state === 'succeeded') {
      if (!request.isAnswered) fault(`${what} succeeded although nobody said so (${request.behaviour})`)
    } else if (row.state === 'failed') {
      const isSpent = row.attempt_count === ATTEMPTS_MAX || (isSlow && was.slow_retry_count === SLOW_RETRIES_MS.length)
      if (!isSpent && !FINAL_REASONS.has(attempt.reason)) fault(`${what} was given up before its schedule was spent`)
    } else {
      const planMs = (isSlow ? SLOW_RETRIES_MS[was.slow_retry_count] : RETRIES_MS[was.attempt_count]) ?? 0
      const leastMs = Math.max(planMs, Math.min(request.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX))
      if (waitMs < leastMs) fault(`${what} is tried again after ${waitMs} ms, ${leastMs} ms by the schedule`)
      const heldMs = (webhook.held_until ?? 0) - now()
      if (request.retryAfterMs !== undefined && heldMs < Math.min(request.retryAfterMs, RETRY_AFTER_MS_MAX))
        fault(`${what} leaves its webhook no peace`)
      if (waitMs > leastMs * 1.1 + 1) fault(`${what} is tried again after ${waitMs} ms, much later than the schedule`)
    }
  }
}

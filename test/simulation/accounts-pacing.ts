import type { Selectable } from 'kysely'
import type { ExecutionRow } from '../../src/database/schema.ts'
import type { Commit, PacingSettings, Row } from './accounts-rows.ts'

const MINUTE_MS = 60_000

/** A process that is slow between a claim and its request; one that freezes there is told of in docs/webhooks.md. */
const PROMPT_MS = 100

type Firings = { limit: string; isFirstLimit: boolean; firedAt: number[] }
type Claims = { perMinute: number | null; claimedAt: number[]; promptAt: number[]; nextMs: number }

/** What docs/order-and-pacing.md promises of rate limits of automations, and docs/webhooks.md of those of webhooks. */
export type PacingBook = {
  enter(commit: Commit): void
  checkClaim(row: Row): void
  checkRequest(row: Row): void
  /** When the rate limit of a webhook lets the next request begin. */
  opensAtMs(webhookId: number): number
  claimedAtMs(row: Row): number | undefined
}

export function openPacingBook(fault: (what: string) => void, now: () => number): PacingBook {
  const firings = new Map<number, Firings>()
  const claims = new Map<number, Claims>()
  const claimedAt = new Map<number, number>()

  function enter({ executions, pacings, webhooks }: Commit): void {
    for (const { id, rate_limit_per_minute: perMinute } of webhooks.values()) {
      const known = claims.get(id)
      if (known === undefined || known.perMinute !== perMinute) {
        // A new limit counts from here on; what the one before has put off stays so.
        const nextMs = perMinute === null ? 0 : (known?.nextMs ?? 0)
        claims.set(id, { perMinute, claimedAt: [], promptAt: [], nextMs })
      }
    }
    for (const execution of executions) checkFiring(execution, pacings.get(execution.automation_id) ?? {})
  }

  function checkFiring(execution: Selectable<ExecutionRow>, { rateLimit }: PacingSettings): void {
    const limit = JSON.stringify(rateLimit ?? null)
    const automationId = execution.automation_id
    let known = firings.get(automationId)
    if (known === undefined || known.limit !== limit) {
      known = { limit, isFirstLimit: known === undefined, firedAt: [] }
      firings.set(automationId, known)
    }
    const what = `automation ${automationId}`
    if (rateLimit === undefined) {
      if (execution.state === 'skipped') fault(`${what} is limited although it has no limit`)
      return
    }
    const perMs = rateLimit.count / (rateLimit.seconds * 1_000)
    const { firedAt, isFirstLimit } = known
    if (execution.state === 'matched') {
      firedAt.push(now())
      for (const [index, since] of firedAt.entries()) {
        const [times, ms] = [firedAt.length - index, now() - since]
        if (times > rateLimit.count + ms * perMs + 1e-6)
          fault(`${what} fired ${times} times within ${ms} ms (${limit})`)
      }
      return
    }
    // The time at which the next is to be had is kept in whole milliseconds, rounded up.
    const wouldExceed = firedAt.some((since, index) => {
      const times = firedAt.length - index + 1
      return times > rateLimit.count + (now() - since - times) * perMs
    })
    if (!wouldExceed && isFirstLimit) fault(`${what} was kept from firing although its limit allows it (${limit})`)
  }

  function checkClaim(row: Row): void {
    claimedAt.set(row.id, now())
    const known = claims.get(row.webhook_id)!
    const { perMinute } = known
    if (perMinute === null) return
    const what = `webhook ${row.webhook_id}`
    if (now() < known.nextMs) fault(`${what} is claimed for ${known.nextMs - now()} ms before its rate limit allows it`)
    known.nextMs = now() + Math.ceil(MINUTE_MS / perMinute)
    known.claimedAt.push(now())
    checkMinute(what, 'claimed for', known.claimedAt, MINUTE_MS, perMinute)
  }

  function checkRequest(row: Row): void {
    const { perMinute, promptAt } = claims.get(row.webhook_id)!
    if (perMinute === null || now() - (claimedAt.get(row.id) ?? 0) > PROMPT_MS) return
    promptAt.push(now())
    checkMinute(`webhook ${row.webhook_id}`, 'sent to', promptAt, MINUTE_MS - PROMPT_MS, perMinute)
  }

  function checkMinute(what: string, done: string, times: readonly number[], ms: number, perMinute: number): void {
    const within = times.filter((at) => at > now() - ms).length
    if (within > perMinute) fault(`${what} is ${done} ${within} times in a minute, ${perMinute} are allowed`)
  }

  return {
    enter,
    checkClaim,
    checkRequest,
    opensAtMs: (webhookId) => claims.get(webhookId)?.nextMs ?? 0,
    claimedAtMs: ({ id }) => claimedAt.get(id),
  }
}

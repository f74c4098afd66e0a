import { DatabaseSync } from 'node:sqlite'
import type { Selectable } from 'kysely'
import type { AttemptRow, ExecutionRow } from '../../src/database/schema.ts'
import { openCircuitBook } from './accounts-circuit.ts'
import { openOrderBook } from './accounts-order.ts'
import { openPacingBook } from './accounts-pacing.ts'
import {
  type Commit,
  type Happened,
  type PacingSettings,
  type Row,
  TERMINAL,
  WEBHOOK_COLUMNS,
  type Webhook,
} from './accounts-rows.ts'
import { createSettlementCheck, REQUESTS } from './accounts-settlement.ts'
import { AUTOMATIONS, nameOfChange, WEBHOOKS } from './fixture.ts'
import type { Life } from './life.ts'
import type { Network, ReceivedRequest } from './network.ts'
import type { Schedule } from './schedule.ts'

// What docs/delivery-states.md and docs/architecture.md promise, written down once more: an oracle that took its numbers
// from the code could not see them change.
const SECOND = 1_000
const LEASE_MS = 60 * SECOND
const ATTEMPT_MS = 30 * SECOND
/** The poll below the wake-ups of the embedded engine is 5 s. */
const LATE_MS = 8 * SECOND

type Attempt = Selectable<AttemptRow>
type Execution = Selectable<ExecutionRow>

/** Watches every commit and every request, and tells what should not have been. */
export type Accounts = {
  readonly faults: string[]
  readonly rows: ReadonlyMap<number, Row>
  readonly webhooks: ReadonlyMap<number, Webhook>
  /** `worker`: the name that its leases carry. */
  workerStarts(life: Life, worker: string): void
  /** `change`: its name. */
  asked(change: string): void
  /** What came of a change or a replay, as far as its caller knows. */
  answered(what: string, came: 'done' | 'failed' | 'unknown'): void
  committed(life: Life): void
  requestBegan(request: ReceivedRequest): void
  /** Something is due, or will be: when. `undefined`: nothing waits but what is held. */
  nextDueMs(): number | undefined
  isAnythingSending(): boolean
  /** Finds what has waited although nothing has been in its way, at the earliest since `sinceMs`. */
  checkTimeliness(sinceMs: number): void
  /** To be called when everything has come to rest. */
  balance(): void
  close(): void
}

export function openAccounts(input: {
  file: string
  schedule: Schedule
  network: Network
  isShared: boolean
  trace(line: string): void
}): Accounts {
  const { schedule, network, isShared, trace } = input
  const db = new DatabaseSync(input.file, { readOnly: true })
  const select = {
    version: db.prepare('pragma data_version'),
    deliveries: db.prepare('select * from deliveries order by id'),
    webhooks: db.prepare(`select ${WEBHOOK_COLUMNS.join(', ')} from webhooks`),
    events: db.prepare(`
      select id, snapshot ->> '$.alias' as alias, snapshot ->> '$.subjects[0].collectionId' as collectionId,
        snapshot ->> '$.subjects[0].version' as version
      from events where id > ? order by id`),
    pacings: db.prepare(
      'select a.id, r.pacing from automations a join automation_revisions r on r.id = a.revision_id where pacing is not null',
    ),
    executions: db.prepare('select * from executions where id > ? order by id'),
    attempts: db.prepare('select * from attempts where id > ? order by id'),
    feed: db.prepare('select count(*) as count, count(distinct event_id) as events from event_feed'),
  }
  const faults: string[] = []
  const asked = new Set<string>()
  const answers = new Map<string, string>()
  const workers = new Map<string, Life>()
  const workerOf = new Map<Life, string>()
  const mayEndLeases = new Set<Life>()
  const bodies = new Map<string, string>()
  const attempts: Attempt[] = []
  const executions: Execution[] = []
  const events = new Map<number, Happened>()
  let rows = new Map<number, Row>()
  let webhooks = new Map<number, Webhook>()
  let version: unknown
  /** When a webhook last had as many open requests as it may, or was paused. */
  const heldUpAt = new Map<number, number>()
  const seen = { event: 0, execution: 0, attempt: 0 }
  const order = openOrderBook(fault)
  const pacing = openPacingBook(fault, schedule.nowMs)
  const circuits = openCircuitBook(fault, schedule.nowMs)
  const checkSettlement = createSettlementCheck({ network, now: schedule.nowMs, workerOf, fault })

  function fault(what: string): void {
    trace(`FAULT ${what}`)
    faults.push(`at ${schedule.nowMs()}: ${what}`)
  }

  const lastId = (list: readonly { id: unknown }[], before: number) => Number(list.at(-1)?.id ?? before)

  function committed(life: Life): void {
    const now = (select.version.get() as { data_version: number }).data_version
    if (now === version) return
    version = now
    for (const webhook of webhooks.values()) if (isHeldUp(webhook)) heldUpAt.set(webhook.id, schedule.nowMs())
    const before = { rows, webhooks }
    rows = new Map((select.deliveries.all() as unknown as Row[]).map((row) => [row.id, row]))
    webhooks = new Map((select.webhooks.all() as unknown as Webhook[]).map((webhook) => [webhook.id, webhook]))
    const newEvents = select.events.all(seen.event) as unknown as Happened[]
    const newExecutions = select.executions.all(seen.execution) as unknown as Execution[]
    const newAttempts = select.attempts.all(seen.attempt) as unknown as Attempt[]
    seen.event = lastId(newEvents, seen.event)
    seen.execution = lastId(newExecutions, seen.execution)
    seen.attempt = lastId(newAttempts, seen.attempt)
    for (const event of newEvents) events.set(event.id, event)
    executions.push(...newExecutions)
    attempts.push(...newAttempts)

    const commit: Commit = {
      nowMs: schedule.nowMs(),
      rowsBefore: before.rows,
      rows,
      webhooksBefore: before.webhooks,
      webhooks,
      executions: newExecutions,
      attempts: newAttempts,
      pacings: newExecutions.length === 0 ? new Map() : readPacings(),
    }
    pacing.enter(commit)
    circuits.enter(commit, pacing.claimedAtMs)
    order.enter(commit, events)
    for (const event of newEvents) checkEvent(event)
    const attemptOf = new Map(newAttempts.map((attempt) => [attempt.delivery_id, attempt]))
    for (const row of before.rows.values()) if (!rows.has(row.id)) fault(`delivery ${row.id} has vanished`)
    for (const row of rows.values()) {
      const was = before.rows.get(row.id)
      if (was === undefined) checkNew(life, row, before.rows)
      else if (hasChanged(was, row)) checkChange(life, was, row, attemptOf.get(row.id), before.webhooks)
    }
    for (const attempt of newAttempts) {
      const was = before.rows.get(attempt.delivery_id)
      if (was?.claim_count !== attempt.claim || was.lease_owner !== attempt.worker) {
        fault(`delivery ${attempt.delivery_id} has an attempt of a claim that is not the present one`)
      }
    }
    for (const webhook of webhooks.values()) {
      const sending = countSending(webhook)
      if (sending > webhook.concurrency_max) fault(`${sending} deliveries are being sent to ${webhook.name}`)
    }
    mayEndLeases.delete(life)
  }

  function readPacings(): Map<number, PacingSettings> {
    const found = select.pacings.all() as { id: number; pacing: string }[]
    return new Map(found.map(({ id, pacing }) => [id, JSON.parse(pacing) as PacingSettings]))
  }

  /** Promise 1: with the event come its executions and their deliveries. */
  function checkEvent(event: Happened): void {
    const { id: eventId, alias } = event
    if (!asked.has(nameOfChange(event))) fault(`event ${eventId} was never asked for`)
    const found = executions.filter((execution) => execution.event_id === eventId)
    const expected = AUTOMATIONS.flatMap((automation, index) => (automation.matches(alias) ? [index + 1] : []))
    const fired = found.map((execution) => execution.automation_id).sort((one, other) => one - other)
    if (String(fired) !== String(expected))
      fault(`event ${eventId} fired ${fired.join(', ') || 'no'} automations, not ${expected.join(', ')}`)
    for (const execution of found) {
      const deliveries = [...rows.values()].filter((row) => row.execution_id === Number(execution.id))
      const webhookId = AUTOMATIONS[execution.automation_id - 1]?.webhookId
      if (execution.state === 'skipped') {
        if (execution.reason !== 'rate_limited') fault(`event ${eventId} is left out because of ${execution.reason}`)
        if (deliveries.length > 0) fault(`event ${eventId} is left out, and has a delivery`)
      } else if (deliveries.length !== 1 || deliveries[0]!.webhook_id !== webhookId) {
        fault(`event ${eventId} has an execution without its delivery`)
      }
    }
  }

  function checkNew(life: Life, row: Row, before: ReadonlyMap<number, Row>): void {
    const what = `delivery ${row.id}`
    trace(`${what} of ${nameOf(row)} is new, ${describe(row)}`)
    if (row.state === 'superseded' && row.replay_of === null) return
    if (row.state === 'pending') {
      const isReplay = row.replay_of !== null
      if (row.claim_count !== 0 || (isReplay && row.next_attempt_at !== schedule.nowMs()))
        fault(`${what} is not due at once`)
      return
    }
    if (row.state !== 'sending') {
      fault(`${what} begins as ${row.state}`)
      return
    }
    checkClaim(life, row, undefined)
    for (const other of before.values()) {
      if (other.webhook_id === row.webhook_id && isDue(other)) {
        fault(`${what} is sent at once although delivery ${other.id} waits for the same webhook`)
        return
      }
    }
  }

  function checkClaim(life: Life, row: Row, was: Row | undefined): void {
    const what = `delivery ${row.id}`
    order.checkClaim(row, was)
    pacing.checkClaim(row)
    circuits.checkClaim(row, countSending(webhooks.get(row.webhook_id)!))
    if (row.lease_owner !== workerOf.get(life)) fault(`${what} is claimed for another process`)
    if (row.lease_until !== schedule.nowMs() + LEASE_MS) fault(`${what} has a lease of another length`)
    const { paused_at, held_until } = webhooks.get(row.webhook_id)!
    if (paused_at !== null) fault(`${what} is claimed although its webhook is paused`)
    if ((held_until ?? 0) > schedule.nowMs()) fault(`${what} is claimed although nothing is to be sent yet`)
  }

  function checkChange(
    life: Life,
    was: Row,
    row: Row,
    attempt: Attempt | undefined,
    webhooksBefore: ReadonlyMap<number, Webhook>,
  ): void {
    const what = `delivery ${row.id}`
    const nowMs = schedule.nowMs()
    trace(`${what} ${was.state} → ${describe(row)}${attempt === undefined ? '' : ` because ${attempt.reason}`}`)
    if (TERMINAL.has(was.state)) {
      fault(`${what} changed although it was ${was.state}`)
      return
    }
    if (was.body !== null && row.body !== was.body) fault(`${what} has another body than before`)
    if (row.claim_count < was.claim_count || row.attempt_count < was.attempt_count) fault(`${what} counts backwards`)
    if (row.message_id !== was.message_id || row.webhook_id !== was.webhook_id) fault(`${what} became another`)
    if (row.settled_at !== null && row.settled_at !== nowMs) fault(`${what} was settled at another time`)

    if (was.state === 'pending') {
      if (row.claim_count > was.claim_count + 1) fault(`${what} was claimed twice in one`)
      if (row.state === 'sending') {
        checkClaim(life, row, was)
        if (row.claim_count !== was.claim_count + 1) fault(`${what} was claimed without being counted`)
        if (was.next_attempt_at! > nowMs)
          fault(`${what} was claimed ${was.next_attempt_at! - nowMs} ms before it was due`)
        for (const other of rows.values()) {
          const isOlder = isDue(other) && other.next_attempt_at! < was.next_attempt_at!
          if (isOlder && other.webhook_id === row.webhook_id) fault(`${what} was claimed before delivery ${other.id}`)
        }
      } else if (row.state === 'pending') {
        const webhook = webhooks.get(row.webhook_id)!
        const wasResumed = webhooksBefore.get(row.webhook_id)!.paused_at !== null && webhook.paused_at === null
        const mayHasten = wasResumed && order.windowEndsMs(row) <= nowMs
        if (row.next_attempt_at! < was.next_attempt_at! && !mayHasten && was.waits_for === null)
          fault(`${what} was hastened`)
      } else if (row.state !== 'superseded') fault(`${what} ended as ${row.state} without being claimed`)
      return
    }

    // It was being sent.
    const isLapsed = was.lease_until! <= nowMs
    if (row.state === 'sending') {
      if (!mayEndLeases.has(life) || row.claim_count !== was.claim_count)
        fault(`${what} changed hands while it was sent`)
      return
    }
    const isOwner = was.lease_owner === workerOf.get(life)
    if (!isOwner && !isLapsed) fault(`${what} was taken from a worker whose lease had not lapsed`)
    if (attempt === undefined) {
      if (row.state !== 'pending') {
        fault(`${what} ended as ${row.state} without an attempt`)
        return
      }
      if (row.attempt_count !== was.attempt_count) fault(`${what} counts an attempt that is not in its history`)
      if (row.next_attempt_at !== nowMs) fault(`${what} was given back and is not due at once`)
      return
    }
    if (!isOwner) fault(`${what} was settled by ${life.name}, which does not hold its lease`)
    checkSettlement(was, row, attempt, webhooks.get(row.webhook_id)!)
  }

  function requestBegan(request: ReceivedRequest): void {
    const { life, messageId, body, webhook } = request
    const row = [...rows.values()].findLast((candidate) => candidate.message_id === messageId)
    if (row === undefined) {
      fault(`${life.name} sends a message to ${webhook} that was never committed`)
      return
    }
    const what = `delivery ${row.id}`
    trace(`${life.name} sends ${what} to ${webhook}, which ${request.behaviour}`)
    if (nameOf(row) !== webhook) fault(`${what} is sent to another webhook`)
    const known = bodies.get(messageId) ?? body
    bodies.set(messageId, known)
    if (body !== known || body !== row.body) fault(`${what} is sent with another body than before`)
    order.checkBody(row, body)
    const elder = order.elderOf(row)
    if (elder !== undefined) fault(`${what} is sent although delivery ${elder} comes first`)
    const leased = [...rows.values()].find(
      (candidate) =>
        candidate.message_id === messageId &&
        candidate.state === 'sending' &&
        candidate.lease_owner === workerOf.get(life) &&
        candidate.lease_until! - schedule.nowMs() >= ATTEMPT_MS,
    )
    if (leased !== undefined) pacing.checkRequest(leased)
    else fault(`${what} is sent without a lease that lasts as long as the attempt may`)
    const open = network.requests.filter((other) => other.isOpen && other.webhook === webhook).length
    const cap = webhooks.get(row.webhook_id)!.concurrency_max
    if (open > cap) fault(`${webhook} has ${open} open requests, ${cap} are allowed`)
  }

  function balance(): void {
    for (const row of rows.values()) {
      const isHeld = row.state === 'pending' && webhooks.get(row.webhook_id)!.paused_at !== null
      if (!TERMINAL.has(row.state) && !isHeld) fault(`delivery ${row.id} has never ended: ${describe(row)}`)
      const history = attempts.filter((attempt) => attempt.delivery_id === row.id)
      const counted = history.filter((attempt) => REQUESTS.has(attempt.outcome)).length
      if (row.attempt_count !== counted) fault(`delivery ${row.id} counts ${row.attempt_count} attempts of ${counted}`)
      if (history.length > row.claim_count) fault(`delivery ${row.id} has more attempts than claims`)
    }
    for (const messageId of new Set([...rows.values()].map((row) => row.message_id))) {
      const wellEnded = [...rows.values()].filter((row) => row.message_id === messageId && row.state === 'succeeded')
      const answered = network.requests.filter((request) => request.messageId === messageId && request.isAnswered)
      if (wellEnded.length > answered.length) fault(`delivery ${wellEnded[0]!.id} succeeded, and was never accepted`)
    }
    const originals = [...rows.values()].filter((row) => row.replay_of === null)
    const acting = executions.filter(({ state }) => state === 'matched')
    if (originals.length !== acting.length) fault(`${acting.length} executions have ${originals.length} deliveries`)
    order.balance()
    const feed = select.feed.get() as { count: number; events: number }
    if (feed.count !== events.size || feed.events !== events.size) fault('the feed has other events than happened')
    const happened = new Map<string, number>()
    for (const event of events.values()) {
      const name = nameOfChange(event)
      happened.set(name, (happened.get(name) ?? 0) + 1)
    }
    const replays = [...rows.values()].filter((row) => row.replay_of !== null)
    for (const { public_id } of replays) happened.set(public_id, 1)
    for (const [what, came] of answers) {
      const times = happened.get(what) ?? 0
      if (came === 'done' && times !== 1) fault(`what was acknowledged happened ${times} times`)
      if (came === 'failed' && times !== 0) fault('what was refused happened all the same')
      if (times > 1) fault(`a change happened ${times} times`)
    }
  }

  function checkTimeliness(sinceMs: number): void {
    for (const row of rows.values()) {
      const webhook = webhooks.get(row.webhook_id)!
      if (!isDue(row) || isHeldUp(webhook)) continue
      const heldUpMs = heldUpAt.get(webhook.id) ?? 0
      const readyMs = Math.max(sinceMs, row.next_attempt_at!, opensAtMs(webhook), heldUpMs)
      const waitedMs = schedule.nowMs() - readyMs
      if (waitedMs > LATE_MS) fault(`delivery ${row.id} has waited for ${waitedMs} ms with nothing in its way`)
    }
  }

  const countSending = ({ id }: Webhook) =>
    [...rows.values()].filter((row) => row.webhook_id === id && row.state === 'sending').length
  /** While a circuit is not closed one request is sent at a time, as a probe. */
  const isHeldUp = (webhook: Webhook) =>
    webhook.paused_at !== null ||
    opensAtMs(webhook) > schedule.nowMs() ||
    countSending(webhook) >= (webhook.circuit_opened_at === null ? webhook.concurrency_max : 1)
  /** Nothing is sent to it before: its receiver asked for that, its circuit is open, or its rate limit says so. */
  const opensAtMs = (webhook: Webhook) => Math.max(webhook.held_until ?? 0, pacing.opensAtMs(webhook.id))
  const isDue = (row: Row) => row.state === 'pending' && row.next_attempt_at! <= schedule.nowMs()
  const nameOf = (row: Row) => WEBHOOKS[row.webhook_id - 1]!

  function describe(row: Row): string {
    const holder = row.lease_owner === null ? '' : ` by ${workers.get(row.lease_owner)?.name}`
    const due = row.next_attempt_at === null ? '' : ` in ${row.next_attempt_at - schedule.nowMs()} ms`
    return `${row.state}${holder}${due} (claim ${row.claim_count}, attempt ${row.attempt_count})`
  }

  return {
    faults,
    get rows() {
      return rows
    },
    get webhooks() {
      return webhooks
    },
    workerStarts(life, worker) {
      workers.set(worker, life)
      workerOf.set(life, worker)
      if (!isShared) mayEndLeases.add(life)
    },
    asked: (change) => asked.add(change),
    answered: (what, came) => answers.set(what, came),
    committed,
    requestBegan,
    nextDueMs() {
      const waiting = [...rows.values()].filter(
        (row) =>
          row.state === 'pending' &&
          webhooks.get(row.webhook_id)!.paused_at === null &&
          order.elderOf(row) === undefined,
      )
      const opensAt = (row: Row) => Math.max(row.next_attempt_at!, opensAtMs(webhooks.get(row.webhook_id)!))
      return waiting.length === 0 ? undefined : Math.min(...waiting.map(opensAt))
    },
    isAnythingSending: () => [...rows.values()].some((row) => row.state === 'sending'),
    checkTimeliness,
    balance,
    close: () => db.close(),
  }
}

function hasChanged(was: Row, row: Row): boolean {
  return (Object.keys(row) as (keyof Row)[]).some((column) => was[column] !== row[column])
}

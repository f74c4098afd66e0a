import { type Commit, type Happened, type PacingSettings, type Row, TERMINAL, type Webhook } from './accounts-rows.ts'

/** What waits for another one has no time at which it is due: one that is further off than any history goes. */
const NEVER_MS = Date.parse('3000-01-01T00:00:00.000Z')

/** What is known of a delivery from the settings with which it was made. Replays stand outside all this. */
type Entry = {
  id: number
  automationId: number
  event: Happened
  /** What it shares with those it waits for; `undefined`: it waits for none. */
  key: string | undefined
  digest: Digest | undefined
}

/** Events of one automation that are sent as one delivery. `newestId`: the delivery that stands for them. */
type Digest = { newestId: number; count: number; first: number; dueMs: number }

type Fate = { reason: 'digested' | 'newer_delivery'; by: number }

/**
 * What docs/order-and-pacing.md promises of order, of the newest that wins, and of one delivery for many events.
 */
export type OrderBook = {
  enter(commit: Commit, happened: ReadonlyMap<number, Happened>): void
  /** It has to wait for an older one, which has not ended. */
  elderOf(row: Row): number | undefined
  /** A change of the row from `was`, `undefined` if it is new, which was `pending` or still is. */
  checkClaim(row: Row, was: Row | undefined): void
  /** Until then what gathers is not sent. */
  windowEndsMs(row: Row): number
  checkBody(row: Row, body: string): void
  balance(): void
}

export function openOrderBook(fault: (what: string) => void): OrderBook {
  const entries = new Map<number, Entry>()
  const digests = new Map<string, Digest>()
  /** The unsettled of each key, oldest first. */
  let unsettled = new Map<string, number[]>()
  let rows: Commit['rows'] = new Map()
  let nowMs = 0

  function keyOf(webhook: Webhook, { collectionId, alias }: Happened): string | undefined {
    switch (webhook.delivery_order) {
      case 'none':
        return undefined
      case 'collection':
        return `${webhook.name} ${collectionId}`
      case 'alias':
        return `${webhook.name} ${collectionId} ${alias}`
    }
  }

  function enter(commit: Commit, happened: ReadonlyMap<number, Happened>): void {
    rows = commit.rows
    nowMs = commit.nowMs
    const fresh = newEntries(commit, happened)
    const fates = new Map<number, Fate>()
    for (const entry of fresh) gather(entry, commit, fates)
    if (fresh.length > 0) letNewestWin(fresh, commit, fates)
    for (const row of rows.values()) {
      const was = commit.rowsBefore.get(row.id)
      if (row.state !== 'superseded' || was?.state === 'superseded') continue
      const fate = fates.get(row.id)
      const isTold = fate !== undefined && fate.reason === row.reason && fate.by === row.superseded_by
      if (!isTold) fault(`delivery ${row.id} is superseded by ${row.superseded_by} because of ${row.reason}`)
      if (was?.state === 'sending') fault(`delivery ${row.id} is superseded while it is sent`)
    }
    for (const [id, { reason, by }] of fates) {
      const { state } = rows.get(id)!
      if (state !== 'superseded')
        fault(`delivery ${id} is ${state} although delivery ${by} takes its place (${reason})`)
    }
    queueUp()
    for (const { id } of entries.values()) {
      const row = rows.get(id)!
      if (row.state === 'pending') checkWaiting(row, commit.rowsBefore.get(id))
    }
  }

  function newEntries({ rowsBefore, webhooks, executions, pacings }: Commit, happened: ReadonlyMap<number, Happened>) {
    const ofExecution = new Map(executions.map((execution) => [Number(execution.id), execution]))
    const fresh: { entry: Entry; pacing: PacingSettings; webhook: Webhook }[] = []
    for (const row of rows.values()) {
      const execution = ofExecution.get(row.execution_id)
      if (rowsBefore.has(row.id) || row.replay_of !== null || execution === undefined) continue
      const webhook = webhooks.get(row.webhook_id)!
      const event = happened.get(execution.event_id)!
      const automationId = execution.automation_id
      const entry = { id: row.id, automationId, event, key: keyOf(webhook, event), digest: undefined }
      entries.set(row.id, entry)
      fresh.push({ entry, pacing: pacings.get(automationId) ?? {}, webhook })
    }
    return fresh
  }

  /** What comes before the delivery that stands for its like has been sent is counted in. */
  function gather(
    { entry, pacing }: { entry: Entry; pacing: PacingSettings },
    { rowsBefore }: Commit,
    fates: Map<number, Fate>,
  ): void {
    if (pacing.debounceSeconds === undefined) return
    const name = `${entry.automationId} ${entry.key ?? entry.event.collectionId}`
    const open = digests.get(name)
    const was = open === undefined ? undefined : rowsBefore.get(open.newestId)
    const gathers = open !== undefined && (was === undefined || (was.state === 'pending' && was.claim_count === 0))
    entry.digest = gathers
      ? { ...open, count: open.count + 1, newestId: entry.id }
      : { newestId: entry.id, count: 1, first: entry.event.version, dueMs: nowMs + pacing.debounceSeconds * 1_000 }
    digests.set(name, entry.digest)
    if (!gathers) return
    for (const fate of fates.values()) if (fate.by === open.newestId) fate.by = entry.id
    fates.set(open.newestId, { reason: 'digested', by: entry.id })
  }

  function letNewestWin(
    fresh: readonly { entry: Entry; webhook: Webhook }[],
    { rowsBefore }: Commit,
    fates: Map<number, Fate>,
  ): void {
    const newest = new Map<string, number>()
    for (const { entry, webhook } of fresh) {
      const isReplaced = fates.has(entry.id)
      if (webhook.newest_wins === 1 && entry.key !== undefined && !isReplaced) {
        newest.set(`${entry.automationId} ${entry.key}`, entry.id)
      }
    }
    for (const { id, automationId, key } of newest.size === 0 ? [] : entries.values()) {
      const by = newest.get(`${automationId} ${key}`)
      if (by === undefined || by === id || fates.has(id)) continue
      if ((rowsBefore.get(id)?.state ?? 'pending') === 'pending') fates.set(id, { reason: 'newer_delivery', by })
    }
  }

  function queueUp(): void {
    unsettled = new Map()
    for (const { id, key } of entries.values()) {
      if (key === undefined || TERMINAL.has(rows.get(id)!.state)) continue
      const queue = unsettled.get(key)
      if (queue === undefined) unsettled.set(key, [id])
      else queue.push(id)
    }
  }

  function elderOf({ id }: Row): number | undefined {
    const key = entries.get(id)?.key
    const oldest = key === undefined ? undefined : unsettled.get(key)?.[0]
    return oldest !== undefined && oldest < id ? oldest : undefined
  }

  function checkWaiting(row: Row, was: Row | undefined): void {
    const dueMs = row.next_attempt_at!
    const elder = elderOf(row)
    if (elder !== undefined) {
      if (dueMs < NEVER_MS) fault(`delivery ${row.id} is due although delivery ${elder} comes first`)
      return
    }
    if (dueMs >= NEVER_MS) {
      fault(`delivery ${row.id} waits although nothing comes before it`)
      return
    }
    const endsMs = windowEndsMs(row)
    const wasWaiting = was?.state === 'pending' && was.next_attempt_at! >= NEVER_MS
    const rightMs = wasWaiting ? Math.max(nowMs, endsMs) : was === undefined ? endsMs || nowMs : undefined
    const lateMs = rightMs === undefined ? 0 : dueMs - rightMs
    if (lateMs !== 0) fault(`delivery ${row.id} is due ${Math.abs(lateMs)} ms too ${lateMs > 0 ? 'late' : 'early'}`)
  }

  function windowEndsMs({ id, claim_count }: Row): number {
    return claim_count > 0 ? 0 : (entries.get(id)?.digest?.dueMs ?? 0)
  }

  function checkClaim(row: Row, was: Row | undefined): void {
    const what = `delivery ${row.id}`
    const entry = entries.get(row.id)
    if (entry === undefined) return
    const elder = elderOf(row)
    if (elder !== undefined) fault(`${what} is claimed although delivery ${elder} comes first`)
    if (was === undefined && entry.key !== undefined) fault(`${what} of an order is claimed as it is made`)
    const earlyMs = (was?.claim_count ?? 0) > 0 ? 0 : (entry.digest?.dueMs ?? 0) - nowMs
    if (earlyMs > 0) fault(`${what} is claimed ${earlyMs} ms before its time is over`)
  }

  function checkBody(row: Row, body: string): void {
    let root = row
    while (root.replay_of !== null) root = rows.get(root.replay_of)!
    const { event, digest } = entries.get(root.id)!
    const told = JSON.parse(body)
    const count = digest?.count ?? 1
    const what = `delivery ${row.id}`
    if (told.alias !== event.alias || told.version !== `v${event.version}`) fault(`${what} tells of another event`)
    if (told.count !== count) fault(`${what} tells of ${told.count} events, not ${count}`)
    if (told.first !== `v${digest?.first ?? event.version}`) fault(`${what} begins with ${told.first}`)
  }

  /** Each event is in the one delivery that its own leads to, and the newest goes out. */
  function balance(): void {
    const counts = new Map<number, number>()
    const newest = new Map<string, Entry>()
    for (const entry of entries.values()) {
      let row = rows.get(entry.id)!
      let isCounted = true
      while (row.state === 'superseded') {
        const next = rows.get(row.superseded_by!)
        if (next === undefined || next.id <= row.id || entries.get(next.id)?.automationId !== entry.automationId) {
          fault(`delivery ${row.id} is superseded, and what took its place is not newer`)
          break
        }
        if (row.reason !== 'digested') isCounted = false
        row = next
      }
      if (isCounted) counts.set(row.id, (counts.get(row.id) ?? 0) + 1)
      if (entry.key !== undefined) newest.set(`${entry.automationId} ${entry.key}`, entry)
    }
    for (const [id, count] of counts) {
      const told = rows.get(id)!.digest_count
      if (told !== count) fault(`delivery ${id} stands for ${count} events, and counts ${told}`)
    }
    for (const { id } of newest.values()) {
      if (rows.get(id)!.state === 'superseded') fault(`delivery ${id} is superseded although it is the newest`)
    }
  }

  return { enter, elderOf, checkClaim, windowEndsMs, checkBody, balance }
}

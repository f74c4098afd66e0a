import { recordAudit } from '../access/operations.ts'
import type { Tx } from '../database/database.ts'
import type { Event } from '../events/event.ts'
import type { World } from '../world.ts'
import type { FiringCandidate } from './operations-matching.ts'
import { createFiringCounter, HOLD_MS, readPacing, takeExecution } from './pacing.ts'
import { countFirings, findHolds, insertHolds, lockRate, setRate } from './store-pacing.ts'

type Match = { event: Event; candidate: FiringCandidate; subjectIndex: number; reason: string | null }

const counters = new WeakMap<World, ReturnType<typeof createFiringCounter>>()

function counterOf(world: World): ReturnType<typeof createFiringCounter> {
  let counter = counters.get(world)
  if (counter === undefined) {
    counter = createFiringCounter()
    counters.set(world, counter)
  }
  return counter
}

/**
 * Give a `reason` to those matches that would act, but fire too often: `held_firing_too_often` or `rate_limited`. An
 * automation that gets there is held from here on, in this transaction.
 *
 * What has neither a rate limit nor a hold costs no statement. Firings are counted once they have committed, in this
 * process, which asks for those of others now and then; holds and rates are kept in the database, for all.
 */
export async function paceMatches(world: World, tx: Tx, matches: readonly Match[]): Promise<void> {
  const acting = matches.filter(({ reason }) => reason === null)
  if (acting.length === 0) return
  await skipHeld(world, tx, acting)
  await limitRates(world, tx, acting)
  await holdTooFrequent(world, tx, acting)
}

async function skipHeld(world: World, tx: Tx, acting: readonly Match[]): Promise<void> {
  const held = acting.filter(({ candidate }) => candidate.isHeld === 1)
  if (held.length === 0) return
  const automationIds = [...new Set(held.map(({ candidate }) => candidate.automationId))]
  const holds = await findHolds(tx, { automationIds, nowMs: world.now() })
  const keys = new Set(holds.map(({ automation_id, collection_id }) => `${automation_id} ${collection_id}`))
  for (const match of held) {
    if (keys.has(`${match.candidate.automationId} ${collectionOf(match)}`)) match.reason = 'held_firing_too_often'
  }
}

async function limitRates(world: World, tx: Tx, acting: readonly Match[]): Promise<void> {
  const limited = acting.filter(({ reason, candidate }) => reason === null && candidate.pacing !== null)
  const byAutomation = Map.groupBy(limited, ({ candidate }) => candidate.automationId)
  // In order of id, so that two changes do not wait for each other.
  for (const [automationId, ofOne] of [...byAutomation].sort(([one], [other]) => one - other)) {
    const { rateLimit } = readPacing(ofOne[0]?.candidate.pacing ?? null)
    if (rateLimit === null) continue
    const rate = await lockRate(tx, world.db.engine, { automationId, nowMs: world.now() })
    let { freeAt } = rate
    for (const match of ofOne) {
      const answer = takeExecution(rateLimit, freeAt, rate.nowMs)
      freeAt = answer.freeAt
      if (!answer.isTaken) match.reason = 'rate_limited'
    }
    if (freeAt !== rate.freeAt) await setRate(tx, { automationId, freeAt })
  }
}

async function holdTooFrequent(world: World, tx: Tx, acting: readonly Match[]): Promise<void> {
  const counter = counterOf(world)
  const now = world.now()
  const fired = new Map<string, number>()
  const held = new Map<string, Match>()
  const bounded = acting.flatMap((match) => {
    const { reason, candidate } = match
    const allowed = readPacing(candidate.pacing).holdPerMinute ?? world.config.holdPerMinute
    const key = `${candidate.automationId} ${collectionOf(match)} ${candidate.releaseCount}`
    return reason !== null || allowed === 0 ? [] : [{ match, key, allowed }]
  })
  await askForOthers(world, tx, bounded, now)
  for (const { match, key, allowed } of bounded) {
    const before = fired.get(key) ?? 0
    if (counter.count(key, now) + before < allowed) fired.set(key, before + 1)
    else {
      match.reason = 'held_firing_too_often'
      held.set(key, match)
    }
  }
  if (fired.size > 0) {
    world.db.afterCommit(() => {
      for (const [key, times] of fired) counter.add(key, now, times)
    })
  }
  if (held.size > 0) await hold(world, tx, [...held.values()], now)
}

type Bounded = { match: Match; key: string; allowed: number }

/** What other processes have fired of these, where it is time to know. A process that is alone has no others. */
async function askForOthers(world: World, tx: Tx, bounded: readonly Bounded[], now: number): Promise<void> {
  if (world.db.engine.isExclusive) return
  const counter = counterOf(world)
  const asked = [...Map.groupBy(bounded, ({ key }) => key)].flatMap(([key, ofKey]) => {
    const { match, allowed } = ofKey[0] as Bounded
    const since = counter.asksSince(key, now, { allowed, times: ofKey.length })
    if (since === undefined) return []
    return [{ key, automation_id: match.candidate.automationId, collection_id: collectionOf(match), since }]
  })
  if (asked.length === 0) return
  const counts = await countFirings(
    tx,
    asked.map(({ key, ...item }) => item),
  )
  const firedOf = new Map(counts.map((row) => [`${row.automation_id} ${row.collection_id}`, row.fired]))
  for (const { key, automation_id, collection_id } of asked) {
    counter.seen(key, now, firedOf.get(`${automation_id} ${collection_id}`) ?? 0)
  }
}

async function hold(world: World, tx: Tx, held: readonly Match[], now: number): Promise<void> {
  const rows = held.map((match) => ({
    automation_id: match.candidate.automationId,
    collection_id: collectionOf(match),
  }))
  await insertHolds(tx, rows, { nowMs: now, holdMs: HOLD_MS })
  const entries = held.map((match) => {
    const { candidate, event, subjectIndex } = match
    const subject = event.snapshot.subjects[subjectIndex]
    return {
      action: 'automation.held',
      entityId: candidate.entityId,
      subject: candidate.name,
      details: {
        automation: candidate.publicId,
        collection: subject?.collection == null ? null : `${subject.entity}/${subject.project}/${subject.collection}`,
        minutes: HOLD_MS / 60_000,
      },
    }
  })
  await recordAudit(tx, null, entries, now)
  world.db.afterCommit(() => {
    for (const { details } of entries) world.log.warn(details, 'an automation fires too often and is held')
  })
}

/** What an automation is counted and held by: a collection, or all runs together, which no collection's id is. */
const ALL_RUNS = 0

function collectionOf({ event, subjectIndex }: Match): number {
  return event.snapshot.subjects[subjectIndex]?.collectionId ?? ALL_RUNS
}

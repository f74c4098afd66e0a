/** What happens to processes that share one PostgreSQL, at random but from a seed, while writers go on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fleet, type FleetMember, type Member, startFleet } from './fleet.ts'
import { type Account, accountOf, assignAlias, readAliases, setUp, untilSettled } from './kill-story.ts'
import { startReceiver } from './receiver.ts'
import { type Change, copySource } from './source-copy.ts'

const WRITERS = 3
/** Between two changes of a writer. */
const WRITER_REST_MS = 30
/** Longer than a lease of the copy, or shorter. */
const FROZEN_MS = { min: 200, max: 6_000 }
const SETTLE_MS_MAX = 60_000
/** Slow, and many at once: whoever is killed or frozen has requests open. */
const ANSWER_MS = 100
const REQUESTS_AT_ONCE = 16

/** The product with leases that lapse within a test, and that it begins no send with less than a second of. */
export const SHORT_LEASE_MS = 4_000
export const SHORT_LEASES = [
  { file: 'deliveries/operations-claiming.ts', before: 'LEASE_MS = 60_000', after: `LEASE_MS = ${SHORT_LEASE_MS}` },
  { file: 'deliveries/worker.ts', before: 'ATTEMPT_TIMEOUT_MS + 5_000', after: '1_000' },
]

export const THREE: readonly FleetMember[] = [
  { name: 'one', kind: 'server' },
  { name: 'two', kind: 'server' },
  { name: 'three', kind: 'worker' },
]

export type FleetAccount = Account & { kills: number; freezes: number; restarts: number; lateAnswers: number }

/** Numbers in [0, 1) that a seed decides. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Two servers and a worker live for `durationMs`, while one of them is killed with SIGKILL and started again, or frozen for
 * a while, and the PostgreSQL crashes and comes back `postgresRestarts` times; writers assign aliases through whichever
 * server answers. Then everything is left alone until all is sent.
 *
 * - `faults`: put into the product, to see that they are found.
 */
export async function liveTogether(input: {
  seed: number
  durationMs: number
  postgresRestarts: number
  faults?: readonly Change[]
}): Promise<FleetAccount> {
  const random = randomFrom(input.seed)
  using source = copySource(...SHORT_LEASES, ...(input.faults ?? []))
  await using receiver = await startReceiver({ status: 204, delayMs: ANSWER_MS })
  await using fleet = await startFleet(THREE, { serverSource: source.path })
  const account: FleetAccount = {
    acknowledged: [],
    asked: new Set(),
    received: [],
    present: new Map(),
    unsettled: 0,
    lives: fleet.members.length,
    kills: 0,
    freezes: 0,
    restarts: 0,
    lateAnswers: 0,
  }
  await setUp(fleet.urlOf('one'), fleet.key, receiver.url, REQUESTS_AT_ONCE)

  const endsAt = performance.now() + input.durationMs
  const isOver = () => performance.now() >= endsAt
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, index) => write(fleet, account, index, isOver)))
  const under = new Set<Promise<unknown>>()
  const goOn = (work: Promise<unknown>) => {
    under.add(work)
    void work.finally(() => under.delete(work))
  }
  const restartAt = Array.from(
    { length: input.postgresRestarts },
    (_, index) => performance.now() + (input.durationMs * (index + 0.5)) / input.postgresRestarts,
  )
  for (let turn = 0; !isOver(); turn += 1) {
    await sleep(300 + random() * 1_200)
    if (restartAt[0] !== undefined && performance.now() >= restartAt[0]) {
      restartAt.shift()
      account.restarts += 1
      await fleet.postgres.crash()
      await sleep(random() * 1_000)
      await fleet.postgres.startAgain()
      continue
    }
    const awake = fleet.members.filter((member) => member.process !== undefined && !member.isFrozen)
    // Somebody has to be there to be disturbed.
    if (awake.length < 2) continue
    const victim = awake[Math.floor(random() * awake.length)] as Member
    if (turn % 2 === 0) {
      account.freezes += 1
      fleet.freeze(victim.name)
      goOn(sleep(FROZEN_MS.min + random() * (FROZEN_MS.max - FROZEN_MS.min)).then(() => fleet.thaw(victim.name)))
    } else {
      account.kills += 1
      const dead = victim.process
      victim.process = undefined
      await dead?.kill()
      goOn(startUntilItRuns(fleet, victim.name, account))
    }
  }
  await writing
  while (under.size > 0) await Promise.allSettled(under)

  account.unsettled = await untilSettled(fleet.urlOf('one'), fleet.key, SETTLE_MS_MAX)
  account.present = await readAliases(fleet.urlOf('one'), fleet.key)
  account.received = accountOf(receiver.received)
  for (const { name } of fleet.members) account.lateAnswers += await lateAnswersOf(fleet, name)
  return account
}

/** Answers of its deliveries that came too late, since it was started. */
export async function lateAnswersOf(fleet: Fleet, name: string): Promise<number> {
  const metrics = await (await fetch(`${fleet.urlOf(name)}/metrics`)).text()
  return Number(/^tripline_delivery_late_answers_total (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

/** A start fails while the PostgreSQL is away: whoever runs servers starts them again. */
async function startUntilItRuns(fleet: Fleet, name: string, account: Account): Promise<void> {
  for (;;) {
    try {
      account.lives += 1
      return await fleet.start(name, true)
    } catch {
      await sleep(200)
    }
  }
}

export async function write(fleet: Fleet, account: Account, index: number, isOver: () => boolean): Promise<void> {
  for (let turn = index; !isOver(); turn += 1) {
    const servers = fleet.members.filter(
      (member) => member.kind === 'server' && member.process !== undefined && !member.isFrozen,
    )
    const chosen = servers[turn % Math.max(1, servers.length)]?.process
    if (chosen !== undefined) {
      // Not acknowledged: it may have happened or not, and the accounts are balanced without it.
      await assignAlias(chosen.url, fleet.key, account).catch(() => {})
    }
    await sleep(WRITER_REST_MS)
  }
}

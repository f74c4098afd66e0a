// Goal: any number of servers and workers share one PostgreSQL, whatever becomes of any of them: nothing acknowledged is
// lost, nothing is invented, and nothing is sent twice unless a process died, froze or lost its database.
// Method: real processes whose clocks differ by minutes, over a PostgreSQL of their own, killed, frozen and restarted
// while writers change aliases; a real receiver; then the accounts are balanced (test/support/kill-story.ts).
// test/processes.long.test.ts goes on for longer, and shows that the accounts do not balance with a fault put in.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startFleet } from './support/fleet.ts'
import { lateAnswersOf, liveTogether, SHORT_LEASE_MS, SHORT_LEASES, THREE, write } from './support/fleet-story.ts'
import { freezeInAClaim } from './support/fleet-troubles.ts'
import {
  type Account,
  accountOf,
  assignAlias,
  faultsOf,
  readAliases,
  setUp,
  untilSettled,
} from './support/kill-story.ts'
import { startReceiver } from './support/receiver.ts'
import { copySource } from './support/source-copy.ts'
import { describeWithTool } from './support/tools.ts'

const SEED = Math.floor(Math.random() * 1_000_000)

const emptyAccount = (): Account => ({
  acknowledged: [],
  asked: new Set(),
  received: [],
  present: new Map(),
  unsettled: 0,
  lives: 0,
})

describeWithTool('postgres', 'processes that share one PostgreSQL', () => {
  test(`lose nothing while they are killed and frozen and their database crashes (seed ${SEED})`, async () => {
    const account = await liveTogether({ seed: SEED, durationMs: 15_000, postgresRestarts: 2 })
    expect(faultsOf(account)).toEqual([])
    expect(account.acknowledged.length).toBeGreaterThan(20)
    expect(account.kills).toBeGreaterThan(0)
    expect(account.freezes).toBeGreaterThan(0)
    expect(account.restarts).toBe(2)
  }, 180_000)

  test('one that is frozen loses its lease, and its late answer is fenced off', async () => {
    using source = copySource(...SHORT_LEASES)
    const answer = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => answer.promise, { status: 204, delayMs: 5 })
    await using fleet = await startFleet(THREE, { serverSource: source.path })
    const account = emptyAccount()
    await setUp(fleet.urlOf('one'), fleet.key, receiver.url)

    // Claimed by the worker of the server that made the change; its request is at the receiver when it freezes.
    await assignAlias(fleet.urlOf('one'), fleet.key, account)
    await receiver.waitFor(1)
    const frozenAt = performance.now()
    fleet.freeze('one')
    await receiver.waitFor(2)
    expect(performance.now() - frozenAt).toBeGreaterThan(SHORT_LEASE_MS / 2)
    expect(await untilSettled(fleet.urlOf('two'), fleet.key, 10_000)).toBe(0)
    answer.resolve(500)
    fleet.thaw('one')
    await expect.poll(() => lateAnswersOf(fleet, 'one')).toBe(1)
    const [first, second] = accountOf(receiver.received)
    expect(second).toEqual(first)
    const rows = await fleet.query(
      'select d.state, d.claim_count, a.claim, a.status from deliveries d join attempts a on a.delivery_id = d.id',
    )
    expect(rows).toEqual([{ state: 'succeeded', claim_count: 2, claim: 2, status: 204 }])
  }, 120_000)

  test('one that freezes in the midst of a claim holds up no other webhook, and no change', async () => {
    const { claim, change, acknowledged, received } = await freezeInAClaim()
    expect([claim, change]).toEqual(['goes on', 'goes on'])
    expect(received).toEqual({ hook: acknowledged.toSorted(), other: acknowledged.slice(1).sort() })
  }, 120_000)

  test('restarted one after the other under load, they lose nothing and send nothing twice', async () => {
    // Slow enough that whoever is stopped has a request open.
    await using receiver = await startReceiver({ status: 204, delayMs: 60 })
    await using fleet = await startFleet(THREE)
    const account = emptyAccount()
    await setUp(fleet.urlOf('one'), fleet.key, receiver.url)
    let isOver = false
    const writing = Promise.all([0, 1].map((index) => write(fleet, account, index, () => isOver)))
    for (const { name } of THREE) {
      const member = fleet.member(name)
      const stopping = member.process
      member.process = undefined
      await stopping?.stop()
      await fleet.start(name)
      await sleep(200)
    }
    isOver = true
    await writing
    account.unsettled = await untilSettled(fleet.urlOf('one'), fleet.key, 30_000)
    account.present = await readAliases(fleet.urlOf('one'), fleet.key)
    account.received = accountOf(receiver.received)
    expect(faultsOf(account)).toEqual([])
    const messages = account.received.map(({ messageId }) => messageId)
    expect(messages.length).toBeGreaterThan(20)
    expect(new Set(messages).size).toBe(messages.length)
  }, 120_000)
})

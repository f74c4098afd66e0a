// Goal: the accounts of test/processes.test.ts balance for longer, and are worth something: faults are found by them.
// Method: the same story, from several seeds; and over copies of the code with one fault put in.
import { expect, test } from 'vitest'
import { startFleet } from './support/fleet.ts'
import { liveTogether, SHORT_LEASES, THREE } from './support/fleet-story.ts'
import {
  CHANGES_WAIT,
  CLAIMS_WAIT,
  cutWakeUps,
  FROZEN_TRANSACTIONS_LAST,
  freezeInAClaim,
  NEVER_LISTENS_AGAIN,
  NO_FENCE,
  stayFrozenInAClaim,
} from './support/fleet-troubles.ts'
import { assignAlias, faultsOf, setUp, untilSettled } from './support/kill-story.ts'
import { startReceiver } from './support/receiver.ts'
import { copySource, LAPSED_LEASES_LEFT, MATCHING_OUTSIDE_THE_CHANGE } from './support/source-copy.ts'
import { describeWithTool } from './support/tools.ts'

const SEEDS = Array.from({ length: 4 }, () => Math.floor(Math.random() * 1_000_000))

describeWithTool('postgres', 'processes that share one PostgreSQL', () => {
  test.each(SEEDS)('lose nothing in two minutes of trouble (seed %i)', async (seed) => {
    const account = await liveTogether({ seed, durationMs: 120_000, postgresRestarts: 6 })
    expect(faultsOf(account)).toEqual([])
    expect(account.acknowledged.length).toBeGreaterThan(100)
    expect(account.kills).toBeGreaterThan(5)
    expect(account.freezes).toBeGreaterThan(5)
  })

  test('lapsed leases that nobody puts back are found: deliveries stay unsettled', async () => {
    const account = await liveTogether({
      seed: 1,
      durationMs: 30_000,
      postgresRestarts: 2,
      faults: LAPSED_LEASES_LEFT,
    })
    expect(faultsOf(account).join('\n')).toContain('were never settled')
  })

  test('matching outside the transaction of the change is found: acknowledged changes never reach the receiver', async () => {
    const account = await liveTogether({
      seed: 2,
      durationMs: 30_000,
      postgresRestarts: 2,
      faults: MATCHING_OUTSIDE_THE_CHANGE,
    })
    expect(faultsOf(account).join('\n')).toContain('never reached the receiver')
  })

  test('without the fence a late answer overrules the one that counts', async () => {
    using source = copySource(...SHORT_LEASES, NO_FENCE)
    const answer = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => answer.promise, 204)
    await using fleet = await startFleet(THREE, { serverSource: source.path })
    await setUp(fleet.urlOf('one'), fleet.key, receiver.url)
    await assignAlias(fleet.urlOf('one'), fleet.key, { acknowledged: [], asked: new Set() })
    await receiver.waitFor(1)
    fleet.freeze('one')
    await receiver.waitFor(2)
    expect(await untilSettled(fleet.urlOf('two'), fleet.key, 20_000)).toBe(0)
    answer.resolve(400)
    fleet.thaw('one')
    const states = async () => (await fleet.query('select state from deliveries')).map((row) => row.state)
    await expect.poll(states).toEqual(['failed'])
  })

  test('claims that wait for each other are found: one that is frozen holds up other webhooks', async () => {
    const { claim, acknowledged, received } = await freezeInAClaim([CLAIMS_WAIT])
    expect(claim).toBe('waits for the frozen one')
    // It is slow, and no more than that: nothing is lost, and nothing comes twice.
    expect(received).toEqual({ hook: acknowledged.toSorted(), other: acknowledged.slice(1).sort() })
  })

  test('changes that wait for claims are found: one that is frozen holds up whoever makes a change', async () => {
    const { claim, change } = await freezeInAClaim([CHANGES_WAIT])
    expect([claim, change]).toEqual(['goes on', 'waits for the frozen one'])
  })

  test('one that stays frozen in the midst of a claim holds up its webhook as long as PostgreSQL lets it, and no longer', async () => {
    const { acknowledged, meanwhile, afterwards } = await stayFrozenInAClaim(15_000)
    expect(meanwhile).toEqual(acknowledged.slice(0, 1))
    expect(afterwards).toEqual(acknowledged)
    const forEver = await stayFrozenInAClaim(8_000, [FROZEN_TRANSACTIONS_LAST])
    expect(forEver.meanwhile).toEqual([])
  })

  test('wake-ups that end with their connection are found: what is queued after that does not start', async () => {
    expect(await cutWakeUps(8_000, [NEVER_LISTENS_AGAIN])).toBe(1)
    expect(await cutWakeUps(8_000)).toBe(2)
  })
})

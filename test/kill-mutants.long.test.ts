// Goal: the accounts of test/kill.test.ts are worth something: faults that lose deliveries are found by them.
// Method: the same story over a copy of the code with one fault put in.
import { expect, test } from 'vitest'
import { faultsOf, liveAndDie } from './support/kill-story.ts'
import { copySource, LAPSED_LEASES_LEFT, MATCHING_OUTSIDE_THE_CHANGE } from './support/source-copy.ts'

const DEATHS = ['change:after-commit:3', 'claim:after-commit:2', 'settle:before-commit:2', 'change:after-commit:5', 120]

test('matching outside the transaction of the change is found: acknowledged changes never reach the receiver', async () => {
  using source = copySource(...MATCHING_OUTSIDE_THE_CHANGE)
  const account = await liveAndDie('sqlite', DEATHS, { serverSource: source.path, settleMsMax: 10_000 })
  expect(faultsOf(account).join('\n')).toContain('never reached the receiver')
})

test('lapsed leases that are not reclaimed are found: deliveries stay unsettled', async () => {
  using source = copySource(...LAPSED_LEASES_LEFT)
  const account = await liveAndDie('sqlite', DEATHS, { serverSource: source.path, settleMsMax: 10_000 })
  expect(faultsOf(account).join('\n')).toContain('were never settled')
})

test('without a fault the same deaths leave balanced accounts', async () => {
  expect(faultsOf(await liveAndDie('sqlite', DEATHS))).toEqual([])
})

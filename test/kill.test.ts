// Goal: no death of the process, at whatever moment, may lose an acknowledged change's webhook or invent one.
// Method: the real server as a process of its own, killed with SIGKILL at named points and at random while writers
// change aliases; a real receiver; then the accounts are balanced. test/kill-mutants.long.test.ts shows that the
// accounts do not balance when matching leaves the transaction or lapsed leases are not reclaimed.
import { expect, test } from 'vitest'
import { faultsOf, liveAndDie } from './support/kill-story.ts'
import { forEachEngine } from './support/server.ts'

const POINTS = ['change', 'claim', 'settle'].flatMap((transaction) =>
  ['before-commit', 'after-commit'].map((moment) => `${transaction}:${moment}:${2 + Math.floor(Math.random() * 6)}`),
)
const MOMENTS_MS = Array.from({ length: 4 }, () => 20 + Math.floor(Math.random() * 300))

forEachEngine((engine) => {
  test(`nothing acknowledged is lost when the server is killed at ${POINTS.join(', ')}, at the receiver, and after ${MOMENTS_MS.join(', ')} ms`, async () => {
    const account = await liveAndDie(engine, [...POINTS, 'at-receiver', ...MOMENTS_MS, 'at-receiver'])
    expect(faultsOf(account)).toEqual([])
    expect(account.acknowledged.length).toBeGreaterThan(20)
    expect(account.received.length).toBeGreaterThanOrEqual(account.acknowledged.length)
  }, 240_000)
})

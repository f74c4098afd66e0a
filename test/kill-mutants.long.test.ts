// Goal: the accounts of test/kill.test.ts are worth something: faults that lose deliveries are found by them.
// Method: the same story over a copy of the code with one fault put in.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultsOf, liveAndDie } from './support/kill-story.ts'

const ROOT = join(import.meta.dirname, '..')

/** Inside the project, so that the copy finds its dependencies. */
const COPIES = join(ROOT, '.cache', 'mutants')

/** The path of a copy of `src` in which `file` has `after` where it had `before`. */
function mutant(name: string, file: string, before: string, after: string): string {
  const copy = join(COPIES, name)
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'))
  const path = join(copy, 'src', file)
  const text = readFileSync(path, 'utf8')
  expect(text, `${file} has the place for the fault`).toContain(before)
  writeFileSync(path, text.replace(before, after))
  return join(copy, 'src')
}

const DEATHS = ['change:after-commit:3', 'claim:after-commit:2', 'settle:before-commit:2', 'change:after-commit:5', 120]

test('matching outside the transaction of the change is found: acknowledged changes never reach the receiver', async () => {
  const serverSource = mutant(
    'matching',
    'events/operations-recording.ts',
    'return matchEvents(world, tx, events)',
    `setTimeout(() => {
      world.db.transaction((later) => matchEvents(world, later, events)).then(() => world.wakeWorkers(), () => {})
    }, 5)
    return { deliveries: 0 }`,
  )
  const account = await liveAndDie('sqlite', DEATHS, { serverSource, settleMsMax: 10_000 })
  expect(faultsOf(account).join('\n')).toContain('never reached the receiver')
})

test('lapsed leases that are not reclaimed are found: deliveries stay unsettled', async () => {
  const serverSource = mutant('leases', 'deliveries/store.ts', '  await reclaimLapsed(tx, engine, input.nowMs)\n', '')
  const account = await liveAndDie('sqlite', DEATHS, { serverSource, settleMsMax: 10_000 })
  expect(faultsOf(account).join('\n')).toContain('were never settled')
})

test('without a fault the same deaths leave balanced accounts', async () => {
  expect(faultsOf(await liveAndDie('sqlite', DEATHS))).toEqual([])
})

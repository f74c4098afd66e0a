// The long tests put faults into copies of the code to see them found. Code that has moved on leaves a fault without its
// place; this says so at once, and not only when somebody runs `npm run test:long`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MUTANTS as OF_THE_WEB_APP } from './browser/mutants.ts'
import { MUTANTS as OF_THE_SIMULATION } from './simulation/mutants.ts'
import { SHORT_LEASES } from './support/fleet-story.ts'
import * as troubles from './support/fleet-troubles.ts'
import { type Change, LAPSED_LEASES_LEFT, MATCHING_OUTSIDE_THE_CHANGE } from './support/source-copy.ts'

const textOf = (...path: string[]) => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8')

/** What of these changes, one after the other, has no place in the code. */
function withoutPlace(changes: readonly Change[]): Change[] {
  const texts = new Map<string, string>()
  return changes.filter(({ file, before, after }) => {
    const text = texts.get(file) ?? textOf('src', file)
    texts.set(
      file,
      text.replaceAll(before, () => after),
    )
    return !text.includes(before)
  })
}

test.each(OF_THE_SIMULATION)('for the simulation to find it, there is a place where $name', ({ edits }) => {
  expect(withoutPlace(edits.map(([file, before, after]) => ({ file, before, after })))).toEqual([])
})

test('the list of what the simulation finds is complete', () => {
  const rows = textOf('docs/simulation.md').matchAll(/^\| ([^|]+) \| \d+ \| [^|]+ \|$/gm)
  expect(Array.from(rows, ([, name]) => name).sort()).toEqual(OF_THE_SIMULATION.map(({ name }) => name).sort())
})

test('there are places for the faults of processes that are killed, and of those that share a database', () => {
  const alone = Object.values(troubles).flatMap((each) => ('before' in each ? [[each]] : []))
  expect(alone.length).toBeGreaterThan(0)
  for (const changes of [...alone, SHORT_LEASES, LAPSED_LEASES_LEFT, MATCHING_OUTSIDE_THE_CHANGE]) {
    expect(withoutPlace(changes)).toEqual([])
  }
})

test.each(OF_THE_WEB_APP)('for a story in a browser to notice it, there is one place where $name', (mutant) => {
  expect(textOf(mutant.file).split(mutant.before)).toHaveLength(2)
  expect(textOf('test', 'browser', `${mutant.story.file}.test.ts`)).toContain(mutant.story.test)
})

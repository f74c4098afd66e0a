import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IncomingOwner, incomingName, isAbandoned } from './incoming-name.ts'

const HOUR_MS = 3_600_000
const self: IncomingOwner = { place: 'aa11', pid: 7, startedAt: 1_000 }
const now = 50 * HOUR_MS

const abandoned = (owner: IncomingOwner, options: { ageMs: number; alive: number[] }) =>
  isAbandoned(
    { name: incomingName(owner, 'c0ffee'), modifiedAt: now - options.ageMs },
    { self, now, isAlive: (pid) => options.alive.includes(pid) },
  )

test('a file of this process is never abandoned, however long it has been quiet', () => {
  expect(abandoned(self, { ageMs: 100 * HOUR_MS, alive: [7] })).toBe(false)
})

test('a file of an earlier process with our id is abandoned at once', () => {
  expect(abandoned({ ...self, startedAt: 999 }, { ageMs: 0, alive: [7] })).toBe(true)
})

test('a file of a dead process here is abandoned at once, of a living one once it is quiet for an hour', () => {
  const other = { ...self, pid: 8 }
  expect(abandoned(other, { ageMs: 0, alive: [7] })).toBe(true)
  expect(abandoned(other, { ageMs: HOUR_MS, alive: [7, 8] })).toBe(false)
  expect(abandoned(other, { ageMs: HOUR_MS + 1, alive: [7, 8] })).toBe(true)
})

test('a file of a process elsewhere is judged by its age alone', () => {
  const elsewhere = { ...self, place: 'bb22' }
  expect(abandoned(elsewhere, { ageMs: HOUR_MS, alive: [] })).toBe(false)
  expect(abandoned(elsewhere, { ageMs: HOUR_MS + 1, alive: [7] })).toBe(true)
})

test('a file that is not ours is left alone', () => {
  fc.assert(
    fc.property(
      fc.string().filter((name) => !/^[0-9a-f]+-\d+-\d+-[0-9a-f]+$/.test(name)),
      (name) => !isAbandoned({ name, modifiedAt: 0 }, { self, now, isAlive: () => false }),
    ),
  )
})

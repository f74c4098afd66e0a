import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { StoredBlob } from './blob-store.ts'
import { GatheredNotes } from './gathered-notes.ts'

const blob = (key: string): StoredBlob => ({ key, size: 1, md5: '' })

/** Notes that are told of here, and accepted or refused when the test says so. */
function given() {
  const told: { keys: string[]; answer: PromiseWithResolvers<void> }[] = []
  const notes = new GatheredNotes((blobs) => {
    const answer = Promise.withResolvers<void>()
    told.push({ keys: blobs.map(({ key }) => key), answer })
    return answer.promise
  })
  return { told, notes }
}

test('an upload that is alone is noted at once, and heard of once it is noted', async () => {
  const { told, notes } = given()
  let heard = false
  const uploading = notes
    .noted(async () => blob('a'))
    .then(() => {
      heard = true
    })
  await setImmediate()
  expect(told.map(({ keys }) => keys)).toEqual([['a']])
  expect(heard).toBe(false)
  told[0]!.answer.resolve()
  await uploading
})

test('uploads that are under way together are noted together, by the last of them', async () => {
  const { told, notes } = given()
  const last = Promise.withResolvers<StoredBlob>()
  const uploads = [
    notes.noted(async () => blob('a')),
    notes.noted(async () => blob('b')),
    notes.noted(() => last.promise),
  ]
  last.resolve(blob('c'))
  await setImmediate()
  expect(told.map(({ keys }) => keys)).toEqual([['a', 'b', 'c']])
  told[0]!.answer.resolve()
  expect((await Promise.all(uploads)).map(({ key }) => key)).toEqual(['a', 'b', 'c'])
})

test('a long upload keeps others waiting for a moment only', async () => {
  const { told, notes } = given()
  const long = Promise.withResolvers<StoredBlob>()
  const uploading = notes.noted(() => long.promise)
  const short = notes.noted(async () => blob('short'))
  await expect.poll(() => told.length).toBe(1)
  told[0]!.answer.resolve()
  expect(await short).toEqual(blob('short'))
  long.resolve(blob('long'))
  await expect.poll(() => told.length).toBe(2)
  told[1]!.answer.resolve()
  await uploading
})

test('an upload that fails is not noted, and does not keep the others', async () => {
  const { told, notes } = given()
  const failing = Promise.withResolvers<StoredBlob>()
  const uploads = Promise.allSettled([notes.noted(async () => blob('a')), notes.noted(() => failing.promise)])
  failing.reject(new Error('cut off'))
  await expect.poll(() => told.map(({ keys }) => keys)).toEqual([['a']])
  told[0]!.answer.resolve()
  expect((await uploads).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

test('a note that fails is told to each upload, and the next note is a new one', async () => {
  const { told, notes } = given()
  const uploads = Promise.allSettled([notes.noted(async () => blob('a')), notes.noted(async () => blob('b'))])
  await expect.poll(() => told.length).toBe(1)
  told[0]!.answer.reject(new Error('no database'))
  expect((await uploads).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = notes.noted(async () => blob('a'))
  await expect.poll(() => told.length).toBe(2)
  told[1]!.answer.resolve()
  expect(await again).toEqual(blob('a'))
})

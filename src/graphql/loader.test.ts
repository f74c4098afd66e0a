import { expect, test } from 'vitest'
import type { Context } from './builder.ts'
import { batched } from './loader.ts'

const context = () => ({ loaders: new Map() }) as unknown as Context

test('keys asked for in one moment are loaded together, each once', async () => {
  const asked: number[][] = []
  const load = batched<number, string>(async (_context, keys) => {
    asked.push(keys)
    return new Map(keys.filter((key) => key > 0).map((key) => [key, `value ${key}`]))
  })
  const request = context()
  const first = await Promise.all([load(request, 1), load(request, 2), load(request, 1), load(request, -1)])
  expect(first).toEqual(['value 1', 'value 2', 'value 1', undefined])
  expect(await Promise.all([load(request, 2), load(request, 3)])).toEqual(['value 2', 'value 3'])
  expect(asked).toEqual([[1, 2, -1], [3]])

  await load(context(), 1)
  expect(asked, 'another request loads anew').toEqual([[1, 2, -1], [3], [1]])
})

test('very many keys are loaded in several calls, and a failure reaches all who wait for its call', async () => {
  const sizes: number[] = []
  const load = batched<number, number>(async (_context, keys) => {
    sizes.push(keys.length)
    if (keys.includes(2_000)) throw new Error('no such rows')
    return new Map(keys.map((key) => [key, key]))
  })
  const request = context()
  const settled = await Promise.allSettled(Array.from({ length: 2_500 }, (_, key) => load(request, key)))
  expect(sizes).toEqual([1_000, 1_000, 500])
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(2_000)
  expect(settled.slice(2_000).every(({ status }) => status === 'rejected')).toBe(true)
})

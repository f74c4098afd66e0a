import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

test('work of one name runs one after another in its order, also after a failure, and other work beside it', async () => {
  const inTurn = createTurns()
  const seen: string[] = []
  const gates = new Map<string, () => void>()
  const work =
    (what: string, fails = false) =>
    async () => {
      seen.push(`${what} begins`)
      await new Promise<void>((resolve) => gates.set(what, resolve))
      seen.push(`${what} ends`)
      if (fails) throw new Error(what)
      return what
    }
  const first = inTurn('a', work('first', true))
  const second = inTurn('a', work('second'))
  const other = inTurn('b', work('other'))
  expect(seen).toEqual(['first begins', 'other begins'])
  gates.get('first')?.()
  await expect(first).rejects.toThrow('first')
  await expect.poll(() => seen).toContain('second begins')
  gates.get('second')?.()
  gates.get('other')?.()
  expect([await second, await other]).toEqual(['second', 'other'])
  expect(seen.slice(0, 4)).toEqual(['first begins', 'other begins', 'first ends', 'second begins'])
})

import { expect, test } from 'vitest'
import { InPlace } from './in-place.ts'

test('after a write that was slow, or failed slowly, others write for a second', () => {
  let nowMs = 0
  const inPlace = new InPlace(() => nowMs)
  const takes = (ms: number) => () => {
    nowMs += ms
  }
  inPlace.run(takes(5))
  expect(inPlace.isQuick()).toBe(true)

  inPlace.run(takes(6))
  expect(inPlace.isQuick()).toBe(false)
  nowMs += 999
  expect(inPlace.isQuick()).toBe(false)
  nowMs += 1
  expect(inPlace.isQuick()).toBe(true)

  const fails = () => {
    nowMs += 50
    throw new Error('no space left')
  }
  expect(() => inPlace.run(fails)).toThrow('no space left')
  expect(inPlace.isQuick()).toBe(false)
})

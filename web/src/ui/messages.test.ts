import { expect, test } from 'vitest'
import { type Message, withNewest } from './messages'

const done = (message: string): Message => ({ message, color: 'green', autoClose: 4_000 })
const problem = (message: string): Message => ({ title: 'Refused', message, color: 'red', autoClose: false })
const words = (shown: { message: string }[]) => shown.map(({ message }) => message)

test('the newest message is always shown, and the last; what passes by itself gives way to what is to be read', () => {
  const shown = [problem('a'), done('b'), done('c')]
  expect(words(withNewest(shown, done('d'), 4))).toEqual(['a', 'b', 'c', 'd'])
  expect(words(withNewest(shown, done('d'), 3))).toEqual(['a', 'c', 'd'])
  expect(words(withNewest(shown, problem('d'), 2))).toEqual(['a', 'd'])
  expect(words(withNewest([problem('a'), problem('b')], done('c'), 2))).toEqual(['b', 'c'])
})

test('the same words are not said twice', () => {
  expect(words(withNewest([problem('a'), done('b')], problem('a'), 4))).toEqual(['b', 'a'])
  expect(words(withNewest([done('a')], problem('a'), 4))).toEqual(['a', 'a'])
})

import { expect, test } from 'vitest'
import { mentionOf, valuesIn } from './metric-values.ts'

const line = (logged: unknown, number = 0) => ({ line: number, content: JSON.stringify(logged) })
const valuesOf = (name: string, ...logged: unknown[]) =>
  valuesIn(
    name,
    logged.map((each, at) => line(each, at)),
  ).map(({ value }) => value)

test('values come with their line and step, and lines without one are passed over', () => {
  const lines = [line({ loss: 1, _step: 10 }, 4), line({ accuracy: 1 }, 5), line({ loss: 2 }, 6)]
  expect(valuesIn('loss', lines)).toEqual([
    { line: 4, value: 1, step: 10 },
    { line: 6, value: 2, step: null },
  ])
})

test('a metric is named as it was logged, or by its path into objects', () => {
  expect(valuesOf('eval/loss', { 'eval/loss': 1 })).toEqual([1])
  expect(valuesOf('eval.loss', { eval: { loss: 1 } }, { 'eval.loss': 2 }, { eval: { loss: 'none' } })).toEqual([1, 2])
  expect(valuesOf('a.b.c', { 'a.b': { c: 1 } }, { a: { 'b.c': 2 } }, { a: { b: { c: 3 } } })).toEqual([1, 2, 3])
  expect(valuesOf('größe', { größe: 1 })).toEqual([1])
  expect(valuesOf('cpu', { 'system.cpu': 50 })).toEqual([50])
  expect(valuesOf('system.cpu', { 'system.cpu': 50 })).toEqual([50])
})

test('only finite numbers count', () => {
  expect(
    valuesOf('loss', { loss: 'NaN' }, { loss: 'Infinity' }, { loss: null }, { loss: true }, { loss: [1] }),
  ).toEqual([])
  expect(valuesIn('loss', [{ line: 0, content: '{"loss": 1e999}' }])).toEqual([])
})

test('lines that are no JSON, and names that are no metric of theirs, are passed over', () => {
  expect(valuesIn('loss', [{ line: 0, content: '{"loss": ' }])).toEqual([])
  expect(valuesIn('loss', [{ line: 0, content: '["loss"]' }])).toEqual([])
  expect(valuesOf('constructor', { loss: 1 })).toEqual([])
})

test('every line that has a value mentions it', () => {
  for (const name of ['loss', 'eval/loss', 'a.b.c', 'größe', 'say "hi"', 'a<b', 'gpu.0.temp', '']) {
    expect(JSON.stringify({ [name]: 1 }), name).toContain(mentionOf(name))
  }
})

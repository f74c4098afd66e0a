import { expect, test } from 'vitest'
import { differences, metadataVariable, treeLines } from './metadata'

const closed = { isOpen: () => false }

test('a tree has a line for each value that is not under a closed branch', () => {
  const value = { a: 1, b: { c: [true, null] } }
  expect(treeLines(value, closed).map(({ path }) => path.join('.'))).toEqual(['a', 'b'])
  const all = treeLines(value, { isOpen: () => true })
  expect(all.map(({ path, depth, count }) => [path.join('.'), depth, count])).toEqual([
    ['a', 0, undefined],
    ['b', 0, 1],
    ['b.c', 1, 2],
    ['b.c.0', 2, undefined],
    ['b.c.1', 2, undefined],
  ])
})

test('a search shows what has the words and the way there, and nothing else', () => {
  const value = { eval: { accuracy: 0.93, auc: 0.9 }, note: 'accurate' }
  const found = (text: string) => treeLines(value, { ...closed, text }).map(({ path }) => path.join('.'))
  expect(found('ACCUR')).toEqual(['eval', 'eval.accuracy', 'note'])
  expect(found('0.93')).toEqual(['eval', 'eval.accuracy'])
  expect(found('nothing')).toEqual([])
})

test('differences are told leaf by leaf', () => {
  expect(differences({ a: 1, b: { c: 2 }, d: [1, 2] }, { a: 1, b: { c: 3, e: 4 }, d: [1] })).toEqual([
    { path: ['b', 'c'], kind: 'changed', before: 2, after: 3 },
    { path: ['b', 'e'], kind: 'added', after: 4 },
    { path: ['d', '1'], kind: 'removed', before: 2 },
  ])
  expect(differences({ a: {} }, { a: [] })).toHaveLength(1)
  expect(differences({ a: null }, { a: null })).toEqual([])
})

test('a path is a variable where a template can name it', () => {
  expect(metadataVariable(['eval', 'accuracy'])).toBe('${artifact_metadata.eval.accuracy}')
  expect(metadataVariable(['git.commit'])).toBeUndefined()
})

import { expect, test } from 'vitest'
import { parseCsv } from './csv'
import { decodeText, fileKind } from './file-kind'
import { fileUrl, listFolder, parentsOf } from './file-tree'

const entry = (path: string, size = 1) => ({ path, size, reference: null })

test('a folder shows its folders first, with what is in them in all', () => {
  const entries = [entry('a/b/c', 2), entry('a/d', 3), entry('e')]
  expect(listFolder(entries, '')).toMatchObject([
    { kind: 'folder', name: 'a', path: 'a', size: 5, fileCount: 2 },
    { kind: 'file', name: 'e' },
  ])
  expect(listFolder(entries, 'a').map(({ name }) => name)).toEqual(['b', 'd'])
  expect(listFolder(entries, '', 'B/').map(({ path }) => path)).toEqual(['a/b/c'])
  expect(parentsOf('a/b/c')).toEqual(['a', 'a/b'])
})

test('paths are encoded part by part', () => {
  const at = { entity: 'e', project: 'p q', collection: 'c', version: 'v0' }
  expect(fileUrl(at, 'a b/<c>?.txt')).toMatch(/p%20q\/collections\/c\/versions\/v0\/files\/a%20b\/%3Cc%3E%3F\.txt$/)
})

test('HTML and SVG are text, whatever else they could be', () => {
  expect(['x.html', 'x.svg', 'x.SVG', 'x', 'x.md'].map(fileKind)).toEqual(Array(5).fill('text'))
  expect([fileKind('a/plot.PNG'), fileKind('x.tsv'), fileKind('x.json')]).toEqual(['image', 'csv', 'json'])
})

test('text that was cut in the middle of a character is text still; other bytes are not', () => {
  const bytes = new TextEncoder().encode('aü')
  expect(decodeText(bytes.subarray(0, 2), true)).toBe('a')
  expect(decodeText(bytes.subarray(0, 2), false)).toBeUndefined()
  expect(decodeText(new Uint8Array([65, 0, 66]), false)).toBeUndefined()
})

test('CSV is read with its quotes, up to a bound, without the row that was cut', () => {
  const options = { separator: ',', rowsMax: 10, isCut: false }
  expect(parseCsv('a,b\r\n"x, ""y""\nz",2', options)).toEqual([
    ['a', 'b'],
    ['x, "y"\nz', '2'],
  ])
  expect(parseCsv('a\nb\nc', { ...options, isCut: true })).toEqual([['a'], ['b']])
  expect(parseCsv('a\nb\nc', { ...options, rowsMax: 1 })).toEqual([['a']])
})

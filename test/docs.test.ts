import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PAGES } from '../scripts/docs.ts'
import { VERDICT_REASONS } from '../src/deliveries/verdict.ts'
import { TARGETS } from '../src/webhooks/target.ts'

test.each(Object.keys(PAGES))('%s says what the code does (else: node scripts/docs.ts)', (path) => {
  expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(PAGES[path]!())
})

const textOf = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')

test('every target has its line among those of the webhooks', () => {
  const named = Array.from(
    textOf('docs/webhooks.md').matchAll(/^\| `([a-z_]+)` \|.*\|.*\|.*\|.*\|.*\|$/gm),
    ([, name]) => name,
  )
  expect(named).toEqual([...TARGETS])
})

test('every reason of a verdict stands in the table of what becomes of an attempt', () => {
  const table = textOf('docs/delivery-states.md').split('## What becomes of an attempt')[1]!
  const rows = table.split('\n').filter((line) => line.startsWith('| '))
  const named = rows.flatMap((row) => Array.from(row.split('|')[2]!.matchAll(/`([a-z_]+)`/g), ([, name]) => name!))
  expect(named.sort()).toEqual([...VERDICT_REASONS].sort())
})

test('every benchmark has its command where its figures are, and every such command a benchmark', () => {
  const text = ['performance', 'scaling'].map((page) => textOf(`docs/${page}.md`)).join('\n')
  const named = Array.from(text.matchAll(/`npm run bench -- ([a-z]+)/g), ([, name]) => name!)
  const benchmarks = readdirSync(join(import.meta.dirname, '..', 'bench')).filter((name) => name.endsWith('.ts'))
  expect([...new Set(named)].sort()).toEqual(benchmarks.map((name) => name.slice(0, -3)).sort())
})

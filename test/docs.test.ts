import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PAGES } from '../scripts/docs.ts'

test.each(Object.keys(PAGES))('%s says what the code does (else: node scripts/docs.ts)', (path) => {
  expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(PAGES[path]!())
})

/** Patterns in the filters of lists: both engines find the same. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseListFilter } from '../src/artifacts/list-filter.ts'
import { COLLECTION_FILTERS } from '../src/artifacts/listings.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const TEXTS = ['model', 'Model-2', 'my model', 'a.b', 'a\\b', 'x1y22', 'tab\there', '(paren)', 'über', 'two\nlines']

const PATTERNS: [pattern: string, found: string[]][] = [
  ['^model$', ['model']],
  ['(?i)^MODEL', ['model', 'Model-2']],
  ['\\bmodel\\b', ['model', 'my model']],
  ['\\Bodel', ['model', 'Model-2', 'my model']],
  ['\\Amo', ['model']],
  ['-2\\z', ['Model-2']],
  ['a\\.b', ['a.b']],
  ['a.b', ['a.b', 'a\\b']],
  ['a\\\\b', ['a\\b']],
  ['\\d{2,}', ['x1y22']],
  ['[0-9]+y', ['x1y22']],
  ['[^a-zA-Z .\\\\\\d]', ['Model-2', 'tab\there', '(paren)', 'über', 'two\nlines']],
  ['\\t', ['tab\there']],
  ['\\(\\w+\\)', ['(paren)']],
  ['[[:upper:]]', ['Model-2']],
  ['^(?:model|a.b)$', ['model', 'a.b', 'a\\b']],
  ['two\\nlines', ['two\nlines']],
  ['nothing', []],
]

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test.each(PATTERNS)('%j', async (pattern, found) => {
    expect(parseListFilter(JSON.stringify({ name: { $regex: pattern } }), COLLECTION_FILTERS)).toBeDefined()
    const { read, engine: of } = server.world.db
    const matching: string[] = []
    for (const text of TEXTS) {
      const { rows } = await sql`select 1 as n where ${of.matches(sql`cast(${text} as text)`, pattern)}`.execute(read)
      if (rows.length > 0) matching.push(text)
    }
    expect(matching).toEqual(found)
  })
})

import { expect, test } from 'vitest'
import { prettyBody } from './pretty-body'

test.each([
  ['{"a":[1,2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}'],
  ['ok', 'ok'],
  ['{"broken', '{"broken'],
  ['{"id":12345678901234567890}', '{"id":12345678901234567890}'],
])('%s', (text, shown) => {
  expect(prettyBody(text)).toBe(shown)
})

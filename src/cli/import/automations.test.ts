import { expect, test } from 'vitest'
import { innerFilter, secretsIn } from './automations.ts'

test.each([
  ['{"filter": "{\\"$or\\": []}"}', '{"$or": []}'],
  ['{"filter": {"$or": []}}', '{"$or":[]}'],
  ['{"$or": []}', '{"$or": []}'],
  ['{"filter": "a", "more": 1}', '{"filter": "a", "more": 1}'],
])('the filter %s is written as %s', (answered, written) => {
  expect(innerFilter(answered)).toBe(written)
})

test('names in capitals are taken for secrets, each once', () => {
  expect(secretsIn('{"a": "${TOKEN} ${alias} ${A_KEY2}", "b": "${TOKEN}"}')).toEqual(['A_KEY2', 'TOKEN'])
  expect(secretsIn(null)).toEqual([])
})

import { expect, test } from 'vitest'
import { testPattern } from './pattern'

test.each([
  ['^prod', ['prod-eu']],
  ['(?i)PROD', ['prod-eu', 'eu-prod']],
  ['eu\\z', ['prod-eu']],
  ['(?P<x>eu)-prod', ['eu-prod']],
  ['^$', []],
])('%s', (pattern, matching) => {
  const tested = testPattern(pattern, ['prod-eu', 'eu-prod', 'staging'])
  expect(tested?.filter(({ matches }) => matches).map(({ name }) => name)).toEqual(matching)
})

test.each(['', '(', '(?!x)', '(?<=x)y', '(a)\\1', '\\pL'])('%j is left to the server', (pattern) => {
  expect(testPattern(pattern, ['a'])).toBeUndefined()
})

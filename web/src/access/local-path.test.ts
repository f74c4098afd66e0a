import { expect, test } from 'vitest'
import { localPath } from './local-path'

test.each([
  [null, '/'],
  ['', '/'],
  ['/account?tab=a#b', '/account?tab=a#b'],
  ['/vision/cats/artifacts/model/a%20b', '/vision/cats/artifacts/model/a%20b'],
  ['account', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['\\\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/\n/evil.example', '/'],
  ['https://evil.example/', '/'],
  ['https:evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['data:text/html,x', '/'],
  ['/login', '/'],
  ['/login?next=/login', '/'],
])('%j leads to %s', (next, path) => {
  expect(localPath(next)).toBe(path)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDomainAllowed, localPath, usernamesFor } from './oidc.ts'

test.each([
  ['/', '/'],
  ['/team/project?x=1#part', '/team/project?x=1#part'],
  ['/a/../b', '/b'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/..//evil.example', '/'],
  ['/.//evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['', '/'],
  [undefined, '/'],
  [['/a'], '/'],
])('%j leads to %s', (next, path) => {
  expect(localPath(next)).toBe(path)
})

test('whatever is given, it leads to this server', () => {
  const paths = fc.oneof(
    fc.webUrl(),
    fc.string().map((text) => `/${text}`),
    fc.stringMatching(/^[/\\.\t\n@:a?#]{0,12}$/),
  )
  fc.assert(
    fc.property(paths, (next) => {
      const path = localPath(next)
      expect(path).toMatch(/^\/(?![/\\])/)
      expect(new URL(path, 'https://tripline.example').origin).toBe('https://tripline.example')
    }),
    { numRuns: 2_000 },
  )
})

test('a username is made of what there is', () => {
  expect(usernamesFor({ username: 'Ada.Löve', email: undefined })[0]).toBe('Ada-Love')
  expect(usernamesFor({ username: undefined, email: 'grace@example.com' }).slice(0, 2)).toEqual(['grace', 'grace-2'])
  expect(usernamesFor({ username: '…', email: undefined })[0]).toBe('user')
  fc.assert(
    fc.property(fc.string(), (username) => {
      for (const name of usernamesFor({ username, email: undefined })) expect(name).toMatch(/^[A-Za-z0-9][\w-]{0,63}$/)
    }),
  )
})

test('only verified addresses in one of the domains get in, if there are any', () => {
  const of = (email: string | undefined, emailVerified: boolean) => ({ email, emailVerified })
  expect(isDomainAllowed(of(undefined, false), [])).toBe(true)
  expect(isDomainAllowed(of('a@Example.com', true), ['example.com'])).toBe(true)
  expect(isDomainAllowed(of('a@example.com', false), ['example.com'])).toBe(false)
  expect(isDomainAllowed(of('a@sub.example.com', true), ['example.com'])).toBe(false)
  expect(isDomainAllowed(of('a@example.com@evil.example', true), ['example.com'])).toBe(false)
  expect(isDomainAllowed(of(undefined, true), ['example.com'])).toBe(false)
})

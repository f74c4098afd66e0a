import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatVersion, parseVersionName, parseVersionPath } from './version-name.ts'

test('a version number reads back as itself', () => {
  fc.assert(
    fc.property(fc.nat(), (version) => {
      expect(parseVersionName(formatVersion(version))).toEqual({ kind: 'number', version })
    }),
  )
})

test('what is not exactly a version number is an alias', () => {
  for (const alias of ['latest', 'v01', 'v', 'V1', 'v-1', 'v1.0', 'v1 ', 'v99999999999999999']) {
    expect(parseVersionName(alias)).toEqual({ kind: 'alias', alias })
  }
})

test('a path names a collection and a version, or its latest', () => {
  expect(parseVersionPath('churn:v3')).toEqual({ collection: 'churn', version: { kind: 'number', version: 3 } })
  expect(parseVersionPath('churn:prod')).toEqual({ collection: 'churn', version: { kind: 'alias', alias: 'prod' } })
  for (const path of ['churn', 'churn:']) {
    expect(parseVersionPath(path)).toEqual({ collection: 'churn', version: { kind: 'alias', alias: 'latest' } })
  }
  expect(parseVersionPath('a:b:c').version).toEqual({ kind: 'alias', alias: 'b:c' })
})

import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

test.each([
  ['alais', 'alias'],
  ['Alias', 'alias'],
  ['aliass', 'alias'],
  ['artifact_verison', 'artifact_version'],
  ['entity', 'entity'],
  ['zzz', undefined],
  ['', undefined],
  ['a'.repeat(10_000), undefined],
])('the name nearest to %s is %s', (written, nearest) => {
  expect(nearestName(written, ['alias', 'entity', 'artifact_version', 'a'.repeat(200)])).toBe(nearest)
})

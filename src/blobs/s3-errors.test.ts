import { expect, test } from 'vitest'
import type { S3Settings } from '../runtime/config-s3.ts'
import { explainS3Error, isAbsent, startProblem } from './s3-errors.ts'

const SETTINGS: S3Settings = {
  bucket: 'models',
  prefix: '',
  region: 'eu-west-1',
  endpoint: undefined,
  publicEndpoint: undefined,
  pathStyle: false,
  direct: true,
}

test.each([
  [{ name: 'CredentialsProviderError' }, 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'],
  [{ name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } }, 'the credentials are not valid'],
  [{ name: 'RequestTimeTooSkewed', $metadata: { httpStatusCode: 403 } }, 'the clock of this machine is wrong'],
  [{ name: '301', $metadata: { httpStatusCode: 301 } }, 'Set TRIPLINE_S3_REGION to where it is'],
  [{ name: 'NotFound', $metadata: { httpStatusCode: 404 } }, 'there is no such bucket. Create it'],
  [{ name: '403', $metadata: { httpStatusCode: 403 } }, 'They need s3:PutObject'],
  [{ name: 'Error', code: 'ENOTFOUND' }, 'S3 does not answer (ENOTFOUND)'],
  [{ name: 'Odd', message: 'something else' }, 'something else'],
])('%o is told in words for the operator', (error, words) => {
  const { message } = explainS3Error(error, SETTINGS)
  expect(message).toMatch(/^The bucket "models" \(region eu-west-1\) cannot be used: /)
  expect(message).toContain(words)
})

test('a clock that is off would make every URL useless, so the start says it', () => {
  expect(startProblem({ isSame: true, clockOffsetMs: 60_000 })).toBeUndefined()
  expect(startProblem({ isSame: true, clockOffsetMs: -20 * 60_000 })).toContain('20 minutes off')
  expect(startProblem({ isSame: false, clockOffsetMs: 0 })).toBe('what was written is not what is read')
})

test('an object that is not there is no failure; a bucket that is not there is one', () => {
  expect(isAbsent({ name: 'NoSuchKey' })).toBe(true)
  expect(isAbsent({ name: 'NotFound', $metadata: { httpStatusCode: 404 } })).toBe(true)
  expect(isAbsent({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } })).toBe(false)
  expect(isAbsent(undefined)).toBe(false)
})

import type { S3Settings } from '../runtime/config-s3.ts'

/** S3 refuses requests, and presigned URLs, that are more than 15 minutes off. */
const CLOCK_OFFSET_MS_MAX = 5 * 60_000

const S3_RIGHTS =
  's3:PutObject, s3:GetObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects, ' +
  's3:ListBucket and s3:ListBucketMultipartUploads on itself'

type S3Error = { name?: string; code?: string; message?: string; $metadata?: { httpStatusCode?: number } }

/** Whether S3 said that there is no such object, or no such upload. */
export function isAbsent(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as S3Error
  if (name === 'NoSuchBucket') return false
  return name === 'NoSuchKey' || name === 'NoSuchUpload' || name === 'NotFound' || $metadata?.httpStatusCode === 404
}

/** What is wrong with a bucket that answers; `undefined`: nothing. */
export function startProblem(found: { isSame: boolean; clockOffsetMs: number }): string | undefined {
  if (!found.isSame) return 'what was written is not what is read'
  const minutes = Math.round(Math.abs(found.clockOffsetMs) / 60_000)
  if (Math.abs(found.clockOffsetMs) > CLOCK_OFFSET_MS_MAX) {
    return `the clock of this machine is ${minutes} minutes off that of S3, which would refuse the URLs we sign. Set it, for instance by NTP`
  }
  return undefined
}

/** The same failure in words for the operator: what is wrong and what to set. The cause never holds a secret. */
export function explainS3Error(error: unknown, settings: S3Settings): Error {
  const { bucket, region, endpoint } = settings
  const where = endpoint === undefined ? `region ${region}` : endpoint
  return new Error(`The bucket "${bucket}" (${where}) cannot be used: ${reasonOf(error as S3Error, settings)}.`, {
    cause: error,
  })
}

function reasonOf(error: S3Error, { bucket, region, endpoint }: S3Settings): string {
  const { name = '', code = '', message = '', $metadata } = error
  const status = $metadata?.httpStatusCode
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role'
  }
  if (name === 'InvalidAccessKeyId' || name === 'SignatureDoesNotMatch' || name === 'ExpiredToken') {
    return `the credentials are not valid (${name}). Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN`
  }
  if (name === 'RequestTimeTooSkewed') return 'the clock of this machine is wrong. Set it, for instance by NTP'
  if (status === 301 || name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed') {
    return `it is not in region ${region}. Set TRIPLINE_S3_REGION to where it is`
  }
  if (name === 'NoSuchBucket' || status === 404) {
    return `there is no such bucket. Create it, or correct TRIPLINE_BLOBS (s3://${bucket}/…)`
  }
  if (status === 403) return `these credentials may not use it. They need ${S3_RIGHTS}`
  if (code !== '' || name === 'TimeoutError') {
    const target = endpoint === undefined ? 'S3' : 'TRIPLINE_S3_ENDPOINT'
    return `${target} does not answer (${code === '' ? name : code})`
  }
  return message === '' ? name : message
}

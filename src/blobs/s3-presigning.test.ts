import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { presignS3Url } from './s3-presigning.ts'

const nowMs = Date.UTC(2026, 10, 28, 12)

test('signs as the SDK does, whatever is bound', async () => {
  const cases = fc.record({
    key: fc
      .stringMatching(/^[a-z0-9 ()'*!~_.-]{1,20}(\/[0-9a-f]{40})?$/)
      .filter((key) => !/(^|\/)\.{1,2}(\/|$)/.test(key)),
    sessionToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
    md5: fc.base64String({ minLength: 24, maxLength: 24 }),
    isPathStyle: fc.boolean(),
    expiresInSeconds: fc.integer({ min: 1, max: 7 * 86_400 }),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ key, sessionToken, md5, isPathStyle, expiresInSeconds }) => {
      const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG', sessionToken }
      const client = new S3Client({
        region: 'eu-west-1',
        endpoint: 'https://objects.example.com',
        forcePathStyle: isPathStyle,
        credentials: { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) } as never,
        requestChecksumCalculation: 'WHEN_REQUIRED',
      })
      const command = new PutObjectCommand({ Bucket: 'models', Key: key, ContentMD5: md5 })
      const theirs = new URL(
        await getSignedUrl(client, command, {
          expiresIn: expiresInSeconds,
          signingDate: new Date(nowMs),
          unhoistableHeaders: new Set(['content-md5']),
          signableHeaders: new Set(['host', 'content-md5']),
        }),
      )
      client.destroy()
      const ours = new URL(
        presignS3Url({
          method: 'PUT',
          bucketUrl: isPathStyle ? 'https://objects.example.com/models' : 'https://models.objects.example.com',
          key,
          region: 'eu-west-1',
          credentials,
          headers: { 'content-md5': md5 },
          query: { 'x-id': 'PutObject' },
          expiresInSeconds,
          nowMs,
        }),
      )
      expect(Object.fromEntries(ours.searchParams)).toEqual(Object.fromEntries(theirs.searchParams))
      expect(`${ours.origin}${ours.pathname}`).toBe(`${theirs.origin}${theirs.pathname}`)
    }),
    { numRuns: 60 },
  )
})

import type { S3Client } from '@aws-sdk/client-s3'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { S3Settings } from '../runtime/config-s3.ts'
import { type ArrivedBlob, assertBlobKey, type DirectAccess } from './blob-store.ts'
import { downloadHeaders } from './download-headers.ts'
import { isAbsent } from './s3-errors.ts'
import { presignS3Url, type S3Credentials } from './s3-presigning.ts'
import { DOWNLOAD_URL_TTL_MS, UPLOAD_URL_TTL_MS } from './signed-url.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

const CREDENTIALS_EVERY_MS = 60_000
const CONTENT_TYPE = 'application/octet-stream'

/**
 * The URLs by which clients reach a bucket. They are signed without asking anybody, so the credentials of a role, which
 * end after some hours, are renewed in the background while they still last.
 */
export class S3Direct implements DirectAccess {
  readonly #sdk: Sdk
  readonly #client: S3Client
  readonly #settings: S3Settings
  readonly #bucketUrl: string
  #credentials: S3Credentials | undefined
  #renewing: NodeJS.Timeout | undefined

  constructor(sdk: Sdk, client: S3Client, settings: S3Settings) {
    this.#sdk = sdk
    this.#client = client
    this.#settings = settings
    this.#bucketUrl = bucketUrlOf(settings)
  }

  async refreshCredentials(): Promise<void> {
    this.#credentials = await this.#client.config.credentials()
  }

  keepCredentials(): void {
    // Those we have go on being used where renewing fails: S3 then says what is wrong with them.
    this.#renewing = setInterval(() => this.refreshCredentials().catch(() => {}), CREDENTIALS_EVERY_MS).unref()
  }

  close(): void {
    clearInterval(this.#renewing)
  }

  uploadTarget(key: string, md5: string): { url: string; headers: string[] } {
    const headers = { 'content-md5': md5, 'content-type': CONTENT_TYPE }
    const url = this.#presign('PUT', key, { headers, ttlMs: UPLOAD_URL_TTL_MS })
    return { url, headers: [`Content-MD5:${md5}`, `Content-Type:${CONTENT_TYPE}`] }
  }

  downloadUrl(key: string, about: { filename: string; contentType?: string | undefined }): string {
    const { disposition, contentType } = downloadHeaders(about)
    const query = { 'response-content-disposition': disposition, 'response-content-type': contentType }
    return this.#presign('GET', key, { query, ttlMs: DOWNLOAD_URL_TTL_MS })
  }

  async arrived(key: string): Promise<ArrivedBlob | undefined> {
    try {
      const head = await this.#client.send(new this.#sdk.HeadObjectCommand(this.#object(key)))
      const etag = head.ETag?.replaceAll('"', '') ?? ''
      // Encrypted under a key of KMS, an object has an ETag that tells nothing of its bytes.
      const isMd5 = /^[0-9a-f]{32}$/.test(etag) && !(head.ServerSideEncryption ?? '').startsWith('aws:kms')
      return {
        size: head.ContentLength ?? 0,
        md5: isMd5 ? Buffer.from(etag, 'hex').toString('base64') : undefined,
        inParts: etag.includes('-'),
      }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  async beginParts(key: string, md5s: readonly string[]): Promise<{ uploadId: string; urls: string[] }> {
    const { UploadId } = await this.#client.send(
      new this.#sdk.CreateMultipartUploadCommand({ ...this.#object(key), ContentType: CONTENT_TYPE }),
    )
    assert(UploadId !== undefined, 'an upload that was begun has an id')
    const urls = md5s.map((md5, index) =>
      this.#presign('PUT', key, {
        headers: { 'content-md5': md5 },
        query: { partNumber: String(index + 1), uploadId: UploadId },
        ttlMs: UPLOAD_URL_TTL_MS,
      }),
    )
    return { uploadId: UploadId, urls }
  }

  async completeParts(
    key: string,
    uploadId: string,
    parts: readonly { number: number; etag: string }[],
  ): Promise<void> {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }))
    try {
      await this.#client.send(
        new this.#sdk.CompleteMultipartUploadCommand({
          ...this.#object(key),
          UploadId: uploadId,
          MultipartUpload: { Parts },
        }),
      )
    } catch (error) {
      // The upload is gone once it was completed, and whoever lost that answer asks again.
      if (isAbsent(error) && (await this.arrived(key))?.inParts === true) return
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 500
      if (status >= 500 || status === 403) throw error
      throw new Refusal(
        'upload_incomplete',
        `The parts do not make the file: ${(error as Error).name}. Upload all of them again.`,
      )
    }
  }

  #presign(
    method: 'GET' | 'PUT',
    key: string,
    bound: { headers?: Record<string, string>; query?: Record<string, string>; ttlMs: number },
  ): string {
    assertBlobKey(key)
    assert(this.#credentials !== undefined, 'a store that has started has credentials')
    return presignS3Url({
      method,
      bucketUrl: this.#bucketUrl,
      key: `${this.#settings.prefix}${key}`,
      region: this.#settings.region,
      credentials: this.#credentials,
      headers: bound.headers ?? {},
      query: bound.query ?? {},
      expiresInSeconds: bound.ttlMs / 1_000,
      nowMs: Date.now(),
    })
  }

  #object(key: string): { Bucket: string; Key: string } {
    assertBlobKey(key)
    return { Bucket: this.#settings.bucket, Key: `${this.#settings.prefix}${key}` }
  }
}

/** Where clients find the bucket. */
function bucketUrlOf({ bucket, region, endpoint, publicEndpoint, pathStyle }: S3Settings): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(publicEndpoint ?? endpoint ?? `https://s3.${region}.${suffix}`)
  const path = url.pathname.replace(/\/$/, '')
  return pathStyle ? `${url.origin}${path}/${bucket}` : `${url.protocol}//${bucket}.${url.host}${path}`
}

import { createHash, randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { _Object, S3Client } from '@aws-sdk/client-s3'
import { Refusal } from '../refusal.ts'
import type { S3Settings } from '../runtime/config-s3.ts'
import {
  assertBlobKey,
  type BlobStore,
  type ByteRange,
  isBlobKey,
  type ListedBlob,
  type PutOptions,
  type StoredBlob,
} from './blob-store.ts'
import { assertExpected, assertWithin, conflict, digestUpload, md5Of } from './received.ts'
import { S3Direct } from './s3-direct.ts'
import { explainS3Error, isAbsent, startProblem } from './s3-errors.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

/**
 * What one request carries of bytes that go through us: more with each thousand parts, since S3 takes no more than ten
 * thousand. So 430 GiB go through at the most, and hold 80 MiB of memory by then.
 */
const PART_BYTES = 8 * 1024 ** 2
const PARTS_A_SIZE = 1_000
const PARTS_MAX = 10_000
const REQUEST_ATTEMPTS_MAX = 4
const CONNECT_MS_MAX = 5_000
/** Between two bytes of an answer. */
const SILENCE_MS_MAX = 60_000
const PAGE = 1_000

/**
 * Blobs as objects of an S3 bucket: `<prefix>/<key>`. The bucket must exist.
 *
 * Clients bring and fetch the bytes of artifacts there themselves (`direct`). What comes through us, such as the small
 * files of runs, is hashed on the way, and S3 compares the MD5 of each request with what it got.
 *
 * The SDK is loaded here and not before: it costs a start a tenth of a second, and a server without S3 nothing.
 *
 * @throws Error, with a message for the operator, when the bucket cannot be used
 */
export async function openS3(settings: S3Settings): Promise<BlobStore> {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    maxAttempts: REQUEST_ATTEMPTS_MAX,
    requestHandler: { connectionTimeout: CONNECT_MS_MAX, socketTimeout: SILENCE_MS_MAX },
    // The newer checksums are in trailers that not every server of this protocol takes; Content-MD5 all of them do.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const store = new S3Store(sdk, client, settings)
  try {
    await store.start()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

class S3Store implements BlobStore {
  readonly #sdk: Sdk
  readonly #client: S3Client
  readonly #settings: S3Settings
  readonly #direct: S3Direct

  constructor(sdk: Sdk, client: S3Client, settings: S3Settings) {
    this.#sdk = sdk
    this.#client = client
    this.#settings = settings
    this.#direct = new S3Direct(sdk, client, settings)
  }

  readonly deferred = undefined

  get direct(): S3Direct | undefined {
    return this.#settings.direct ? this.#direct : undefined
  }

  /** Writes, reads and removes an object, so that whatever is missing shows now and not at the first upload. */
  async start(): Promise<void> {
    const key = randomBytes(20).toString('hex')
    try {
      await this.check()
      await this.#direct.refreshCredentials()
      const probe = randomBytes(32)
      const stored = await this.put(key, oneChunk(probe), { sizeMax: probe.length })
      const found = await this.open(key)
      const isSame = found !== undefined && (await md5Of(found)) === stored.md5
      await this.delete(key)
      const problem = startProblem({ isSame, clockOffsetMs: this.#client.config.systemClockOffset })
      if (problem !== undefined) throw new Error(problem)
    } catch (error) {
      throw explainS3Error(error, this.#settings)
    }
    this.#direct.keepCredentials()
  }

  async put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob> {
    if ((await this.stat(key)) !== undefined) return this.#receiveAgain(key, source, options)
    const hash = createHash('md5')
    const upload = new PartsUpload(this.#sdk, this.#client, this.#object(key))
    try {
      for await (const chunk of source) {
        assertWithin(upload.size + chunk.length, options)
        hash.update(chunk)
        await upload.take(chunk)
      }
      const received = { key, size: upload.size, md5: hash.digest('base64') }
      assertExpected(received, options)
      await upload.finish()
      return received
    } catch (error) {
      await upload.abort()
      throw error
    }
  }

  async #receiveAgain(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob> {
    const received = await digestUpload(key, source, options)
    const there = await this.open(key)
    if (there === undefined || (await md5Of(there)) !== received.md5) throw conflict()
    return received
  }

  async open(key: string, range?: ByteRange): Promise<Readable | undefined> {
    try {
      const { Body } = await this.#client.send(
        new this.#sdk.GetObjectCommand({
          ...this.#object(key),
          ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
        }),
      )
      return Body as Readable
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  async stat(key: string): Promise<{ size: number } | undefined> {
    try {
      const { ContentLength } = await this.#client.send(new this.#sdk.HeadObjectCommand(this.#object(key)))
      return { size: ContentLength ?? 0 }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new this.#sdk.DeleteObjectCommand(this.#object(key)))
  }

  async check(): Promise<void> {
    await this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket: this.#settings.bucket }))
  }

  async *list(after?: string): AsyncGenerator<ListedBlob> {
    const { bucket, prefix } = this.#settings
    let startAfter = after === undefined ? undefined : `${prefix}${after}`
    for (;;) {
      const page = await this.#client.send(
        new this.#sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: PAGE,
          ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
        }),
      )
      const objects: _Object[] = page.Contents ?? []
      for (const object of objects) {
        const key = object.Key!.slice(prefix.length)
        // What else lies in the bucket is not ours.
        if (isBlobKey(key)) yield { key, size: object.Size ?? 0, storedAt: object.LastModified!.getTime() }
      }
      startAfter = objects.at(-1)?.Key
      if (page.IsTruncated !== true || startAfter === undefined) return
    }
  }

  async dropUnfinished(before: number): Promise<void> {
    const { bucket, prefix } = this.#settings
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (;;) {
      // Not by prefix: MinIO takes that for the whole name of an object.
      const page = await this.#client.send(new this.#sdk.ListMultipartUploadsCommand({ Bucket: bucket, ...marker }))
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        const isOurs = Key!.startsWith(prefix) && isBlobKey(Key!.slice(prefix.length))
        if (!isOurs || Initiated!.getTime() >= before) continue
        await this.#client
          .send(new this.#sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
          .catch(ignoreAbsent)
      }
      if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return
      marker = {
        KeyMarker: page.NextKeyMarker,
        ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
      }
    }
  }

  async close(): Promise<void> {
    this.#direct.close()
    this.#client.destroy()
  }

  #object(key: string): { Bucket: string; Key: string } {
    assertBlobKey(key)
    return { Bucket: this.#settings.bucket, Key: `${this.#settings.prefix}${key}` }
  }
}

/** An object in the making: in one request if it is small, else part by part, of which it holds one. */
class PartsUpload {
  readonly #sdk: Sdk
  readonly #client: S3Client
  readonly #object: { Bucket: string; Key: string }
  readonly #parts: { PartNumber: number; ETag: string | undefined }[] = []
  #filling: Uint8Array[] = []
  #filledBytes = 0
  #uploadId: string | undefined
  size = 0

  constructor(sdk: Sdk, client: S3Client, object: { Bucket: string; Key: string }) {
    this.#sdk = sdk
    this.#client = client
    this.#object = object
  }

  async take(chunk: Uint8Array): Promise<void> {
    // The giver takes the memory back.
    this.#filling.push(Buffer.from(chunk))
    this.#filledBytes += chunk.length
    this.size += chunk.length
    const partBytes = PART_BYTES * (1 + Math.floor(this.#parts.length / PARTS_A_SIZE))
    if (this.#filledBytes >= partBytes) await this.#sendPart()
  }

  async finish(): Promise<void> {
    if (this.#uploadId === undefined) {
      const Body = this.#takeFilled()
      await this.#client.send(new this.#sdk.PutObjectCommand({ ...this.#object, Body, ContentMD5: md5(Body) }))
      return
    }
    if (this.#filledBytes > 0) await this.#sendPart()
    await this.#client.send(
      new this.#sdk.CompleteMultipartUploadCommand({
        ...this.#object,
        UploadId: this.#uploadId,
        MultipartUpload: { Parts: this.#parts },
      }),
    )
  }

  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return
    // What cannot be aborted now is dropped as unfinished later; it must not hide why the upload failed.
    await this.#client
      .send(new this.#sdk.AbortMultipartUploadCommand({ ...this.#object, UploadId: this.#uploadId }))
      .catch(() => {})
  }

  async #sendPart(): Promise<void> {
    if (this.#parts.length === PARTS_MAX) {
      throw new Refusal('body_too_large', 'No more than 430 GiB go through the server: set TRIPLINE_S3_DIRECT to "on"')
    }
    this.#uploadId ??= (await this.#client.send(new this.#sdk.CreateMultipartUploadCommand(this.#object))).UploadId
    const PartNumber = this.#parts.length + 1
    const Body = this.#takeFilled()
    const { ETag } = await this.#client.send(
      new this.#sdk.UploadPartCommand({
        ...this.#object,
        UploadId: this.#uploadId,
        PartNumber,
        Body,
        ContentMD5: md5(Body),
      }),
    )
    this.#parts.push({ PartNumber, ETag })
  }

  #takeFilled(): Buffer {
    const filled = Buffer.concat(this.#filling)
    this.#filling = []
    this.#filledBytes = 0
    return filled
  }
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64')
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function ignoreAbsent(error: unknown): void {
  if (!isAbsent(error)) throw error
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, vi } from 'vitest'
import { toolPath } from './tools.ts'

/** Ends with us, however we end: then nobody holds the other end of its input. */
const MOTO = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(["-H", "127.0.0.1", "-p", "0"])
`

export type S3Server = {
  url: string
  client: S3Client
  /** A server's environment for this bucket, which exists. */
  env(bucket: string): Promise<Record<string, string>>
  /** Names of the objects in the bucket. */
  objects(bucket: string): Promise<string[]>
  bytes(bucket: string, name: string): Promise<Buffer>
  [Symbol.asyncDispose](): Promise<void>
}

/** One server for the tests of this `describe`, there once they run. */
export function sharedS3Server(): () => S3Server {
  let server: S3Server | undefined
  beforeAll(async () => {
    server = await startS3Server()
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })
  return () => {
    if (server === undefined) throw new Error('the S3 server has not started yet')
    return server
  }
}

/**
 * A server that speaks S3, on a port of its own, empty: moto. For tests under `describeWithTool('s3', …)`.
 *
 * moto looks neither at signatures nor at Content-MD5. MinIO does: with `TRIPLINE_TEST_MINIO`, the path of its program,
 * the same tests run against that.
 */
async function startS3Server(): Promise<S3Server> {
  const credentials = { accessKeyId: 'AKIATESTING', secretAccessKey: 'a-secret-that-nobody-shows' }
  const minio = process.env.TRIPLINE_TEST_MINIO
  const data = mkdtempSync(join(tmpdir(), 'tripline-s3-'))
  const child =
    minio === undefined
      ? spawn(toolPath('s3'), ['-c', MOTO], { stdio: ['pipe', 'ignore', 'pipe'] })
      : spawn(minio, ['server', '--address', '127.0.0.1:0', data], {
          stdio: ['pipe', 'pipe', 'pipe'],
          env: {
            ...process.env,
            MINIO_ROOT_USER: credentials.accessKeyId,
            MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
          },
        })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(0, 100_000)
    })
  }
  const found = () => /(?:Running on|API:) +(http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]
  await vi.waitUntil(() => found() !== undefined || child.exitCode !== null, { timeout: 60_000, interval: 20 })
  const url = found()
  if (url === undefined) throw new Error(`the S3 server did not start: ${output}`)

  // The server under test finds them as every AWS program does.
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
  const client = new S3Client({ region: 'us-east-1', endpoint: url, forcePathStyle: true, credentials })
  return {
    url,
    client,
    async env(bucket) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return { TRIPLINE_BLOBS: `s3://${bucket}/tripline`, TRIPLINE_S3_ENDPOINT: url }
    },
    async objects(bucket) {
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
      return (Contents ?? []).map((object) => object.Key as string)
    },
    async bytes(bucket, name) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      child.stdin?.end()
      if (minio !== undefined) child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(data, { recursive: true, force: true })
    },
  }
}

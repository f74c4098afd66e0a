/** Bytes in S3: clients bring and fetch them there, and every promise about them holds as it does of a directory. */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { checkPartedBlob, commitArtifact, createArtifact, directUrlOf, listFiles } from '../src/artifacts/operations.ts'
import { collectGarbage, dropUnfinishedUploads } from '../src/blobs/operations-garbage.ts'
import { md5Of } from '../src/blobs/received.ts'
import { openS3 } from '../src/blobs/s3.ts'
import { encodeId } from '../src/graphql/ids.ts'
import { readConfig } from '../src/runtime/config.ts'
import { newBlobKey } from '../src/runtime/id.ts'
import {
  clientManifest,
  collectionPath,
  givenManifest,
  givenProject,
  givenVersion,
  md5,
  type ProjectName,
} from './support/given-artifacts.ts'
import { callerWith, unique } from './support/given-automations.ts'
import { runPython } from './support/python.ts'
import { sharedS3Server } from './support/s3-server.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const SCRIPT_TIMEOUT_MS = 150_000

describeWithTool('s3', 'bytes in S3', () => {
  const s3 = sharedS3Server()

  forEachEngine((engine) => {
    const bucket = `models-${engine}`
    let server: TestServer
    beforeAll(async () => {
      server = await startTestServer(engine, { env: await s3().env(bucket) })
    })
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]()
    })

    test('the unmodified client logs, links, reads and downloads', { timeout: SCRIPT_TIMEOUT_MS }, async () => {
      const key = 'a'.repeat(40)
      await server.rest('POST', '/users', { username: 'alice', apiKey: key })
      const run = await runPython(join(import.meta.dirname, 'clients', 'smoke.py'), {
        env: {
          WANDB_BASE_URL: server.url,
          WANDB_API_KEY: key,
          WANDB_ENTITY: 'alice',
          WANDB_SILENT: 'true',
          PYTHONDONTWRITEBYTECODE: '1',
        },
        timeoutMs: SCRIPT_TIMEOUT_MS,
      })
      expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0)
      expect((await s3().objects(bucket)).length).toBeGreaterThan(3)
    })

    test('bytes go to the bucket and come from it without passing through the server', async () => {
      const project = await givenProject(server, 'admin-user')
      const weights = unique('weights')
      const pending = await logFile(server, project, 'direct', weights)
      const { url, headers } = pending.uploads[0]!
      expect(url.startsWith(`${s3().url}/${bucket}/tripline/`), url).toBe(true)
      expect(headers['Content-MD5']).toBe(md5(weights))
      // S3 refuses the request without the header, or with another: its value is among what is signed.
      expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-md5;content-type;host')

      expect((await server.rest('POST', `/artifacts/${pending.artifactId}/commit`)).body.code).toBe('manifest_mismatch')
      await fetch(url, { method: 'PUT', headers, body: weights })
      const committed = await server.rest('POST', `/artifacts/${pending.artifactId}/commit`)
      expect(committed.status, committed.text).toBe(200)

      const path = `${collectionPath(project, 'direct')}/versions/v0/files`
      const [file] = (await server.rest('GET', path)).body.items
      expect(file.url.startsWith(`${s3().url}/${bucket}/tripline/`), file.url).toBe(true)
      const answer = await fetch(file.url, { headers: { range: 'bytes=0-3' } })
      expect([answer.status, await answer.text()]).toEqual([206, weights.slice(0, 4)])
      expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''model.txt")
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    })

    test('a client that uploads other bytes than it said makes no version of them', async () => {
      const project = await givenProject(server, 'admin-user')
      const pending = await logFile(server, project, 'lies', 'promised')
      const { url, headers } = pending.uploads[0]!
      const put = await fetch(url, { method: 'PUT', headers, body: 'produced' })
      const refused = await server.rest('POST', `/artifacts/${pending.artifactId}/commit`)
      // S3 refuses such bytes, as MinIO does; moto takes them, and then it is we who see it.
      expect([refused.status, refused.body.code]).toEqual([
        400,
        put.status === 200 ? 'upload_digest_mismatch' : 'manifest_mismatch',
      ])
      expect(refused.body.detail).toContain('model.txt')
    })

    describe('a large file in parts', () => {
      const PART = 5 * 1024 ** 2
      const bytes = Buffer.concat([Buffer.alloc(PART, 'one'), Buffer.alloc(PART, 'two'), Buffer.from('the rest')])
      const parts = [bytes.subarray(0, PART), bytes.subarray(PART, 2 * PART), bytes.subarray(2 * PART)]

      const createFiles = (artifactId: number, digest: string) =>
        server.graphql(
          `mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node {
            storagePath uploadUrl uploadHeaders uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } }
          } } } } }`,
          {
            input: {
              artifactFiles: [
                {
                  artifactID: encodeId('Artifact', artifactId),
                  name: 'big.bin',
                  md5: digest,
                  uploadPartsInput: parts.map((part, index) => ({ partNumber: index + 1, hexMD5: md5OfHex(part) })),
                },
              ],
              storageLayout: 'V2',
            },
          },
        )
      const complete = (variables: Record<string, unknown>, key?: string) =>
        server.graphql(
          `mutation ($action: CompleteMultipartAction!, $parts: [UploadPartsInput!]!, $artifactID: ID!, $path: String!, $uploadID: String!) {
            completeMultipartUploadArtifact(input: { completeMultipartAction: $action, completedParts: $parts,
              artifactID: $artifactID, storagePath: $path, uploadID: $uploadID }) { digest } }`,
          { action: 'Complete', ...variables },
          key === undefined ? {} : { key },
        )

      /** What the client does with a file of more than 2 GiB. */
      async function givenParted(project: ProjectName, digest: string) {
        const caller = await callerWith(server, server.adminKey, 'wandb')
        const { artifactId } = await createArtifact(server.world, caller, {
          ...project,
          ...{ type: 'model', run: null, collection: 'big', digest: unique('digest'), deduplicate: false },
        })
        const { node } = (await createFiles(artifactId, digest)).data.createArtifactFiles.files.edges[0]
        expect(node.uploadUrl).toMatch(/^http/)
        const urls: { partNumber: number; uploadUrl: string }[] = node.uploadMultipartUrls.uploadUrlParts
        const etags = await Promise.all(
          urls.toReversed().map(async ({ partNumber, uploadUrl }) => {
            const body = parts[partNumber - 1]!
            const answer = await fetch(uploadUrl, { method: 'PUT', body, headers: { 'Content-Md5': md5(body) } })
            expect(answer.status).toBe(200)
            return { partNumber, hexMD5: answer.headers.get('etag') }
          }),
        )
        const upload = {
          parts: etags,
          artifactID: encodeId('Artifact', artifactId),
          path: node.storagePath,
          uploadID: node.uploadMultipartUrls.uploadID,
        }
        const manifest = clientManifest({ 'big.bin': { digest, size: bytes.length } })
        await givenManifest(server, caller, artifactId, manifest)
        const commit = () => commitArtifact(server.world, caller, artifactId)
        return { caller, artifactId, node, upload, commit }
      }

      test('becomes a version, and is granted to others once it has been read', { timeout: 60_000 }, async () => {
        const project = await givenProject(server, 'admin-user')
        const { caller, artifactId, upload, commit } = await givenParted(project, md5(bytes))
        await expect(commit()).rejects.toMatchObject({ code: 'manifest_mismatch' })
        await server.rest('POST', '/users', { username: 'mallory', apiKey: 'm'.repeat(40) })
        expect((await complete(upload, 'm'.repeat(40))).status).toBe(404)
        const wrong = upload.parts.map((part) => ({ ...part, hexMD5: `"${'0'.repeat(32)}"` }))
        expect((await complete({ ...upload, parts: wrong })).status).toBe(409)

        const again = await givenParted(project, md5(bytes))
        const completed = await complete(again.upload)
        expect(completed.data?.completeMultipartUploadArtifact, JSON.stringify(completed)).toEqual({
          digest: md5(bytes),
        })
        expect((await complete(again.upload)).data.completeMultipartUploadArtifact).toEqual({ digest: md5(bytes) })
        await again.commit()
        const { items } = await listFiles(server.world, caller, { artifactId: again.artifactId }, { limit: 10 })
        const answer = await fetch(directUrlOf(server.world, items[0]!))
        expect(md5(Buffer.from(await answer.arrayBuffer()))).toBe(md5(bytes))

        const isGranted = async () => {
          const next = await givenPending(project)
          return (await createFiles(next, md5(bytes))).data.createArtifactFiles.files.edges[0].node.uploadUrl === null
        }
        expect(await isGranted()).toBe(false)
        // A process that stops leaves it to whoever comes next.
        expect(await checkPartedBlob(server.world, AbortSignal.abort())).toBe(false)
        expect(await isGranted()).toBe(false)
        expect(await checkPartedBlob(server.world)).toBe(true)
        expect(await checkPartedBlob(server.world)).toBe(false)
        expect(await isGranted()).toBe(true)
        // An upload that is never completed: its parts go when nobody can complete it any more.
        await createFiles(artifactId, md5(bytes))
        const unfinished = async () =>
          (await s3().client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0
        expect(await unfinished()).toBeGreaterThan(0)
        // moto says of every upload that it was begun in 2010.
        if (process.env.TRIPLINE_TEST_MINIO !== undefined) {
          await dropUnfinishedUploads(server.world)
          expect(await unfinished()).toBeGreaterThan(0)
        }
        await dropUnfinishedUploads({ ...server.world, now: () => Date.now() + 49 * 3_600_000 })
        expect(await unfinished()).toBe(0)
      })

      test('of which its maker lied is never granted to anybody', { timeout: 60_000 }, async () => {
        const project = await givenProject(server, 'admin-user')
        const claimed = md5('what somebody else will log')
        const { upload, commit } = await givenParted(project, claimed)
        await complete(upload)
        await commit()
        expect(await checkPartedBlob(server.world)).toBe(true)
        const next = await givenPending(project)
        const { node } = (await createFiles(next, claimed)).data.createArtifactFiles.files.edges[0]
        expect(node.uploadUrl).not.toBeNull()
        expect(await checkPartedBlob(server.world)).toBe(false)
      })

      async function givenPending(project: ProjectName): Promise<number> {
        const caller = await callerWith(server, server.adminKey, 'wandb')
        const { artifactId } = await createArtifact(server.world, caller, {
          ...project,
          ...{ type: 'model', run: null, collection: 'big', digest: unique('digest'), deduplicate: false },
        })
        return artifactId
      }
    })

    test('a deleted version leaves the bucket, and what others share with it stays', async () => {
      const project = await givenProject(server, 'admin-user')
      const own = await givenVersion(server, project, 'm', { files: { 'a.txt': unique('own'), 'b.txt': 'shared' } })
      await givenVersion(server, project, 'm', { files: { 'a.txt': unique('other'), 'b.txt': 'shared' } })
      const before = await s3().objects(bucket)
      const deleted = await server.rest('DELETE', `${collectionPath(project, 'm')}/versions/v0?deleteAliases=true`)
      expect(deleted.status, own.version).toBe(204)
      const later = { ...server.world, now: () => server.world.now() + 25 * 3_600_000 }
      expect(await collectGarbage(later)).toMatchObject({ count: 2 })
      expect((await s3().objects(bucket)).length).toBe(before.length - 2)
    })
  })

  test.each([
    ['a bucket that does not exist', { TRIPLINE_BLOBS: 's3://nobody-made-it' }, 'there is no such bucket. Create it'],
    [
      'an endpoint that does not answer',
      { TRIPLINE_S3_ENDPOINT: 'http://127.0.0.1:9' },
      'TRIPLINE_S3_ENDPOINT does not',
    ],
  ])('the start says what is wrong: %s', async (_what, wrong, message) => {
    const env = { TRIPLINE_BLOBS: 's3://models', TRIPLINE_S3_ENDPOINT: s3().url, ...wrong }
    await expect(openS3(readConfig(env).blobsS3!)).rejects.toThrow(message)
  })

  test('a store without direct access takes and gives bytes of any size, and keeps its promises', async () => {
    const env = { ...(await s3().env('through-us')), TRIPLINE_S3_DIRECT: 'off' }
    const store = await openS3(readConfig(env).blobsS3!)
    onTestFinished(() => store.close())
    expect(store.direct).toBeUndefined()
    for (const size of [0, 1000, 20 * 1024 ** 2]) {
      const bytes = Buffer.alloc(size, 'tripline')
      const key = newBlobKey()
      const chunks = () => Readable.from(bytes.length === 0 ? [] : [bytes.subarray(0, 10), bytes.subarray(10)])
      const wrong = { sizeMax: size, expectedMd5: md5('something else') }
      await expect(store.put(key, chunks(), wrong)).rejects.toMatchObject({ code: 'upload_digest_mismatch' })
      expect(await store.stat(key)).toBeUndefined()
      expect(await store.put(key, chunks(), { sizeMax: size })).toEqual({ key, size, md5: md5(bytes) })
      expect(await store.put(key, chunks(), { sizeMax: size })).toEqual({ key, size, md5: md5(bytes) })
      const other = store.put(key, Readable.from([Buffer.from('x')]), { sizeMax: 9 })
      await expect(other).rejects.toMatchObject({ code: 'upload_conflict' })
      expect(await store.stat(key)).toEqual({ size })
      expect(await md5Of((await store.open(key))!)).toBe(md5(bytes))
      if (size > 0)
        expect(await (await store.open(key, { start: 2, end: 5 }))!.toArray()).toEqual([Buffer.from('ipli')])
      await store.delete(key)
      await store.delete(key)
      expect(await store.open(key)).toBeUndefined()
    }
    // What was refused half-way left nothing either.
    const { Uploads } = await s3().client.send(new ListMultipartUploadsCommand({ Bucket: 'through-us' }))
    expect(Uploads ?? []).toEqual([])
  })
})

function md5OfHex(content: Buffer): string {
  return Buffer.from(md5(content), 'base64').toString('hex')
}

async function logFile(server: TestServer, project: ProjectName, collection: string, content: string) {
  const files = [{ path: 'model.txt', size: Buffer.byteLength(content), md5: md5(content) }]
  const logged = await server.rest('POST', `${collectionPath(project, collection)}/versions`, { type: 'model', files })
  expect(logged.status, logged.text).toBe(202)
  return logged.body as { artifactId: string; uploads: { url: string; headers: Record<string, string> }[] }
}

/**
 * Small files are answered before they are durable. Goal: what a power cut leaves of them is never taken for what was
 * uploaded, and a version is only made of what is whole.
 *
 * Method: a power cut is played by what it may leave behind (nothing, nothing of the content, something else), and by a
 * store that remembers nothing; the death of the server by SIGKILL.
 */

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import {
  commitArtifact,
  createArtifact,
  createArtifactFiles,
  createManifest,
  type FilePlace,
} from '../src/artifacts/operations.ts'
import { openDirectory } from '../src/blobs/directory.ts'
import { copyBlobs } from '../src/blobs/operations-copy.ts'
import { startByteServer } from './support/byte-server.ts'
import { clientManifest, givenManifest, givenProject, md5, type ProjectName, put } from './support/given-artifacts.ts'
import { callerWith } from './support/given-automations.ts'
import { call } from './support/kill-story.ts'
import { type KillableServer, startKillable } from './support/killable.ts'
import { forEachEngine, givenDatabase, startTestServer, type TestServer } from './support/server.ts'

const CONTENT = 'a few bytes'

/** What a power cut may leave of a file that was not synced. */
const LEFT = {
  nothing: (path: string) => rmSync(path),
  'its name alone': (path: string) => overwrite(path, ''),
  'zeros of its length': (path: string) => overwrite(path, Buffer.alloc(CONTENT.length)),
}

function overwrite(path: string, content: string | Buffer): void {
  chmodSync(path, 0o600)
  writeFileSync(path, content)
  chmodSync(path, 0o400)
}

const fileOf = (directory: string, key: string) => join(directory, key.slice(0, 2), key.slice(2, 4), key)

describe('a small upload whose content its URL binds', () => {
  const bytes = Buffer.from(CONTENT)

  test('is there once it is answered, and nobody is told that it is stored', async () => {
    await using server = await startByteServer()
    const { key, url } = server.uploadUrl({ md5: md5(bytes) })
    const answer = await fetch(url, { method: 'PUT', body: bytes })
    expect([answer.status, answer.headers.get('etag')]).toEqual([
      200,
      `"${Buffer.from(md5(bytes), 'base64').toString('hex')}"`,
    ])
    expect(server.stored).toEqual([])
    expect(server.files()).toEqual([`${key.slice(0, 2)}/${key.slice(2, 4)}/${key}`])
    expect(statSync(fileOf(server.directory, key)).mode & 0o777).toBe(0o400)
    const arrived = await server.store.deferred!.arrived([
      { key, md5: md5(bytes) },
      { key: 'f'.repeat(40), md5: md5(bytes) },
    ])
    expect([...arrived]).toEqual([[key, bytes.length]])
  })

  test('may be repeated, and what is stored stays the same file', async () => {
    await using server = await startByteServer()
    const { key, url } = server.uploadUrl({ md5: md5(bytes) })
    const inode = async () => {
      expect((await fetch(url, { method: 'PUT', body: bytes })).status).toBe(200)
      return statSync(fileOf(server.directory, key)).ino
    }
    expect(await inode()).toBe(await inode())
    expect(server.files()).toHaveLength(1)
  })

  test('is durable and noted before its answer when it is large, or of unknown length', async () => {
    await using server = await startByteServer()
    const large = randomBytes(256 * 1024 + 1)
    await fetch(server.uploadUrl({ md5: md5(large) }).url, { method: 'PUT', body: large })
    const body = new Blob([bytes]).stream()
    await fetch(server.uploadUrl({ md5: md5(bytes) }).url, { method: 'PUT', body, duplex: 'half' })
    expect(server.stored.map(({ size }) => size)).toEqual([large.length, bytes.length])
  })

  test.each(Object.entries(LEFT))(
    'is not taken for what was uploaded when a power cut left %s, and comes again',
    async (_what, leave) => {
      await using server = await startByteServer()
      const { key, url } = server.uploadUrl({ md5: md5(bytes) })
      await fetch(url, { method: 'PUT', body: bytes })
      leave(fileOf(server.directory, key))

      const after = (await openDirectory(server.directory)).deferred!
      expect([...(await after.arrived([{ key, md5: md5(bytes) }]))]).toEqual([])
      expect((await fetch(url, { method: 'PUT', body: bytes })).status).toBe(200)
      expect([...(await after.arrived([{ key, md5: md5(bytes) }]))]).toEqual([[key, bytes.length]])
      expect(readFileSync(fileOf(server.directory, key), 'utf8')).toBe(CONTENT)
      expect(server.files()).toHaveLength(1)
    },
  )
})

forEachEngine((engine) => {
  describe('a version of small files', () => {
    let server: TestServer
    let caller: Caller
    let project: ProjectName
    beforeAll(async () => {
      server = await startTestServer(engine)
      caller = await callerWith(server, server.adminKey, 'wandb')
      project = await givenProject(server, 'admin-user')
    })
    afterAll(async () => server[Symbol.asyncDispose]())

    const pathOf = (key: string) => fileOf(server.world.config.blobsDir, key)
    /** A server that begins now: it remembers nothing. */
    const begun = async () => ({ ...server.world, blobs: await openDirectory(server.world.config.blobsDir) })

    async function givenUpload(collection: string): Promise<{ artifactId: number; place: FilePlace; key: string }> {
      const made = { ...project, collection, type: 'model', run: null, deduplicate: false, digest: 'a'.repeat(32) }
      const { artifactId } = await createArtifact(server.world, caller, made)
      const [place] = await createArtifactFiles(server.world, caller, [{ artifactId, path: 'a', digest: md5(CONTENT) }])
      expect((await put(place!, CONTENT)).status).toBe(200)
      return { artifactId, place: place!, key: place!.storagePath.split('/')[1]! }
    }
    const manifest = clientManifest({ a: { digest: md5(CONTENT), size: CONTENT.length } })

    test('is made by a server that did not receive them', async () => {
      const { artifactId } = await givenUpload('elsewhere')
      await givenManifest(server, caller, artifactId, manifest)
      expect(await commitArtifact(await begun(), caller, artifactId)).toMatchObject({
        state: 'COMMITTED',
        fileCount: 1,
      })
    })

    test.each(Object.entries(LEFT))(
      'is refused when a power cut left %s of one, until it has come again',
      async (what, leave) => {
        const { artifactId, place, key } = await givenUpload(`cut-${what.replaceAll(' ', '-')}`)
        await givenManifest(server, caller, artifactId, manifest)
        leave(pathOf(key))
        await expect(commitArtifact(await begun(), caller, artifactId)).rejects.toMatchObject({
          code: 'manifest_mismatch',
        })

        const [asked] = await createArtifactFiles(server.world, caller, [
          { artifactId, path: 'a', digest: md5(CONTENT) },
        ])
        expect(asked!.upload, 'no server says that it is there already').not.toBeNull()
        expect((await put(place, CONTENT)).status).toBe(200)
        expect(await commitArtifact(await begun(), caller, artifactId)).toMatchObject({ state: 'COMMITTED' })
        expect(readFileSync(pathOf(key), 'utf8')).toBe(CONTENT)
      },
    )

    test('takes no file that a power cut left something else of to where the bytes are copied', async () => {
      const [whole, torn] = [await givenUpload('whole'), await givenUpload('torn')]
      LEFT['zeros of its length'](pathOf(torn.key))
      const target = await openDirectory(mkdtempSync(join(tmpdir(), 'tripline-copied-')))
      const options = { atOnce: 4, progress: { begin() {}, copied() {} } }
      const report = await copyBlobs(server.world.blobs, target, server.world.db, options)
      expect(report.problems).toEqual([])
      expect(await target.stat(whole.key)).toEqual({ size: CONTENT.length })
      expect(await target.stat(torn.key)).toBeUndefined()
    })

    test('is refused when a power cut left nothing of its manifest', async () => {
      const { artifactId } = await givenUpload('manifest')
      const created = await createManifest(server.world, caller, {
        artifactId,
        kind: 'FULL',
        name: 'wandb_manifest.json',
        digest: md5(manifest),
        withUpload: true,
      })
      expect((await put(created, manifest)).status).toBe(200)
      overwrite(pathOf(/storage\/([0-9a-f]{40})/.exec(created.upload!.url)![1]!), '')
      await expect(commitArtifact(server.world, caller, artifactId)).rejects.toMatchObject({ code: 'manifest_missing' })
      expect((await put(created, manifest)).status).toBe(200)
      expect(await commitArtifact(server.world, caller, artifactId)).toMatchObject({ state: 'COMMITTED' })
    })

    test('outlives the death of the server between the uploads and the commit', async () => {
      const database = await givenDatabase(engine)
      const key = randomBytes(24).toString('hex')
      const env = {
        ...database.env,
        TRIPLINE_PORT: '0',
        TRIPLINE_ADMIN_USERNAME: 'admin-user',
        TRIPLINE_ADMIN_API_KEY: key,
        TRIPLINE_LOG_LEVEL: 'silent',
      }
      let living: KillableServer | undefined
      try {
        living = await startKillable(env)
        await call(living!.url, key, 'POST', '/projects/admin-user', { name: 'churn' })
        const contents = Array.from({ length: 20 }, (_, at) => `file ${at}`)
        const pending = await call(living!.url, key, 'POST', '/projects/admin-user/churn/collections/m/versions', {
          type: 'model',
          files: contents.map((content, at) => ({ path: `${at}`, size: content.length, md5: md5(content) })),
        })
        for (const { path, url, headers } of pending.uploads) {
          expect((await fetch(url, { method: 'PUT', body: contents[path]!, headers })).status).toBe(200)
        }
        await living!.kill()

        living = await startKillable(env)
        const made = await call(living!.url, key, 'POST', `/artifacts/${pending.artifactId}/commit`)
        expect(made).toMatchObject({ version: 'v0', fileCount: 20 })
      } finally {
        await living?.kill()
        await database.drop()
      }
    }, 60_000)
  })
})

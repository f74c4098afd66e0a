/** The commands of `docs/blobs.md` are typed as they stand, over real data. */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openDirectory } from '../src/blobs/directory.ts'
import { openBlobs } from '../src/blobs/open.ts'
import { copyBlobs } from '../src/blobs/operations-copy.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { filesBelow } from './support/byte-server.ts'
import { COMPILE_CACHE } from './support/compile-cache.ts'
import { collectionPath, givenProject, givenVersion } from './support/given-artifacts.ts'
import { sharedS3Server } from './support/s3-server.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const run = promisify(execFile)
const MAIN = join(import.meta.dirname, '../src/cli/main.ts')
const GUIDE = readFileSync(join(import.meta.dirname, '../docs/blobs.md'), 'utf8')
const BLOCKS = Object.fromEntries(
  [...GUIDE.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].map((match) => [match[1] as string, match[2] as string]),
)

/** What a block of the guide prints, typed where this server's settings are. */
async function type(name: string, env: Record<string, string>, replace: Record<string, string> = {}): Promise<string> {
  let script = BLOCKS[name] as string
  for (const [from, to] of Object.entries(replace)) {
    expect(script).toContain(from)
    script = script.replaceAll(from, to)
  }
  const { stdout } = await run(
    'bash',
    ['-euo', 'pipefail', '-c', `tripline() { ${process.execPath} ${MAIN} "$@"; }\n${script}`],
    { env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...credentials(), ...env }, timeout: 60_000 },
  )
  return stdout
}

const credentials = () => ({
  AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID as string,
  AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY as string,
})

test('every command of the guide is typed here', () => {
  expect(Object.keys(BLOCKS).sort()).toEqual(['bucket', 'copy', 'dryrun', 'endpoint', 'gc', 'switch'])
  expect(GUIDE.match(/```sh/g)).toHaveLength(6)
})

describeWithTool('s3', 'the guide to bytes', () => {
  const s3 = sharedS3Server()

  forEachEngine((engine) => {
    test('a server moves into a bucket while it runs, and loses nothing on the way', { timeout: 120_000 }, async () => {
      const bucket = `acme-${engine}`
      const { TRIPLINE_S3_ENDPOINT } = await s3().env(bucket)
      await using server = await startTestServer(engine)
      const project = await givenProject(server, 'admin-user')
      await givenVersion(server, project, 'm', { files: { 'a.txt': 'first', 'b.txt': 'shared' } })
      const env = { ...server.env, TRIPLINE_S3_ENDPOINT: TRIPLINE_S3_ENDPOINT as string }
      const place = { 's3://acme-models/tripline': `s3://${bucket}/tripline` }

      expect(await type('copy', env, place)).toMatch(/^Copied 3 files \(\d+ B\) to .*; 0 were there already$/m)
      await givenVersion(server, project, 'm', { files: { 'a.txt': 'second', 'b.txt': 'shared' } })
      await server.stop()
      expect(await type('copy', env, place)).toMatch(/^Copied 2 files .*; 3 were there already$/m)
      const stored = filesBelow(server.world.config.blobsDir).map((path) => `tripline/${path.split('/').at(-1)}`)
      expect(await s3().objects(bucket)).toEqual(stored.sort())

      const settings = BLOCKS.switch as string
      expect(settings).toContain('TRIPLINE_BLOBS=s3://acme-models/tripline')
      const moved = await startServer(readConfig({ ...env, TRIPLINE_BLOBS: `s3://${bucket}/tripline` }))
      try {
        for (const [version, first] of [
          ['v0', 'first'],
          ['v1', 'second'],
        ] as const) {
          const answer = await fetch(`${moved.url}/api/v1${collectionPath(project, 'm')}/versions/${version}/files`, {
            headers: { authorization: `Bearer ${server.adminKey}` },
          })
          const { items } = (await answer.json()) as { items: { url: string }[] }
          const texts = await Promise.all(items.map(async ({ url }) => (await fetch(url)).text()))
          expect(texts).toEqual([first, 'shared'])
        }
      } finally {
        await moved.stop()
      }
    })

    test('garbage is counted, also while the server runs, and removed', { timeout: 120_000 }, async () => {
      await using server = await startTestServer(engine)
      const project = await givenProject(server, 'admin-user')
      await givenVersion(server, project, 'm', { files: { 'a.txt': '123456' } })
      await server.rest('DELETE', `${collectionPath(project, 'm')}/versions/v0?deleteAliases=true`)
      expect(await type('dryrun', server.env)).toMatch(/^Would remove 0 files \(0 B\); 2 files \(.*\) are within/)
      await server.world.db.transaction((tx) => tx.updateTable('released_blobs').set({ since: 0 }).execute())
      expect(await type('dryrun', server.env)).toMatch(/^Would remove 2 files \(.*\); 0 files/)
      await server.stop()
      expect(await type('gc', server.env)).toMatch(/^Removed 2 files \(.*\)\nLeft: 0 files/)
      expect(filesBelow(server.world.config.blobsDir)).toEqual([])
    })
  })

  test('the settings of the guide are those of a bucket', async () => {
    const bucket = Object.fromEntries(
      [...`${BLOCKS.bucket}${BLOCKS.endpoint}`.matchAll(/(TRIPLINE_\w+)=(\S+)/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    ) as Record<string, string>
    expect(readConfig(bucket).blobsS3).toMatchObject({
      bucket: 'acme-models',
      prefix: 'tripline/',
      region: 'eu-west-1',
    })
  })

  test('a copy goes on where it was interrupted, and passes over what is not what it should be', async () => {
    const server: TestServer = await startTestServer('sqlite')
    await using _ = server
    const project = await givenProject(server, 'admin-user')
    const files = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`${index}.txt`, `content ${index}`]))
    await givenVersion(server, project, 'm', { files })
    const from = server.world.blobs
    const to = await openBlobs(readConfig({ ...server.env, ...(await s3().env('resumed')) }))
    const quiet = { begin() {}, copied() {} }
    try {
      let puts = 0
      const failing = Object.assign(Object.create(to), {
        list: () => to.list(),
        put: (...call: Parameters<typeof to.put>) => {
          puts += 1
          return puts > 3 ? Promise.reject(new Error('the network is gone')) : to.put(...call)
        },
      })
      const digests = server.world.db
      await expect(copyBlobs(from, failing, digests, { atOnce: 1, progress: quiet })).rejects.toThrow('network')

      // One file has rotted on the disk.
      const [entry] = await digests.read.selectFrom('manifest_entries').select('blob_key').limit(1).execute()
      const key = entry!.blob_key as string
      await to.delete(key)
      const path = join(server.world.config.blobsDir, key.slice(0, 2), key.slice(2, 4), key)
      chmodSync(path, 0o600)
      writeFileSync(path, 'rot')
      const seen: number[] = []
      const report = await copyBlobs(from, to, digests, {
        atOnce: 4,
        progress: { begin: ({ blobs }) => seen.push(blobs), copied: () => seen.push(1) },
      })
      expect(report.copied + report.there).toBe(8)
      expect(report.there).toBeGreaterThanOrEqual(2)
      expect(report.problems).toEqual([{ key, message: expect.stringContaining('The MD5 of what arrived is') }])
      expect(await to.stat(key)).toBeUndefined()
      expect(seen).toEqual([report.copied + 1, ...Array.from({ length: report.copied + 1 }, () => 1)])

      // And back, by the same way.
      const back = `${server.world.config.dataDir}/back`
      const directory = await openDirectory(back)
      expect(await copyBlobs(to, directory, digests, { atOnce: 4, progress: quiet })).toMatchObject({ copied: 8 })
      expect(existsSync(back)).toBe(true)
    } finally {
      await to.close()
    }
  })
})

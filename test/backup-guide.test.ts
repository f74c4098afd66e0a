/** The commands of `docs/backup.md` are typed as they stand. */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { COMPILE_CACHE } from './support/compile-cache.ts'
import { givenProject, log } from './support/given-artifacts.ts'
import { givenTeam, givenWebhook } from './support/given-automations.ts'
import { givenDirectory } from './support/given-backup.ts'
import { succeeds } from './support/given-deliveries.ts'
import { createPostgresDatabase } from './support/postgres.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const run = promisify(execFile)
const GUIDE = readFileSync(join(import.meta.dirname, '../docs/backup.md'), 'utf8')
const BLOCKS = Object.fromEntries(
  [...GUIDE.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].map(([, name, script]) => [name as string, script as string]),
)
const MAIN = join(import.meta.dirname, '../src/cli/main.ts')
const POSTGRES_URL = 'postgres://tripline:secret@db.example.com/tripline'

test('every command of the guide is typed here', () => {
  expect(Object.keys(BLOCKS).sort()).toEqual(['backup', 'hold', 'key', 'move', 'prune', 'restore', 'setup', 'verify'])
  expect(GUIDE.match(/```sh/g)).toHaveLength(8)
})

describeWithTool('postgres', 'the guide', () => {
  test('backs up a server at work, restores it, and moves it to PostgreSQL', async () => {
    await using server = await startTestServer('sqlite')
    const team = await givenTeam(server)
    await log(server, await givenProject(server, team), 'model')
    await givenWebhook(server, team)
    const place = givenDirectory()
    const dataDir = server.env.TRIPLINE_DATA_DIR as string
    mkdirSync(join(place, 'safe'))
    writeFileSync(join(place, 'tripline'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`)
    chmodSync(join(place, 'tripline'), 0o755)
    const database = await createPostgresDatabase()
    onTestFinished(database.drop)

    /** What the block prints, with the folders of the guide inside one of this test. */
    const type = async (name: string) => {
      const script = `${BLOCKS.setup}${BLOCKS[name]}`
        .replaceAll(/\/var\/lib\/tripline(?!-)/g, dataDir)
        .replaceAll(/\/var\/lib|\/safe|\/backups/g, (folder) => join(place, folder))
        .replaceAll(POSTGRES_URL, database.url)
      const env = { PATH: `${place}:${process.env.PATH}`, ...COMPILE_CACHE }
      return (await run('bash', ['-euo', 'pipefail', '-c', script], { env, timeout: 60_000 })).stdout
    }
    const started = async (env: Record<string, string>): Promise<TestServer> => {
      const { url: _url, ...after } = await startTestServer(env.TRIPLINE_DATABASE_URL ? 'postgres' : 'sqlite', {
        env: { ...env, TRIPLINE_ADMIN_API_KEY: server.adminKey },
      })
      onTestFinished(() => after[Symbol.asyncDispose]())
      return { ...after, url: _url, adminKey: server.adminKey }
    }
    const webhooksOf = async (of: TestServer) => (await succeeds(of, 'GET', `/entities/${team}/webhooks`)).items

    await type('key')
    expect(await type('backup')).toMatch(/Backed up \d+ tables .* 2 files/)
    expect(await type('verify')).toMatch(/is whole/)
    expect(await type('prune')).toMatch(
      /Removed: 0 snapshots, and 0 files of 0 B. What stays: 1 snapshots with 2 files/,
    )
    expect(await type('restore')).toMatch(/Restored what was there at/)
    const restored = await started({ TRIPLINE_DATA_DIR: join(place, 'var/lib/tripline-restored') })
    expect(await webhooksOf(restored)).toMatchObject([{ paused: null }])
    expect(await type('hold')).toMatch(/Paused 1 webhooks/)

    const before = await webhooksOf(server)
    await server.stop()
    expect(await type('move')).toMatch(/all are the same on both sides/)
    const key = readFileSync(join(dataDir, 'secret.key'), 'utf8').trim()
    const moved = await started({
      TRIPLINE_DATA_DIR: dataDir,
      TRIPLINE_DATABASE_URL: database.url,
      TRIPLINE_SECRET_KEY: key,
    })
    expect(await webhooksOf(moved)).toEqual(before)
    expect(existsSync(join(dataDir, 'tripline.db'))).toBe(true)
  })
})

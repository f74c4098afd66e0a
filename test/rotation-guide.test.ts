/** The commands of `docs/rotation.md` are typed as they stand. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { fire, givenPipeline, inState, succeeds } from './support/given-deliveries.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const run = promisify(execFile)
const GUIDE = readFileSync(join(import.meta.dirname, '../docs/rotation.md'), 'utf8')
const BLOCKS = Object.fromEntries(
  [...GUIDE.matchAll(/^( *)```sh (\w+)\n([\s\S]*?)^ *```$/gm)].map((match) => [
    match[2] as string,
    (match[3] as string).replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
  ]),
)

/** What a block of the guide prints. */
async function type(server: Pick<TestServer, 'url' | 'adminKey'>, ...names: string[]): Promise<string> {
  const script = ['setup', ...names].map((name) => BLOCKS[name] as string).join('\n')
  expect(script).toContain('http://localhost:8080')
  const { stdout } = await run(
    'bash',
    ['-euo', 'pipefail', '-c', script.replace('http://localhost:8080', server.url)],
    { env: { PATH: process.env.PATH, ADMIN_API_KEY: server.adminKey }, timeout: 30_000 },
  )
  return stdout
}

const signatures = (request: ReceivedRequest | undefined) =>
  String(request?.headers['webhook-signature']).split(' ').length

test('every command of the guide is typed here', () => {
  expect(Object.keys(BLOCKS).sort()).toEqual(['end', 'leaked', 'replace', 'reseal', 'setup'])
  expect(GUIDE.match(/```sh/g)).toHaveLength(5)
})

test('a signing secret is replaced, its overlap ended, and a leaked one ended at once', async () => {
  await using server = await startTestServer('sqlite')
  await using receiver = await startReceiver()
  await succeeds(server, 'POST', '/teams', { name: 'vision' })
  const pipeline = await givenPipeline(server, receiver.url, {
    team: 'vision',
    secrets: { DEPLOY_SIGNING: 'correct horse battery staple' },
    webhook: { signingSecret: 'DEPLOY_SIGNING' },
  })
  const sent = async () => {
    await inState(server, await fire(server, pipeline), 'succeeded')
    return signatures(receiver.received.at(-1))
  }
  expect(await sent()).toBe(1)
  expect(await type(server, 'replace')).toContain('"version":2,"previous":[{"version":1,')
  expect(await sent()).toBe(2)
  expect(await type(server, 'end')).toContain('{"ended":[1]}')
  expect(await sent()).toBe(1)
  await type(server, 'replace')
  expect(await type(server, 'leaked')).toContain('"version":4,"previous":[]')
  expect(await sent()).toBe(1)
})

describeWithTool('postgres', 'the master key', () => {
  test('is changed, and the guide ends with the old one removable', async () => {
    const [old, next] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
    await using before = await startTestServer('postgres', { env: { TRIPLINE_SECRET_KEY: old } })
    await givenPipeline(before, 'http://127.0.0.1:9/', { secrets: { TOKEN: 'some value' } })
    await before.stop()
    const after = await startServer(readConfig({ ...before.env, TRIPLINE_SECRET_KEY: `${next},${old}` }))
    const printed = await type({ url: after.url, adminKey: before.adminKey }, 'reseal')
    expect(printed).toMatch(/"status":"older","secrets":0,"previousSecrets":0,"webhooks":0,"removable":true/)
    await after.stop()
  })
})

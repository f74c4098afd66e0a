import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { runPython } from './support/python.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool, toolPath } from './support/tools.ts'

const EXAMPLES = join(import.meta.dirname, '..', 'examples')
const SIGNING = 'correct horse battery staple'
const TOKEN = 'token-0123456789'

/** A receiver of the examples as a process of its own, with the lines it has printed. */
async function startExample(program: string, file: string) {
  const child: ChildProcess = spawn(program, [join(EXAMPLES, file)], {
    env: { PATH: process.env.PATH, PORT: '0', SIGNING_SECRET: SIGNING, ACCESS_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${file} ended`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const listening = /^listening on (\S+)$/.exec(line)
      if (listening === null) lines.push(line)
      else resolve(listening[1]!)
    })
  })
  return {
    url,
    lines,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** A team with a signed webhook, and an automation that tells it of `production`. */
async function givenPromotionAutomation(server: TestServer, url: string): Promise<void> {
  const created = async (method: string, path: string, body: unknown) => {
    const answer = await server.rest(method, path, body)
    expect(answer.status, answer.text).toBe(201)
  }
  await created('POST', '/teams', { name: 'vision' })
  await created('POST', '/projects/vision', { name: 'churn' })
  await created('PUT', '/entities/vision/secrets/SIGNING', { value: SIGNING })
  await created('PUT', '/entities/vision/secrets/TOKEN', { value: TOKEN })
  await created('POST', '/entities/vision/webhooks', {
    name: 'hook',
    url,
    signingSecret: 'SIGNING',
    accessTokenSecret: 'TOKEN',
  })
  await created('POST', '/entities/vision/automations', {
    name: 'promoted',
    scope: { type: 'project', project: 'churn' },
    event: 'ADD_ARTIFACT_ALIAS',
    filter: { alias: 'production' },
    action: { type: 'webhook', webhook: 'hook', payload: { deploy: '${artifact_version_string}' } },
  })
}

async function promote(server: TestServer): Promise<void> {
  const collection = '/projects/vision/churn/collections/churn-model'
  const file = { path: 'model.txt', content: 'aGVsbG8=' }
  await server.rest('POST', `${collection}/versions`, { type: 'model', files: [file] })
  expect((await server.rest('PUT', `${collection}/aliases/production`, { version: 'v0' })).status).toBe(200)
}

test('receiver.mjs takes what Tripline signed, and nothing else', async () => {
  await using server = await startTestServer('sqlite')
  await using receiver = await startExample(process.execPath, 'receiver.mjs')
  await givenPromotionAutomation(server, receiver.url)
  await promote(server)
  await expect.poll(() => receiver.lines).toHaveLength(1)
  expect(receiver.lines[0]).toMatch(/^msg_\S+ {"deploy":"vision\/churn\/churn-model:production"}$/)
  const forged = await fetch(receiver.url, {
    method: 'POST',
    body: '{}',
    headers: {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': 'v1,AAAA',
    },
  })
  expect(forged.status).toBe(401)
})

describeWithTool('wandb-0.30.0', 'the Python examples', () => {
  test('train.py and promote.py make receiver.py hear of the new production model', async () => {
    await using server = await startTestServer('sqlite')
    await using receiver = await startExample(toolPath('wandb-0.30.0'), 'receiver.py')
    await givenPromotionAutomation(server, receiver.url)
    const env = {
      WANDB_BASE_URL: server.url,
      WANDB_API_KEY: server.adminKey,
      WANDB_ENTITY: 'vision',
      WANDB_SILENT: 'true',
    }
    const trained = await runPython(join(EXAMPLES, 'train.py'), { env })
    expect(trained.exitCode, trained.stderr).toBe(0)
    expect(trained.stdout).toContain('logged churn-model:v0')
    const promoted = await runPython(join(EXAMPLES, 'promote.py'), { env, args: ['vision/churn/churn-model'] })
    expect(promoted.exitCode, promoted.stderr).toBe(0)
    await expect.poll(() => receiver.lines, { timeout: 10_000 }).toHaveLength(1)
    const forged = await fetch(receiver.url, { method: 'POST', body: '{}' })
    expect(forged.status).toBe(401)
  }, 110_000)
})

test('every example is run by a test here', () => {
  expect(readdirSync(EXAMPLES).sort()).toEqual(['promote.py', 'receiver.mjs', 'receiver.py', 'train.py'])
})

/**
 * The whole story by itself: a server, a webhook receiver, a model that gets the alias `production`, and what arrives.
 * Runs against temporary data on loopback and leaves nothing behind.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'

const SIGNING_SECRET = 'correct horse battery staple'
const ARRIVAL_MS_MAX = 15_000

type Arrived = { at: number; headers: Record<string, string | string[] | undefined>; body: string }

const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined
const bold = (text: string) => (colours ? `\x1b[1m${text}\x1b[0m` : text)
const dim = (text: string) => (colours ? `\x1b[2m${text}\x1b[0m` : text)

function say(text: string): void {
  console.log(`\n${bold(text)}`)
}

function show(text: string): void {
  for (const line of text.split('\n')) console.log(`    ${line}`)
}

const arrived: Arrived[] = []
let onArrival = () => {}
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  arrived.push({ at: performance.now(), headers: request.headers, body: Buffer.concat(chunks).toString() })
  // The first answer is a failure, to show that a delivery is not lost with it.
  response.writeHead(arrived.length === 1 ? 503 : 204).end()
  onArrival()
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/deploy`

async function arrival(count: number): Promise<Arrived> {
  if (arrived.length < count) {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no request within ${ARRIVAL_MS_MAX / 1000} s`)), ARRIVAL_MS_MAX)
      onArrival = () => {
        if (arrived.length < count) return
        clearTimeout(timer)
        resolve()
      }
    })
  }
  return arrived[count - 1] as Arrived
}

const dataDir = mkdtempSync(join(tmpdir(), 'tripline-demo-'))
const apiKey = randomBytes(20).toString('hex')
const server = await startServer(
  readConfig({
    TRIPLINE_PORT: '0',
    TRIPLINE_DATA_DIR: dataDir,
    TRIPLINE_ADMIN_USERNAME: 'ada',
    TRIPLINE_ADMIN_API_KEY: apiKey,
    TRIPLINE_WEBHOOK_ALLOW: '127.0.0.1/32',
    TRIPLINE_LOG_LEVEL: 'error',
  }),
)

async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}

/** The receiver has answered before the answer is written down. */
async function settledDeliveries(): Promise<Record<string, unknown>[]> {
  for (;;) {
    const deliveries = (await call('GET', '/entities/vision/deliveries')).items as Record<string, unknown>[]
    if (deliveries.every((delivery) => delivery.settledAt !== null)) return deliveries
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

try {
  say('1. A server is up, on an embedded database, and so is a webhook receiver')
  show(`Tripline   ${server.url}\nreceiver   ${receiverUrl}`)

  say('2. The platform engineer stores a secret and configures the webhook')
  await call('POST', '/teams', { name: 'vision' })
  await call('PUT', '/entities/vision/secrets/DEPLOY_SIGNING', { value: SIGNING_SECRET })
  const webhook = await call('POST', '/entities/vision/webhooks', {
    name: 'deployer',
    url: receiverUrl,
    signingSecret: 'DEPLOY_SIGNING',
  })
  show(`webhook "${webhook.name}", signed with the secret DEPLOY_SIGNING, whose value is never shown again`)

  say('3. …and an automation: when a model gets the alias "production", call the webhook')
  await call('POST', '/projects/vision', { name: 'churn' })
  await call('POST', '/entities/vision/automations', {
    name: 'deploy on production',
    scope: { type: 'project', project: 'churn' },
    event: 'ADD_ARTIFACT_ALIAS',
    filter: { alias: 'production' },
    action: {
      type: 'webhook',
      webhook: 'deployer',
      payload: {
        deploy: '${artifact_version_string}',
        accuracy: '${artifact_metadata.accuracy|json}',
        replaces: '${previous_version:-nothing}',
        by: '${event_author}',
      },
    },
  })

  say('4. Somebody logs two versions of a model (a training script would, through the wandb client)')
  for (const [index, accuracy] of [0.91, 0.95].entries()) {
    const version = await call('POST', '/projects/vision/churn/collections/churn-model/versions', {
      type: 'model',
      metadata: { accuracy },
      aliases: index === 0 ? ['candidate'] : [],
      files: [{ path: 'model.bin', content: randomBytes(2_048).toString('base64') }],
    })
    show(`${version.version}   accuracy ${accuracy}   aliases ${(version.aliases as string[]).join(', ')}`)
  }
  show(dim('No webhook yet: nothing here is called "production".'))

  say('5. "production" goes to v0, while the receiver is having a bad moment')
  await call('PUT', '/projects/vision/churn/collections/churn-model/aliases/production', { version: 'v0' })
  const first = await arrival(1)
  show(`the receiver got message ${first.headers['webhook-id']} and answered 503`)
  show(dim('The delivery is kept, and tried again after 5 seconds…'))
  const again = await arrival(2)
  show(`…and ${((again.at - first.at) / 1000).toFixed(1)} s later it got the same message again, and answered 204:`)
  show(again.body)

  say('6. "production" moves on to v1')
  const movedAt = performance.now()
  await call('PUT', '/projects/vision/churn/collections/churn-model/aliases/production', { version: 'v1' })
  const moved = await arrival(3)
  show(`${(moved.at - movedAt).toFixed(1)} ms after the request, the receiver had:`)
  show(moved.body)

  say('7. The signature verifies')
  const [id, timestamp] = [moved.headers['webhook-id'], moved.headers['webhook-timestamp']]
  const signature = createHmac('sha256', SIGNING_SECRET).update(`${id}.${timestamp}.${moved.body}`).digest('base64')
  if (moved.headers['webhook-signature'] !== `v1,${signature}`) throw new Error('the signature does not verify')
  show(`webhook-id         ${id}\nwebhook-timestamp  ${timestamp}\nwebhook-signature  v1,${signature}`)

  say('8. And there is a history')
  const deliveries = await settledDeliveries()
  for (const delivery of deliveries.reverse()) {
    const detail = await call('GET', `/deliveries/${delivery.id}`)
    for (const attempt of detail.history as Record<string, unknown>[]) {
      show(`${delivery.id}   ${attempt.status}   ${attempt.verdict}   ${attempt.explanation}`)
    }
  }
  console.log(`\nThat is Tripline. Next: npm start, and the README's first automation.\n`)
} finally {
  await server.stop()
  receiver.closeAllConnections()
  receiver.close()
  rmSync(dataDir, { recursive: true, force: true })
}

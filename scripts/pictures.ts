/**
 * `npm run pictures` takes the pictures of the web app that README and docs show, of a small story made by REST, in the
 * Chromium that the tests use. Run it when what they show has changed; look at each before it is committed.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { provision } from './provision.ts'
import { buildWebApp } from './web.ts'

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images')
const SIZE = { width: 1280, height: 800 }
const MODEL = '/projects/vision/churn/collections/churn-model'
const SETTLE_MS = 1_500
/** What stands over the page at its top, and a little more. */
const ABOVE_PX = 84

const found = (await provision()).chromium
if (!found.found) throw new Error(found.reason)
await buildWebApp({ ifStale: true })

let isMended = false
const receiver = createServer((request, response) => {
  request.resume()
  const isFine = isMended || request.url !== '/deploy'
  response.writeHead(isFine ? 204 : 503, { 'content-type': 'application/json' })
  response.end(isFine ? undefined : '{"error": "the cluster is being upgraded"}')
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`

const dataDir = mkdtempSync(join(tmpdir(), 'tripline-pictures-'))
const apiKey = randomBytes(20).toString('hex')
const server = await startServer(
  readConfig({
    TRIPLINE_DATA_DIR: dataDir,
    TRIPLINE_PORT: '0',
    TRIPLINE_ADMIN_USERNAME: 'ada',
    TRIPLINE_ADMIN_API_KEY: apiKey,
    TRIPLINE_WEBHOOK_ALLOW: '127.0.0.1/32',
    TRIPLINE_LOG_LEVEL: 'error',
  }),
)
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox'] })
try {
  const version = await tellStory()
  mkdirSync(FOLDER, { recursive: true })
  const context = await browser.newContext({ baseURL: server.url, viewport: SIZE, reducedMotion: 'reduce' })
  await context.request.post('/api/v1/session', { data: { apiKey } })
  const page = await context.newPage()
  await take(page, 'home', '/')
  await take(page, 'version', `/vision/churn/artifacts/model/churn-model/${version}`)
  await take(page, 'automations', '/vision/churn/automations')
  const { items } = await call('GET', '/entities/vision/automations')
  const deploy = items.find(({ name }: { name: string }) => name === 'Deploy to production')
  await take(page, 'automation-edit', `/automations/${deploy.id}/edit`, async () => {
    const preview = page.getByRole('region', { name: 'Preview' })
    await preview.getByRole('combobox', { name: 'Collection' }).click()
    await page.getByRole('option', { name: 'churn-model' }).click()
    await preview.getByRole('combobox', { name: 'Preview with the version' }).click()
    await page.getByRole('option', { name: version }).click()
    await page
      .getByRole('heading', { name: 'Payload' })
      .evaluate((heading) => heading.scrollIntoView({ block: 'start' }))
    await page.mouse.wheel(0, -ABOVE_PX)
  })
  const deliveries = await call('GET', '/entities/vision/deliveries?state=failed')
  await take(page, 'delivery', `/deliveries/${deliveries.items[0].id}`)
} finally {
  await browser.close()
  await server.stop()
  receiver.closeAllConnections()
  receiver.close()
  rmSync(dataDir, { recursive: true, force: true })
}

async function take(page: Page, name: string, path: string, before = async () => {}): Promise<void> {
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('load')
  await sleep(SETTLE_MS)
  await before()
  await sleep(SETTLE_MS)
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  console.log(`docs/images/${name}.png`)
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
async function call(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** A team whose model has been deployed before, and whose deployment is out just now. Returns the newest version. */
async function tellStory(): Promise<string> {
  await call('POST', '/teams', { name: 'vision', displayName: 'Vision' })
  await call('POST', '/projects/vision', { name: 'churn' })
  await call('PUT', '/entities/vision/secrets/DEPLOY_SIGNING', { value: randomBytes(16).toString('hex') })
  for (const [name, path] of [
    ['cluster', '/deploy'],
    ['team channel', '/chat'],
  ]) {
    await call('POST', '/entities/vision/webhooks', {
      name,
      url: `${receiverUrl}${path}`,
      signingSecret: 'DEPLOY_SIGNING',
      retrySchedule: [1],
    })
  }
  const automation = (name: string, event: string, webhook: string, filter?: object, payload?: object) =>
    call('POST', '/entities/vision/automations', {
      name,
      scope: { type: 'project', project: 'churn' },
      event,
      ...(filter && { filter }),
      action: { type: 'webhook', webhook, ...(payload && { payload: JSON.stringify(payload, null, 2) }) },
    })
  await automation(
    'Deploy to production',
    'ADD_ARTIFACT_ALIAS',
    'cluster',
    { alias: 'production' },
    {
      deploy: '${artifact_version_string}',
      replaces: '${previous_version:-nothing}',
      by: '${event_author}',
    },
  )
  await automation('Tell the team of new versions', 'CREATE_ARTIFACT', 'team channel')
  await automation('Tell the team of releases', 'ADD_ARTIFACT_ALIAS', 'team channel', { alias: { $regex: '^prod' } })

  isMended = true
  let newest = ''
  for (const accuracy of [0.91, 0.923, 0.931]) {
    newest = (
      await call('POST', `${MODEL}/versions`, {
        type: 'model',
        metadata: { accuracy, epochs: 12 },
        files: [{ path: 'model.txt', content: Buffer.from(String(accuracy)).toString('base64') }],
      })
    ).version
  }
  await call('PUT', `${MODEL}/aliases/production`, { version: 'v0' })
  await call('PUT', `${MODEL}/aliases/production`, { version: 'v1' })
  await sleep(SETTLE_MS)
  isMended = false
  await call('PUT', `${MODEL}/aliases/production`, { version: newest })
  await sleep(2 * SETTLE_MS)
  return newest
}

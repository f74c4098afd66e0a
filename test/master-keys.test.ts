/**
 * The master key is changed while everything runs: the new one is added everywhere, put first everywhere, everything is
 * sealed anew, the old one is removed. Method: real processes that are restarted one by one, while versions are promoted
 * all the time, and a receiver that takes only what is signed by both values of a secret that is just being replaced.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { keyIdOf, parseKeyring } from '../src/webhooks/keyring.ts'
import { givenTeam, unique } from './support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, makeDue, succeeds } from './support/given-deliveries.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { forEachEngine, givenDatabase, type RestAnswer, startTestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'
import { runTripline, type TriplineProcess } from './support/tripline-process.ts'

type Json = RestAnswer['body']

const newKey = () => randomBytes(32).toString('base64')
const idOf = (key: string) => parseKeyring(key).newestKeyId

const VALUES = ['the first signing value', 'the second signing value']

/** Whether all of these values signed it, in this order, and nothing else did. */
function isSignedBy(request: ReceivedRequest, values: readonly string[]): boolean {
  const headers = request.headers as Record<string, string>
  const signatures = String(headers['webhook-signature']).split(' ')
  return (
    signatures.length === values.length &&
    values.every((value, index) => {
      try {
        const signature = signatures[index] as string
        new Webhook(value, { format: 'raw' }).verify(request.body, { ...headers, 'webhook-signature': signature })
        return true
      } catch {
        return false
      }
    })
  )
}

async function callAt(url: string, key: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Json }
}

describeWithTool('postgres', 'the whole road with two processes', () => {
  test('nothing is lost and nothing goes out unsigned, and the old key can be removed at the end', async () => {
    const signers = [VALUES[1]!, VALUES[0]!]
    await using receiver = await startReceiver((request) =>
      isSignedBy(request, signers) &&
      request.headers.authorization === 'Bearer the value of the token' &&
      request.path === '/hook/the-value-in-the-path'
        ? 204
        : 400,
    )
    const { env: database, drop } = await givenDatabase('postgres')
    const adminKey = randomBytes(24).toString('hex')
    const [old, next] = [newKey(), newKey()]
    const env = (keys: string) => ({
      ...database,
      TRIPLINE_PORT: '0',
      TRIPLINE_ADMIN_USERNAME: 'admin-user',
      TRIPLINE_ADMIN_API_KEY: adminKey,
      TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
      TRIPLINE_LOG_LEVEL: 'warn',
      TRIPLINE_SECRET_KEY: keys,
    })
    const running: { process: TriplineProcess; url: string }[] = []
    const begin = async (place: number, keys: string) => {
      const process = runTripline(['serve'], env(keys))
      running[place] = { process, url: await process.ready() }
    }
    const end = async (place: number) => {
      const { process } = running[place]!
      process.kill('SIGTERM')
      expect((await process.ended).code, process.output()).toBe(0)
    }
    await begin(0, old)
    await begin(1, old)
    let up = 0
    const call = (method: string, path: string, body?: unknown, place = up) =>
      callAt(running[place]!.url, adminKey, method, path, body)
    const done = async (...given: Parameters<typeof call>) => {
      const { status, body } = await call(...given)
      expect(status, `${given[0]} ${given[1]}: ${JSON.stringify(body)}`).toBeLessThan(300)
      return body
    }

    const team = unique('team')
    const inTeam = `/entities/${team}`
    const model = `/projects/${team}/churn/collections/model`
    await done('POST', '/teams', { name: team })
    for (const value of VALUES) await done('PUT', `${inTeam}/secrets/SIGNING`, { value })
    await done('PUT', `${inTeam}/secrets/TOKEN`, { value: 'the value of the token' })
    await done('PUT', `${inTeam}/secrets/PATH`, { value: 'the-value-in-the-path' })
    const settings = { url: `${receiver.url}/\${PATH}`, signingSecret: 'SIGNING', accessTokenSecret: 'TOKEN' }
    const { id } = await done('POST', `${inTeam}/webhooks`, { name: 'hook', ...settings })
    await done('POST', `/projects/${team}`, { name: 'churn' })
    for (const content of ['AAAA', 'BBBB']) {
      await done('POST', `${model}/versions`, { type: 'model', files: [{ path: 'a.bin', content }] })
    }
    await done('POST', `${inTeam}/automations`, {
      name: 'promoted',
      scope: { type: 'project', project: 'churn' },
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: 'production' },
      action: { type: 'webhook', webhook: id },
    })

    // All the time, at whichever process is up: one promotion after the other.
    let promoted = 0
    let over = false
    let promotion: Promise<Json> = Promise.resolve()
    const promoting = (async () => {
      while (!over) {
        promotion = done('PUT', `${model}/aliases/production`, { version: `v${promoted % 2}` })
        await promotion
        promoted += 1
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })()
    /** Restarted one by one, with some deliveries sent in between by a pair of which one has the new list. */
    const roll = async (keys: string) => {
      for (const place of [0, 1]) {
        up = 1 - place
        await promotion
        await end(place)
        await begin(place, keys)
        const before = receiver.received.length
        await receiver.waitFor(before + 10)
        // Sealed with the key that this one has first, and read by the other.
        await done('PUT', `${inTeam}/secrets/TOKEN`, { value: 'the value of the token' }, place)
        await receiver.waitFor(receiver.received.length + 10)
      }
    }
    const shown = async (place: number) => (await done('GET', '/master-keys', undefined, place)).items
    const counts = { secrets: 3, previousSecrets: 1, webhooks: 1 }
    const none = { secrets: 0, previousSecrets: 0, webhooks: 0 }

    await roll(`${old},${next}`)
    const added = [
      { id: idOf(old), status: 'newest', ...counts, removable: false },
      { id: idOf(next), status: 'older', ...none, removable: true },
    ]
    expect([await shown(0), await shown(1)]).toEqual([added, added])

    await roll(`${next},${old}`)
    const switched = [
      { id: idOf(next), status: 'newest', ...none, secrets: 1, removable: false },
      { id: idOf(old), status: 'older', ...counts, secrets: 2, removable: false },
    ]
    expect([await shown(0), await shown(1)]).toEqual([switched, switched])

    expect(await done('POST', '/master-keys/reseal')).toEqual({ resealed: 4, remaining: 0, unreadable: 0 })
    const resealed = [
      { id: idOf(next), status: 'newest', ...counts, removable: false },
      { id: idOf(old), status: 'older', ...none, removable: true },
    ]
    expect([await shown(0), await shown(1)]).toEqual([resealed, resealed])

    await roll(next)
    expect(await shown(1)).toEqual([{ id: idOf(next), status: 'newest', ...counts, removable: false }])
    over = true
    await promoting

    const states = async () => {
      const deliveries: Json[] = []
      for (let cursor = ''; ; ) {
        const page = await done('GET', `${inTeam}/deliveries?limit=1000${cursor}`)
        deliveries.push(...page.items)
        if (page.cursor === undefined) return deliveries
        cursor = `&cursor=${page.cursor}`
      }
    }
    await expect
      .poll(async () => (await states()).filter((delivery) => delivery.state !== 'succeeded'), { timeout: 30_000 })
      .toEqual([])
    expect(await states()).toHaveLength(promoted)
    const messages = new Set(receiver.received.map(({ headers }) => headers['webhook-id']))
    expect(messages.size).toBe(promoted)
    expect(receiver.received.filter((request) => !isSignedBy(request, signers))).toEqual([])
    for (const { process } of running) expect(process.output()).not.toMatch(/"level":50/)

    await end(0)
    await end(1)
    const late = runTripline(['serve'], env(old))
    expect((await late.ended).code).toBe(2)
    expect(late.output()).toContain(`It needs the master key ${idOf(next)}, and was given ${idOf(old)}.`)
    await drop()
  }, 240_000)
})

describe('the road with the embedded database, whose keys are in a file', () => {
  test('what waits over every restart is sent with both signatures', async () => {
    const signers = [VALUES[1]!, VALUES[0]!]
    await using receiver = await startReceiver(503)
    await using first = await startTestServer('sqlite')
    const pipeline = await givenPipeline(first, receiver.url, {
      secrets: { SIGNING: VALUES[0]! },
      webhook: { signingSecret: 'SIGNING' },
    })
    await givenSecrets(first, pipeline.team, { SIGNING: VALUES[1]! })
    const delivery = await fire(first, pipeline)
    await inState(first, delivery, 'pending', 1)
    await first.stop()

    const path = join(first.env.TRIPLINE_DATA_DIR!, 'secret.key')
    const old = readFileSync(path, 'utf8').trim()
    const next = newKey()
    const steps = [`${old}\n${next}\n`, `${next}\n${old}\n`, `${next}\n`]
    for (const [index, keys] of steps.entries()) {
      writeFileSync(path, keys)
      const { url, world, stop } = await startServer(readConfig(first.env))
      if (index === steps.length - 1) receiver.answerWith(204)
      const server = { ...first, url, world }
      await makeDue(server, delivery)
      await receiver.waitFor(index + 2)
      const { body } = await callAt(url, first.adminKey, 'GET', '/master-keys')
      const newest = body.items.map((item: Json) => [item.id, item.secrets, item.previousSecrets, item.webhooks])
      expect(newest[0], `step ${index}`).toEqual([idOf(keys.trim()), 1, 1, 1])
      await expect
        .poll(async () => (await callAt(url, first.adminKey, 'GET', `/deliveries/${delivery}`)).body.history.length)
        .toBe(index + 2)
      await stop()
    }
    expect(receiver.received.map((request) => isSignedBy(request, signers))).toEqual([true, true, true, true])
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })
})

describeWithTool('postgres', 'off the road', () => {
  /** A second process over the database of the first, in this one. */
  async function beside(first: { env: Record<string, string> }, changes: Record<string, string>) {
    const server = await startServer(readConfig({ ...first.env, ...changes }))
    return { ...server, [Symbol.asyncDispose]: server.stop }
  }

  test('a process that lacks the key of a secret says which and what to do, and sends when it has it', async () => {
    const [old, next] = [newKey(), newKey()]
    await using receiver = await startReceiver()
    // The new key was put first at once, where it should have been added last.
    await using hasty = await startTestServer('postgres', {
      env: { TRIPLINE_SECRET_KEY: old, TRIPLINE_WORKER: 'off' },
    })
    const pipeline = await givenPipeline(hasty, receiver.url, {
      secrets: { SIGNING: VALUES[0]! },
      webhook: { signingSecret: 'SIGNING' },
    })
    const { url: hastyUrl, stop: stopHasty } = await startServer(
      readConfig({ ...hasty.env, TRIPLINE_SECRET_KEY: `${next},${old}` }),
    )
    const path = `/entities/${pipeline.team}/secrets/SIGNING`
    const put = await callAt(hastyUrl, hasty.adminKey, 'PUT', path, { value: VALUES[1] })
    expect(put.body).toMatchObject({ version: 2, previous: [{ version: 1 }] })

    const advice =
      `It was sealed with the master key ${idOf(next)}, which this process does not have: add that key to the end of ` +
      'its TRIPLINE_SECRET_KEY and start it again.'
    const delivery = await fire(hasty, pipeline)
    {
      await using slow = await beside(hasty, { TRIPLINE_WORKER: 'on' })
      const stuck = await inState(hasty, delivery, 'pending', 1)
      expect(stuck).toMatchObject({ reason: 'master_key_missing', attempts: 1 })
      expect(stuck.history[0]).toMatchObject({ outcome: 'unsendable', explanation: expect.stringContaining(advice) })
      const dueInMs = Date.parse(stuck.nextAttemptAt) - Date.now()
      expect(dueInMs).toBeLessThan(6_000)
      const tested = await callAt(slow.url, hasty.adminKey, 'POST', `${pipeline.webhookPath}/test`)
      expect([tested.status, tested.body.code, tested.body.detail]).toEqual([409, 'receiver_not_ready', advice])
      const { body } = await callAt(slow.url, hasty.adminKey, 'GET', '/master-keys')
      expect(body.items).toEqual([
        { id: idOf(old), status: 'newest', secrets: 0, previousSecrets: 1, webhooks: 1, removable: false },
        { id: idOf(next), status: 'missing', secrets: 1, previousSecrets: 0, webhooks: 0, removable: false },
      ])
      // It seals nothing anew that it cannot open, and takes nothing from whoever can.
      const resealed = await callAt(slow.url, hasty.adminKey, 'POST', '/master-keys/reseal')
      expect(resealed.body).toEqual({ resealed: 0, remaining: 0, unreadable: 0 })
      expect(receiver.received).toEqual([])
    }
    await using mended = await beside(hasty, { TRIPLINE_WORKER: 'on', TRIPLINE_SECRET_KEY: `${old},${next}` })
    await makeDue({ ...hasty, world: mended.world }, delivery)
    await inState(hasty, delivery, 'succeeded')
    expect(receiver.received.map((request) => isSignedBy(request, [VALUES[1]!, VALUES[0]!]))).toEqual([true])
    await stopHasty()
  })

  test('a webhook that could not be sent to is sent to as soon as its secret has been sealed anew', async () => {
    const [old, next] = [newKey(), newKey()]
    await using receiver = await startReceiver()
    await using server = await startTestServer('postgres', { env: { TRIPLINE_SECRET_KEY: old } })
    const pipeline = await givenPipeline(server, receiver.url, {
      secrets: { SIGNING: VALUES[0]! },
      webhook: { signingSecret: 'SIGNING' },
    })
    const hasty = await beside(server, { TRIPLINE_SECRET_KEY: `${next},${old}`, TRIPLINE_WORKER: 'off' })
    const reseal = (url: string) => callAt(url, server.adminKey, 'POST', '/master-keys/reseal')
    expect((await reseal(hasty.url)).body.resealed).toBe(2)
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, 'pending', 1)
    await hasty.stop()
    // Taken back: a process with the old key first seals everything anew with that.
    const back = await beside(server, { TRIPLINE_SECRET_KEY: `${old},${next}`, TRIPLINE_WORKER: 'off' })
    expect((await reseal(back.url)).body).toEqual({ resealed: 2, remaining: 0, unreadable: 0 })
    await back.stop()
    await makeDue(server, delivery)
    await inState(server, delivery, 'succeeded')
    expect(isSignedBy(receiver.received[0]!, [VALUES[0]!])).toBe(true)
  })

  test('the old key cannot be removed before everything is sealed anew, and no start is refused until then', async () => {
    const [old, next] = [newKey(), newKey()]
    await using server = await startTestServer('postgres', { env: { TRIPLINE_SECRET_KEY: old } })
    await givenPipeline(server, 'http://127.0.0.1:9/', { secrets: { TOKEN: 'some value' } })
    await server.stop()
    const starts = async (keys: string) => {
      try {
        await (await startServer(readConfig({ ...server.env, TRIPLINE_SECRET_KEY: keys }))).stop()
        return 'starts'
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        return (error as Error).message
      }
    }
    const needs = (needed: string, given: string) =>
      expect.stringContaining(`It needs the master key ${idOf(needed)}, and was given ${idOf(given)}.`)
    expect(await starts(`${next},${old}`)).toBe('starts')
    expect(await starts(next)).toEqual(needs(old, next))
    // One that crashes in the middle of the switch comes back with what it had.
    expect(await starts(old)).toBe('starts')
    expect(await starts(newKey())).toContain('is not the one this database was written with')
    const switched = await beside(server, { TRIPLINE_SECRET_KEY: `${next},${old}` })
    await callAt(switched.url, server.adminKey, 'POST', '/master-keys/reseal')
    await switched.stop()
    expect(await starts(next)).toBe('starts')
    expect(await starts(old)).toEqual(needs(next, old))
  })
})

forEachEngine((engine) => {
  test('many rows are sealed anew in bounded steps, by several at once, and those that were changed stay', async () => {
    const [old, next] = [newKey(), newKey()]
    await using server = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: old } })
    const team = await givenTeam(server)
    const { db, keyring } = server.world
    const count = 6_001
    await db.transaction(async (tx) => {
      const { id } = await tx.selectFrom('entities').select('id').where('name', '=', team).executeTakeFirstOrThrow()
      const rows = Array.from({ length: count }, (_, index) => {
        const label = { entityId: id, name: `S${index}`, version: 1 }
        // Bound to another name, as if it had been moved.
        const sealedFor = index === 3_000 ? { ...label, name: 'ANOTHER' } : label
        const ciphertext = keyring.seal(`value ${index}`, sealedFor)
        return {
          entity_id: id,
          name: label.name,
          version: 1,
          ciphertext,
          created_by: null,
          created_at: 1,
          updated_at: 1,
        }
      })
      for (let at = 0; at < count; at += 1_000) {
        await tx
          .insertInto('secrets')
          .values(rows.slice(at, at + 1_000))
          .execute()
      }
    })
    await server.stop()
    const again = await startServer(readConfig({ ...server.env, TRIPLINE_SECRET_KEY: `${next},${old}` }))
    const reseal = async () => (await callAt(again.url, server.adminKey, 'POST', '/master-keys/reseal')).body
    const neededAtStart = async () => {
      const settings = again.world.db.read.selectFrom('settings').select('value')
      return keyIdOf((await settings.where('name', '=', 'key_check').executeTakeFirstOrThrow()).value)
    }
    if (engine === 'postgres') {
      const first = await reseal()
      expect(first).toEqual({ resealed: 5_000, remaining: 1_000, unreadable: 1 })
      expect(await neededAtStart()).toBe(idOf(old))
      const rest: Json[] = await Promise.all([reseal(), reseal(), reseal()])
      expect(rest.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(1_000)
    }
    // The embedded database has nobody to wait for: the start has done it all.
    expect(await reseal()).toEqual({ resealed: 0, remaining: 0, unreadable: 1 })
    expect(await neededAtStart()).toBe(idOf(next))
    const rows = await again.world.db.read.selectFrom('secrets').select(['name', 'ciphertext']).execute()
    const unchanged = rows.filter(({ ciphertext }) => keyIdOf(ciphertext) === idOf(old))
    expect(unchanged.map(({ name }) => name)).toEqual(['S3000'])
    const { body } = await callAt(again.url, server.adminKey, 'GET', '/master-keys')
    expect(body.items.map((item: Json) => [item.status, item.secrets, item.removable])).toEqual([
      ['newest', count - 1, false],
      ['older', 1, false],
    ])
    await again.stop()
  })

  test('who seals anew is audited, and only administrators of the server may', async () => {
    const [old, next] = [newKey(), newKey()]
    await using server = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: `${next},${old}` } })
    const team = await givenTeam(server)
    await givenSecrets(server, team, { TOKEN: 'some value' })
    const { db } = server.world
    const sealed = parseKeyring(old)
    await db.transaction(async (tx) => {
      const { entity_id } = await tx.selectFrom('secrets').select('entity_id').executeTakeFirstOrThrow()
      const ciphertext = sealed.seal('some value', { entityId: entity_id, name: 'TOKEN', version: 1 })
      await tx.updateTable('secrets').set({ ciphertext }).execute()
    })
    await succeeds(server, 'POST', '/master-keys/reseal')
    await succeeds(server, 'POST', '/master-keys/reseal')
    const { items } = await succeeds(server, 'GET', '/audit')
    expect(items.filter((item: Json) => item.action === 'master_key.resealed')).toMatchObject([
      { subject: idOf(next), actor: 'admin-user', details: { resealed: 1, remaining: 0, unreadable: 0 } },
    ])
  })
})

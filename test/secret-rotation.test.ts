/**
 * A signing secret is replaced without a delivery that its receiver has to refuse, and nothing outlives its overlap.
 * Receivers check with the library of Standard Webhooks; the end of an overlap is brought about in the database.
 */
import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { createSecretUseLog } from '../src/webhooks/operations.ts'
import { givenMember, givenTeam } from './support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, makeDue, succeeds } from './support/given-deliveries.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const HOUR_MS = 3_600_000

/** Which of these secrets a receiver would take the request by, in the order of the signatures it carries. */
function signersOf(request: ReceivedRequest, secrets: readonly string[]): string[] {
  const headers = request.headers as Record<string, string>
  const signatures = (headers['webhook-signature'] ?? '').split(' ').filter((signature) => signature !== '')
  return signatures.map((signature) => {
    const signer = secrets.find((secret) => {
      try {
        const webhook = new Webhook(secret, secret.startsWith('whsec_') ? {} : { format: 'raw' })
        webhook.verify(request.body, { ...headers, 'webhook-signature': signature })
        return true
      } catch {
        return false
      }
    })
    return signer ?? 'nobody'
  })
}

/** What a library does: take the request if any of its signatures is right. */
function takes(request: ReceivedRequest, secret: string): boolean {
  return signersOf(request, [secret]).includes(secret)
}

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const put = (team: string, name: string, value: string, overlapHours?: number): Promise<Json> =>
    succeeds(server, 'PUT', `/entities/${team}/secrets/${name}`, { value, overlapHours })
  const shown = async (team: string, name: string): Promise<Json> =>
    (await succeeds(server, 'GET', `/entities/${team}/secrets`)).items.find((item: Json) => item.name === name)
  const endOverlap = (team: string, name: string) => server.rest('DELETE', `/entities/${team}/secrets/${name}/previous`)

  /** The values of a secret that are stored besides its newest, whether they may still be used or not. */
  const storedPrevious = async (team: string): Promise<number[]> => {
    const rows = await server.world.db.read
      .selectFrom('previous_secrets as p')
      .innerJoin('secrets as s', 's.id', 'p.secret_id')
      .innerJoin('entities as e', 'e.id', 's.entity_id')
      .select('p.version')
      .where('e.name', '=', team)
      .orderBy('p.version')
      .execute()
    return rows.map((row) => row.version)
  }

  /** Every overlap of the team ends `agoMs` ago, as if the time had passed. */
  const passTime = (team: string, agoMs = 0): Promise<unknown> =>
    server.world.db.transaction(async (tx) => {
      const now = server.world.db.engine.nowMs(Date.now())
      const secrets = tx
        .selectFrom('secrets as s')
        .innerJoin('entities as e', 'e.id', 's.entity_id')
        .select('s.id')
        .where('e.name', '=', team)
      const end = sql<number>`${now} - ${agoMs}`
      await tx.updateTable('previous_secrets').set({ ends_at: end }).where('secret_id', 'in', secrets).execute()
      await tx.updateTable('secrets').set({ previous_until: end }).where('id', 'in', secrets).execute()
    })

  async function sendOne(pipeline: Awaited<ReturnType<typeof givenPipeline>>, received: ReceivedRequest[]) {
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, 'succeeded')
    return received.at(-1)!
  }

  const KEYS = ['first key of it', `whsec_${Buffer.from('second key of it').toString('base64')}`, 'third key of it']

  describe('the overlap after a signing secret was replaced', () => {
    async function givenSigned(options: { webhook?: Json } = {}) {
      const receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url, {
        secrets: { KEY: KEYS[0]! },
        webhook: { signingSecret: 'KEY', signature: { github: true, wandb: 'hex' }, ...options.webhook },
      })
      return {
        receiver,
        pipeline,
        team: pipeline.team,
        send: () => sendOne(pipeline, receiver.received),
        [Symbol.asyncDispose]: () => receiver.stop(),
      }
    }

    test('both signatures are sent, newest first; schemes with room for one carry the newest', async () => {
      await using given = await givenSigned()
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[0]])
      await put(given.team, 'KEY', KEYS[1]!)
      const request = await given.send()
      expect(signersOf(request, KEYS)).toEqual([KEYS[1], KEYS[0]])
      expect([takes(request, KEYS[0]!), takes(request, KEYS[1]!), takes(request, KEYS[2]!)]).toEqual([
        true,
        true,
        false,
      ])
      const digest = createHmac('sha256', KEYS[1]!).update(request.body).digest('hex')
      expect(request.headers['x-wandb-signature']).toBe(digest)
      expect(request.headers['x-hub-signature-256']).toBe(`sha256=${digest}`)
    })

    test('it is a day unless it is said otherwise, and shown', async () => {
      await using given = await givenSigned()
      const before = Date.now()
      const day = await put(given.team, 'KEY', KEYS[1]!)
      expect(day).toMatchObject({ version: 2, previous: [{ version: 1 }] })
      const leftMs = Date.parse(day.previous[0].endsAt) - before
      expect(Math.abs(leftMs - 24 * HOUR_MS)).toBeLessThan(60_000)
      expect(await shown(given.team, 'KEY')).toMatchObject({ version: 2, previous: day.previous })

      const half = await put(given.team, 'KEY', KEYS[2]!, 0.5)
      expect(half.previous.map(({ version }: Json) => version)).toEqual([2, 1])
      for (const { endsAt } of half.previous) {
        expect(Math.abs(Date.parse(endsAt) - before - HOUR_MS / 2)).toBeLessThan(60_000)
      }
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[2], KEYS[1], KEYS[0]])
    })

    test('a longer overlap does not lengthen that of the value before', async () => {
      await using given = await givenSigned()
      await put(given.team, 'KEY', KEYS[1]!, 1)
      const { previous } = await put(given.team, 'KEY', KEYS[2]!, 168)
      const hours = previous.map(({ endsAt }: Json) => Math.round((Date.parse(endsAt) - Date.now()) / HOUR_MS))
      expect(hours).toEqual([168, 1])
    })

    test('0 ends it at once, for the value before as well, and nothing of them is kept', async () => {
      await using given = await givenSigned()
      await put(given.team, 'KEY', KEYS[1]!)
      expect(await storedPrevious(given.team)).toEqual([1])
      expect(await put(given.team, 'KEY', KEYS[2]!, 0)).toEqual({ name: 'KEY', version: 3, previous: [] })
      expect(await storedPrevious(given.team)).toEqual([])
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[2]])
    })

    test('it can be ended by hand, once, and that is audited without a value', async () => {
      await using given = await givenSigned()
      await put(given.team, 'KEY', KEYS[1]!)
      await put(given.team, 'KEY', KEYS[2]!)
      const answers = [await endOverlap(given.team, 'KEY'), await endOverlap(given.team, 'KEY')]
      expect(answers.map(({ status, body }) => [status, body])).toEqual([
        [200, { ended: [2, 1] }],
        [200, { ended: [] }],
      ])
      expect(await storedPrevious(given.team)).toEqual([])
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[2]])
      expect((await shown(given.team, 'KEY')).previous).toEqual([])
      const audit = await server.rest('GET', `/entities/${given.team}/audit`)
      const actions = audit.body.items.map((item: Json) => item.action)
      expect(actions.filter((action: string) => action === 'secret.overlap_ended')).toHaveLength(1)
      for (const key of KEYS) expect(audit.text).not.toContain(key)
    })

    test('only admins end it, and it has to be there', async () => {
      await using given = await givenSigned()
      await put(given.team, 'KEY', KEYS[1]!)
      const member = await givenMember(server, given.team, 'member')
      const path = `/entities/${given.team}/secrets/KEY/previous`
      const refused = await server.rest('DELETE', path, undefined, { key: member.key })
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
      expect(await storedPrevious(given.team)).toEqual([1])
      const missing = await endOverlap(given.team, 'NONE')
      expect([missing.status, missing.body.code]).toEqual([404, 'not_found'])
    })

    test('after its end the old value signs nothing, although it has not been deleted yet', async () => {
      await using given = await givenSigned()
      await put(given.team, 'KEY', KEYS[1]!)
      // The worker knows the old value from here on.
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[1], KEYS[0]])
      await passTime(given.team)
      expect(await storedPrevious(given.team)).toEqual([1])
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[1]])
      expect((await shown(given.team, 'KEY')).previous).toEqual([])
    })

    test('an attempt that was waiting takes the values of when it is made', async () => {
      await using given = await givenSigned()
      given.receiver.answerWith(503, 503, 204)
      const delivery = await fire(server, given.pipeline)
      await inState(server, delivery, 'pending', 1)
      await put(given.team, 'KEY', KEYS[1]!)
      await makeDue(server, delivery)
      await inState(server, delivery, 'pending', 2)
      await passTime(given.team)
      await makeDue(server, delivery)
      await inState(server, delivery, 'succeeded', 3)
      const signers = given.receiver.received.map((request) => signersOf(request, KEYS))
      expect(signers).toEqual([[KEYS[0]], [KEYS[1], KEYS[0]], [KEYS[1]]])
    })

    test('a value that comes back signs once, whatever else there is', async () => {
      await using given = await givenSigned()
      await put(given.team, 'KEY', KEYS[1]!)
      await put(given.team, 'KEY', KEYS[1]!)
      expect(await shown(given.team, 'KEY')).toMatchObject({ version: 3, previous: [{ version: 1 }] })
      expect(signersOf(await given.send(), KEYS)).toEqual([KEYS[1], KEYS[0]])
    })

    test('of many changes in a row the last four go on signing', async () => {
      await using given = await givenSigned()
      const values = Array.from({ length: 7 }, (_, index) => `key number ${index}`)
      for (const value of values) await put(given.team, 'KEY', value)
      expect((await shown(given.team, 'KEY')).previous.map(({ version }: Json) => version)).toEqual([7, 6, 5, 4])
      expect(signersOf(await given.send(), values)).toEqual(values.slice(2).reverse())
      expect(await storedPrevious(given.team)).toEqual([4, 5, 6, 7])
    })

    test('an old value that could never sign is passed over', async () => {
      const receiver = await startReceiver()
      const team = await givenTeam(server)
      await givenSecrets(server, team, { KEY: 'whsec_not base64 at all' })
      await put(team, 'KEY', KEYS[0]!)
      const pipeline = await givenPipeline(server, receiver.url, { team, webhook: { signingSecret: 'KEY' } })
      expect(signersOf(await sendOne(pipeline, receiver.received), KEYS)).toEqual([KEYS[0]])
      await receiver.stop()
    })

    test('of changes at the same time each is kept or replaced, none half', async () => {
      await using given = await givenSigned()
      const values = Array.from({ length: 4 }, (_, index) => `value at once ${index}`)
      await Promise.all(values.map((value) => put(given.team, 'KEY', value)))
      const secret = await shown(given.team, 'KEY')
      expect(secret).toMatchObject({ version: 5, previous: [4, 3, 2, 1].map((version) => ({ version })) })
      const signers = signersOf(await given.send(), [...values, KEYS[0]!])
      expect([...signers].sort()).toEqual([...values, KEYS[0]!].sort())
      expect(signers.at(-1)).toBe(KEYS[0])
    })

    test('a receiver that changes over at its leisure refuses nothing', async () => {
      await using given = await givenSigned()
      let known = KEYS[0]!
      given.receiver.answerWith((request) => (takes(request, known) ? 204 : 401))
      for (const step of [
        () => undefined,
        () => put(given.team, 'KEY', KEYS[1]!),
        () => undefined,
        () => {
          known = KEYS[1]!
        },
        () => endOverlap(given.team, 'KEY'),
      ]) {
        await step()
        await inState(server, await fire(server, given.pipeline), 'succeeded', 1)
      }
      expect(given.receiver.received).toHaveLength(5)
    })
  })

  test.each([
    ['below 0', -1],
    ['more than a week', 169],
    ['a text', '24'],
    ['null', null],
  ])('an overlap that is %s is refused, and nothing is changed', async (_what, overlapHours) => {
    const team = await givenTeam(server)
    await givenSecrets(server, team, { KEY: KEYS[0]! })
    const answer = await server.rest('PUT', `/entities/${team}/secrets/KEY`, { value: KEYS[1], overlapHours })
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    expect(answer.body.errors).toEqual([expect.objectContaining({ path: '/overlapHours' })])
    expect(await shown(team, 'KEY')).toMatchObject({ version: 1, previous: [] })
  })

  test('whatever is no signature carries the newest value alone, and the old one is redacted while it is known', async () => {
    const [old, current] = ['the-old-value-of-it', 'the-new-value-of-it']
    await using receiver = await startReceiver({ status: 200, body: `${old}|${Buffer.from(old).toString('hex')}` })
    const pipeline = await givenPipeline(server, `${receiver.url}?key=\${KEY}`, {
      secrets: { KEY: old },
      webhook: { accessTokenSecret: 'KEY', headers: { 'x-key': '${KEY}' } },
      payload: { key: '${KEY}' },
    })
    await put(pipeline.team, 'KEY', current)
    const sent = async () => {
      const delivery = await fire(server, pipeline)
      const { history } = await inState(server, delivery, 'succeeded')
      return history[0].response.body
    }
    expect(await sent()).toBe('***|***')
    expect(JSON.stringify(receiver.received)).not.toContain(old)
    expect(receiver.received[0]).toMatchObject({
      path: `/hook?key=${current}`,
      headers: { authorization: `Bearer ${current}`, 'x-key': current },
      body: JSON.stringify({ key: current }),
    })
    const tested = await server.rest('POST', `${pipeline.webhookPath}/test`)
    expect(tested.body).toMatchObject({ ok: true, response: { body: '***|***' } })
    await endOverlap(pipeline.team, 'KEY')
    expect(await sent()).toContain(old)
  })

  test('what has ended is deleted by the start of a server, and nothing else is', async () => {
    await using before = await startTestServer(engine)
    const [ended, lasting] = [await givenTeam(before), await givenTeam(before)]
    for (const team of [ended, lasting]) {
      await givenSecrets(before, team, { KEY: KEYS[0]! })
      await givenSecrets(before, team, { KEY: KEYS[1]! })
    }
    const stored = () => before.world.db.read.selectFrom('previous_secrets').select(['id']).execute()
    expect(await stored()).toHaveLength(2)
    await before.world.db.transaction(async (tx) => {
      await tx.updateTable('previous_secrets').set({ ends_at: 1 }).where('id', '=', 1).execute()
      await tx.updateTable('secrets').set({ previous_until: 1 }).where('id', '=', 1).execute()
    })
    await before.stop()
    const after = await startServer(readConfig(before.env))
    const { db } = after.world
    expect(await db.read.selectFrom('previous_secrets').select(['id']).execute()).toEqual([{ id: 2 }])
    const until = await db.read.selectFrom('secrets').select('previous_until').orderBy('id').execute()
    expect(until).toEqual([{ previous_until: null }, { previous_until: expect.any(Number) }])
    await after.stop()
  })

  test('a deleted secret leaves none of its values', async () => {
    const team = await givenTeam(server)
    await givenSecrets(server, team, { KEY: KEYS[0]! })
    await put(team, 'KEY', KEYS[1]!)
    await succeeds(server, 'DELETE', `/entities/${team}/secrets/KEY`)
    expect(await storedPrevious(team)).toEqual([])
    await givenSecrets(server, team, { KEY: KEYS[2]! })
    expect(await shown(team, 'KEY')).toMatchObject({ version: 1, previous: [], lastUsedAt: null })
  })

  describe('when a secret was last used and last refused', () => {
    /** As a server shows it that was started after this one was stopped. */
    async function afterStop(stopped: TestServer, team: string): Promise<Record<string, Json>> {
      await stopped.stop()
      const { url, stop } = await startServer(readConfig(stopped.env))
      const headers = { authorization: `Bearer ${stopped.adminKey}` }
      const answer = await fetch(`${url}/api/v1/entities/${team}/secrets`, { headers })
      await stop()
      const { items } = (await answer.json()) as Json
      return Object.fromEntries(items.map((item: Json) => [item.name, item]))
    }

    async function givenAll(stopped: TestServer, status: number, more: { headers?: Record<string, string> } = {}) {
      const receiver = await startReceiver({ status, ...more })
      const pipeline = await givenPipeline(stopped, `${receiver.url}/\${PATH}`, {
        secrets: {
          TOKEN: 'value of token',
          SIGNING: 'value of signing',
          HEADER: 'value of header',
          PATH: 'value-of-path',
          BODY: 'value of body',
          UNSENT: 'value of unsent',
          IDLE: 'value of idle',
        },
        webhook: {
          accessTokenSecret: 'TOKEN',
          signingSecret: 'SIGNING',
          headers: { 'x-key': '${HEADER}' },
          secrets: ['BODY', 'UNSENT'],
        },
        payload: { body: '${BODY}' },
      })
      return { receiver, pipeline }
    }

    const timesOf = (secrets: Record<string, Json>, field: 'lastUsedAt' | 'lastRefusedAt') =>
      Object.keys(secrets)
        .filter((name) => secrets[name][field] !== null)
        .sort()

    test('those that a request carries are used, and others are not', async () => {
      await using stopped = await startTestServer(engine)
      const { receiver, pipeline } = await givenAll(stopped, 204)
      const before = Date.now()
      await inState(stopped, await fire(stopped, pipeline), 'succeeded')
      const secrets = await afterStop(stopped, pipeline.team)
      expect(timesOf(secrets, 'lastUsedAt')).toEqual(['BODY', 'HEADER', 'PATH', 'SIGNING', 'TOKEN'])
      expect(timesOf(secrets, 'lastRefusedAt')).toEqual([])
      const usedAt = Date.parse(secrets.TOKEN.lastUsedAt)
      expect([usedAt >= before, usedAt <= Date.now()]).toEqual([true, true])
      await receiver.stop()
    })

    test.each([401, 403])('an answer of %i refuses what the request carried, its payload aside', async (status) => {
      await using stopped = await startTestServer(engine)
      const { receiver, pipeline } = await givenAll(stopped, status)
      await inState(stopped, await fire(stopped, pipeline), 'pending', 1)
      const secrets = await afterStop(stopped, pipeline.team)
      expect(timesOf(secrets, 'lastRefusedAt')).toEqual(['HEADER', 'PATH', 'SIGNING', 'TOKEN'])
      expect(secrets.TOKEN.lastRefusedAt).toBe(secrets.TOKEN.lastUsedAt)
      await receiver.stop()
    })

    test.each<[string, number, Record<string, string>]>([
      ['a 403 that asks for patience', 403, { 'retry-after': '60' }],
      ['a 500', 500, {}],
      ['a 404', 404, {}],
    ])('%s refuses none', async (_what, status, headers) => {
      await using stopped = await startTestServer(engine)
      const { receiver, pipeline } = await givenAll(stopped, status, { headers })
      await inState(stopped, await fire(stopped, pipeline), 'pending', 1)
      const secrets = await afterStop(stopped, pipeline.team)
      expect(timesOf(secrets, 'lastRefusedAt')).toEqual([])
      expect(timesOf(secrets, 'lastUsedAt')).toContain('TOKEN')
      await receiver.stop()
    })

    test('a webhook that signs in no way does not use its signing secret', async () => {
      await using stopped = await startTestServer(engine)
      const { receiver, pipeline } = await givenAll(stopped, 401)
      const signature = { standard: false, wandb: 'off', github: false }
      await succeeds(stopped, 'PATCH', pipeline.webhookPath, { signature })
      await inState(stopped, await fire(stopped, pipeline), 'pending', 1)
      const secrets = await afterStop(stopped, pipeline.team)
      expect(timesOf(secrets, 'lastUsedAt')).toEqual(['BODY', 'HEADER', 'PATH', 'TOKEN'])
      expect(timesOf(secrets, 'lastRefusedAt')).toEqual(['HEADER', 'PATH', 'TOKEN'])
      await receiver.stop()
    })

    test('what was noted is written within a minute, with the newest times, and then nothing more', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { KEY: KEYS[0]! })
      const { db } = server.world
      const { id } = await db.read.selectFrom('secrets').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()
      const times = async () => {
        const row = db.read.selectFrom('secrets').select(['last_used_at', 'last_refused_at']).where('id', '=', id)
        return Object.values(await row.executeTakeFirstOrThrow())
      }
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      onTestFinished(() => {
        vi.useRealTimers()
      })
      const log = createSecretUseLog(server.world)
      log.note({ at: 1_000_000, used: [id], refused: [] })
      log.note({ at: 3_000_000, used: [id], refused: [] })
      log.note({ at: 2_000_000, used: [id], refused: [id] })
      log.note(null)
      vi.advanceTimersByTime(59_999)
      expect(await times()).toEqual([null, null])
      vi.advanceTimersByTime(1)
      vi.useRealTimers()
      await expect.poll(times).toEqual([3_000_000, 2_000_000])
      // Of two processes the one that was slower to write takes nothing back.
      log.note({ at: 2_500_000, used: [id], refused: [id] })
      await log.stop()
      expect(await times()).toEqual([3_000_000, 2_500_000])
    })

    test('a secret is written once, however many requests carry it, and not within the same minute again', async () => {
      await using stopped = await startTestServer(engine)
      const { receiver, pipeline } = await givenAll(stopped, 204)
      const { db } = stopped.world
      const used = () => db.read.selectFrom('secrets').select('last_used_at').where('name', '=', 'TOKEN').execute()
      const deliveries = []
      for (let count = 0; count < 20; count += 1) deliveries.push(await fire(stopped, pipeline))
      for (const delivery of deliveries) await inState(stopped, delivery, 'succeeded')
      expect(await used()).toEqual([{ last_used_at: null }])
      const justNow = Date.now() - 5_000
      await db.transaction((tx) =>
        tx.updateTable('secrets').set({ last_used_at: justNow }).where('name', '=', 'TOKEN').execute(),
      )
      const secrets = await afterStop(stopped, pipeline.team)
      expect(Date.parse(secrets.TOKEN.lastUsedAt)).toBe(justNow)
      expect(Date.parse(secrets.SIGNING.lastUsedAt)).toBeGreaterThan(justNow)
      await receiver.stop()
    })
  })
})

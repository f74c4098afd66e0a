/** Team secrets by REST: written, never read; and the keys they are sealed under. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { givenMember, givenTeam, givenUser, unique } from './support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, makeDue, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const pathOf = (team: string, name = '') => `/entities/${team}/secrets${name === '' ? '' : `/${name}`}`

  describe('storing secrets', () => {
    test('a secret is stored, replaced, listed and deleted, and no answer has its value', async () => {
      const team = await givenTeam(server)
      const values = ['first-value-4711', 'second-value-0815']
      const answers = [
        await server.rest('PUT', pathOf(team, 'TOKEN'), { value: values[0] }),
        await server.rest('PUT', pathOf(team, 'TOKEN'), { value: values[1] }),
        await server.rest('PUT', pathOf(team, '_other2'), { value: 'another-value' }),
        await server.rest('GET', pathOf(team)),
        await server.rest('DELETE', pathOf(team, 'TOKEN')),
        await server.rest('GET', pathOf(team)),
        await server.rest('DELETE', pathOf(team, 'TOKEN')),
      ]
      const time = expect.stringMatching(/^\d{4}-.*Z$/)
      const other = {
        name: '_other2',
        version: 1,
        previous: [],
        usedBy: [],
        lastUsedAt: null,
        lastRefusedAt: null,
        createdAt: time,
        updatedAt: time,
        updatedBy: 'admin-user',
      }
      const previous = [{ version: 1, endsAt: time }]
      expect(answers.map(({ status, body }) => [status, body])).toEqual([
        [201, { name: 'TOKEN', version: 1, previous: [] }],
        [200, { name: 'TOKEN', version: 2, previous }],
        [201, { name: '_other2', version: 1, previous: [] }],
        [200, { items: [{ ...other, name: 'TOKEN', version: 2, previous }, other] }],
        [200, { cancelled: [] }],
        [200, { items: [other] }],
        [404, expect.objectContaining({ code: 'not_found', detail: 'Secret "TOKEN" not found' })],
      ])
      for (const { text } of answers) expect(text).not.toMatch(/first-value|second-value|another-value/)
    })

    test('the list tells who stored the value that is there', async () => {
      const team = await givenTeam(server)
      const other = await givenMember(server, team, 'admin')
      await server.rest('PUT', pathOf(team, 'ONE'), { value: 'first-value-4711' })
      await server.rest('PUT', pathOf(team, 'TWO'), { value: 'first-value-4711' })
      await server.rest('PUT', pathOf(team, 'TWO'), { value: 'second-value-0815' }, { key: other.key })
      await server.rest('DELETE', `${pathOf(team, 'TWO')}/previous`)
      const { body } = await server.rest('GET', pathOf(team))
      expect(body.items).toMatchObject([
        { name: 'ONE', updatedBy: 'admin-user' },
        { name: 'TWO', updatedBy: other.username },
      ])
    })

    test('there is no way to read one secret', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { TOKEN: 'some-value-1' })
      const answer = await server.rest('GET', pathOf(team, 'TOKEN'))
      expect([answer.status, answer.body.code]).toEqual([405, 'method_not_allowed'])
    })

    test('secrets are listed in pages', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { C: 'some-value', A: 'some-value', B: 'some-value', a: 'some-value' })
      const names: string[] = []
      for (let cursor = ''; ; ) {
        const page = await succeeds(server, 'GET', `${pathOf(team)}?limit=2${cursor}`)
        names.push(...page.items.map((item: { name: string }) => item.name))
        if (page.cursor === undefined) break
        cursor = `&cursor=${page.cursor}`
      }
      expect(names).toEqual(['A', 'B', 'C', 'a'])
    })

    test.each([
      ['1ST', 'use letters, digits and "_", not beginning with a digit'],
      ['WITH-DASH', 'use letters, digits and "_"'],
      ['WITH SPACE', 'use letters, digits and "_"'],
      ['ÜMLAUT', 'use letters, digits and "_"'],
      ['${NAME}', 'use letters, digits and "_"'],
      ['alias', 'is a variable of payload templates: give the secret another name'],
      ['artifact_metadata', 'is a variable of payload templates'],
      ['ACCESS_TOKEN', 'is a variable of payload templates'],
    ])('the name %j is refused, and it is said why', async (name, message) => {
      const team = await givenTeam(server)
      const answer = await server.rest('PUT', pathOf(team, encodeURIComponent(name)), { value: 'some-value' })
      expect([answer.status, answer.body.code]).toEqual([400, 'secret_invalid'])
      expect(answer.body.detail).toContain(`"${name}"`)
      expect(answer.body.detail).toContain(message)
      expect(await succeeds(server, 'GET', pathOf(team))).toEqual({ items: [] })
    })

    test('the longest name is taken, a longer one refused', async () => {
      const team = await givenTeam(server)
      expect((await server.rest('PUT', pathOf(team, 'N'.repeat(128)), { value: 'some-value' })).status).toBe(201)
      const answer = await server.rest('PUT', pathOf(team, 'N'.repeat(129)), { value: 'some-value' })
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    })

    test.each([
      ['seven', '1234567', 'must have at least 8 characters'],
      ['none', '', 'must have at least 8 characters'],
      ['too many characters', 'x'.repeat(8_193), 'must have at most 8192 characters'],
      ['a line end', 'from-echo\n', 'begins or ends with white space'],
      ['a space before', ' from-a-form', 'begins or ends with white space'],
      ['two lines', 'line one\nline two', 'has a control character in it'],
    ])('a value with %s is refused without showing it', async (_what, value, message) => {
      const team = await givenTeam(server)
      const answer = await server.rest('PUT', pathOf(team, 'TOKEN'), { value })
      expect([answer.status, answer.body.code]).toEqual([400, 'secret_invalid'])
      expect(answer.body.detail).toContain(message)
      expect(answer.body.errors).toEqual([{ path: '/value', message: expect.stringContaining(message) }])
      if (value.length > 4) expect(answer.text).not.toContain(JSON.stringify(value).slice(1, -1))
      expect(await succeeds(server, 'GET', pathOf(team))).toEqual({ items: [] })
    })

    test.each([
      ['a NUL', 'with\0in-it'],
      ['half an emoji', 'half-\ud83d-emoji'],
    ])('a value with %s is no text, and is refused without showing it', async (_what, value) => {
      const team = await givenTeam(server)
      const answer = await server.rest('PUT', pathOf(team, 'TOKEN'), { value })
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
      expect(answer.body.errors).toEqual([{ path: '/value', message: expect.any(String) }])
      expect(answer.text).not.toContain(JSON.stringify(value).slice(1, -1))
    })

    test.each(['12345678', 'x'.repeat(8_192), '🔑🗝️ ключ "\'\\%+/ñ'])(
      'a value such as %.20s is taken',
      async (value) => {
        const team = await givenTeam(server)
        expect((await server.rest('PUT', pathOf(team, 'TOKEN'), { value })).status).toBe(201)
      },
    )

    test.each([
      ['no value', '{}', '/value'],
      ['another type', '{"value":1234567890}', '/value'],
      ['a list', '{"value":["hidden-value"]}', '/value'],
      ['an unknown field', '{"value":"hidden-value","valeu":"hidden-value"}', '/valeu'],
      ['no JSON', '{"value":"hidden-value"', undefined],
    ])('a body with %s is refused without showing it', async (_what, body, path) => {
      const team = await givenTeam(server)
      const answer = await server.rest('PUT', pathOf(team, 'TOKEN'), body)
      expect(answer.status).toBe(400)
      if (path !== undefined) expect(answer.body.errors).toEqual([expect.objectContaining({ path })])
      expect(answer.text).not.toMatch(/hidden-value|1234567890/)
    })

    test('admins manage them, members see which there are, and nobody else learns that there are any', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { TOKEN: 'some-value' })
      const [admin, member, viewer] = await Promise.all(
        (['admin', 'member', 'viewer'] as const).map((role) => givenMember(server, team, role)),
      )
      const stranger = await givenUser(server)
      const calls = async (key: string | null, entity = team) => {
        const answers = [
          await server.rest('PUT', pathOf(entity, 'NEW_ONE'), { value: 'some-value' }, { key }),
          await server.rest('DELETE', pathOf(entity, 'NEW_ONE'), undefined, { key }),
          await server.rest('GET', pathOf(entity), undefined, { key }),
        ]
        return answers.map(({ status, body }) => [status, body.code])
      }
      const [forbidden, missing, anonymous] = [
        [403, 'forbidden'],
        [404, 'not_found'],
        [401, 'unauthenticated'],
      ]
      expect(await calls(admin!.key)).toEqual([
        [201, undefined],
        [200, undefined],
        [200, undefined],
      ])
      expect(await calls(member!.key)).toEqual([forbidden, forbidden, [200, undefined]])
      expect(await calls(viewer!.key)).toEqual([forbidden, forbidden, forbidden])
      expect(await calls(stranger.key)).toEqual([missing, missing, missing])
      expect(await calls(stranger.key, unique('nobody'))).toEqual([missing, missing, missing])
      expect(await calls(null)).toEqual([anonymous, anonymous, anonymous])
    })

    test('every change is audited, without the value', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { TOKEN: 'audited-value-1' })
      await givenSecrets(server, team, { TOKEN: 'audited-value-2' })
      await succeeds(server, 'DELETE', pathOf(team, 'TOKEN'))
      const { text, body } = await server.rest('GET', `/entities/${team}/audit`)
      const actions = body.items.map((item: { action: string; subject: string }) => [item.action, item.subject])
      expect(actions.slice(0, 3)).toEqual([
        ['secret.deleted', 'TOKEN'],
        ['secret.replaced', 'TOKEN'],
        ['secret.created', 'TOKEN'],
      ])
      expect(text).not.toContain('audited-value')
    })

    test('what is stored opens only where it was put', async () => {
      const receiver = await startReceiver()
      const [team, other] = [await givenTeam(server), await givenTeam(server)]
      await givenSecrets(server, team, { TOKEN: 'value of the team', SPARE: 'spare of the team' })
      await givenSecrets(server, other, { TOKEN: 'value of others' })
      const sealed = async (entity: string, name: string) =>
        server.world.db.read
          .selectFrom('secrets as s')
          .innerJoin('entities as e', 'e.id', 's.entity_id')
          .select(['s.id', 's.ciphertext'])
          .where('e.name', '=', entity)
          .where('s.name', '=', name)
          .executeTakeFirstOrThrow()
      const victim = await sealed(team, 'TOKEN')
      const put = (id: number, ciphertext: string) =>
        server.world.db.transaction((tx) =>
          tx.updateTable('secrets').set({ ciphertext }).where('id', '=', id).execute(),
        )
      const testCall = (entity: string, accessTokenSecret: string) =>
        server.rest('POST', `/entities/${entity}/webhooks/test`, { webhook: { url: receiver.url, accessTokenSecret } })

      await put((await sealed(other, 'TOKEN')).id, victim.ciphertext)
      await put((await sealed(team, 'SPARE')).id, victim.ciphertext)
      const stolen = [await testCall(other, 'TOKEN'), await testCall(team, 'SPARE')]
      await succeeds(server, 'PUT', pathOf(team, 'TOKEN'), { value: 'the second value' })
      await put(victim.id, victim.ciphertext)
      stolen.push(await testCall(team, 'TOKEN'))

      expect(stolen.map(({ status, body }) => [status, body.code])).toEqual(
        Array.from({ length: 3 }, () => [409, 'receiver_not_ready']),
      )
      for (const { text } of stolen) expect(text).toContain('belongs to another entity, name or version')
      expect(receiver.received).toEqual([])
      await receiver.stop()
    })
  })

  describe('secrets in use', () => {
    const USES = {
      accessTokenSecret: 'USED',
      signingSecret: 'USED',
      secrets: ['USED'],
      headers: { 'x-key': 'key ${USED}' },
      url: 'http://127.0.0.1:9/in/${USED}',
    }

    test.each(Object.entries(USES))(
      'one that is the %s of a webhook is not deleted, and it is said whose',
      async (field, value) => {
        const team = await givenTeam(server)
        await givenSecrets(server, team, { USED: 'value-in-use' })
        const webhook = { name: 'the user', url: 'http://127.0.0.1:9/', [field]: value }
        const { id } = await succeeds(server, 'POST', `/entities/${team}/webhooks`, webhook)
        await succeeds(server, 'POST', `/entities/${team}/webhooks`, { name: 'bystander', url: 'http://127.0.0.1:9/' })

        const listed = await succeeds(server, 'GET', pathOf(team))
        expect(listed.items).toMatchObject([{ name: 'USED', usedBy: ['the user'] }])
        const refused = await server.rest('DELETE', pathOf(team, 'USED'))
        expect([refused.status, refused.body.code]).toEqual([409, 'secret_in_use'])
        expect(refused.body.detail).toContain('"the user"')
        expect(refused.body.detail).toContain('force=true')
        expect(refused.body.webhooks).toEqual([{ id, name: 'the user' }])
        expect((await succeeds(server, 'GET', pathOf(team))).items).toHaveLength(1)

        expect(await succeeds(server, 'DELETE', `${pathOf(team, 'USED')}?force=true`)).toEqual({ cancelled: [] })
        expect((await succeeds(server, 'GET', pathOf(team))).items).toEqual([])
      },
    )

    test('force says which deliveries it cancels, and spares those of other webhooks', async () => {
      const secrets = { USED: 'value-in-use' }
      const waiting = { webhook: { paused: true, accessTokenSecret: 'USED' }, secrets }
      const cut = await givenPipeline(server, 'http://127.0.0.1:9/', waiting)
      const kept = await givenPipeline(server, 'http://127.0.0.1:9/', { team: cut.team, webhook: { paused: true } })
      const [first, second, spared] = [await fire(server, cut), await fire(server, cut), await fire(server, kept)]

      const { cancelled } = await succeeds(server, 'DELETE', `${pathOf(cut.team, 'USED')}?force=true`)
      expect(cancelled.sort()).toEqual([first, second].sort())
      for (const id of [first, second]) {
        expect(await succeeds(server, 'GET', `/deliveries/${id}`)).toMatchObject({
          state: 'cancelled',
          reason: 'secret_deleted',
          settledAt: expect.any(String),
        })
      }
      expect(await succeeds(server, 'GET', `/deliveries/${spared}`)).toMatchObject({ state: 'pending', held: true })
    })

    test('a webhook whose secret is gone says so, can be renamed and paused, and recovers with the secret', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url, {
        secrets: { USED: 'value-in-use' },
        webhook: { accessTokenSecret: 'USED' },
      })
      await succeeds(server, 'DELETE', `${pathOf(pipeline.team, 'USED')}?force=true`)
      const delivery = await fire(server, pipeline)
      const stuck = await inState(server, delivery, 'pending', 1)
      expect(stuck).toMatchObject({
        reason: 'receiver_not_ready',
        attempts: 0,
        history: [
          {
            outcome: 'unsendable',
            explanation:
              'No such secret in this team: The secret "USED" does not exist any more. ' +
              'Mend the settings of the webhook: the next attempt uses them.',
          },
        ],
      })
      expect(await succeeds(server, 'PATCH', pipeline.webhookPath, { name: 'renamed', paused: true })).toMatchObject({
        name: 'renamed',
        accessTokenSecret: 'USED',
        paused: { reason: 'by_hand' },
      })
      const tested = await server.rest('POST', `${pipeline.webhookPath}/test`)
      expect([tested.status, tested.body.code]).toEqual([409, 'receiver_not_ready'])
      expect(tested.body.detail).toContain('"USED"')
      expect(receiver.received).toEqual([])

      await givenSecrets(server, pipeline.team, { USED: 'value-come-back' })
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      await inState(server, delivery, 'succeeded')
      expect(receiver.received[0]!.headers.authorization).toBe('Bearer value-come-back')
    })
  })

  describe('a secret that is missing', () => {
    test('costs none of the retries that the receiver has', async () => {
      await using receiver = await startReceiver(404, 404, 204)
      const pipeline = await givenPipeline(server, receiver.url, {
        secrets: { TOKEN: 'value-of-the-token' },
        webhook: { accessTokenSecret: 'TOKEN', paused: true },
      })
      await succeeds(server, 'DELETE', `/entities/${pipeline.team}/secrets/TOKEN?force=true`)
      const delivery = await fire(server, pipeline)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      // More often than there are slow retries.
      for (const attempt of [1, 2, 3, 4]) {
        expect(await inState(server, delivery, 'pending', attempt)).toMatchObject({
          reason: 'receiver_not_ready',
          attempts: 0,
        })
        if (attempt < 4) await makeDue(server, delivery)
      }
      expect(receiver.received).toEqual([])

      await givenSecrets(server, pipeline.team, { TOKEN: 'value-come-back' })
      await makeDue(server, delivery)
      expect(await inState(server, delivery, 'pending', 5)).toMatchObject({ reason: 'not_found', attempts: 1 })
      await makeDue(server, delivery)
      expect(await inState(server, delivery, 'pending', 6)).toMatchObject({ reason: 'not_found', attempts: 2 })
      await makeDue(server, delivery)
      expect(await inState(server, delivery, 'succeeded', 7)).toMatchObject({ attempts: 3 })
      expect((await succeeds(server, 'GET', pipeline.webhookPath)).paused).toBeNull()
    })

    test('is given up after three days of it, without pausing the webhook', async () => {
      const pipeline = await givenPipeline(server, 'http://127.0.0.1:9/', {
        secrets: { TOKEN: 'value-of-the-token' },
        webhook: { accessTokenSecret: 'TOKEN' },
      })
      await succeeds(server, 'DELETE', `/entities/${pipeline.team}/secrets/TOKEN?force=true`)
      const delivery = await fire(server, pipeline)
      for (let attempt = 1; attempt < 9; attempt += 1) {
        await inState(server, delivery, 'pending', attempt)
        await makeDue(server, delivery)
      }
      const ended = await inState(server, delivery, 'failed', 9)
      expect(ended).toMatchObject({ reason: 'receiver_not_ready', attempts: 0 })
      expect(ended.history[8].explanation).toMatch(/It is not tried again: it could not be sent 9 times\.$/)
      expect((await succeeds(server, 'GET', pipeline.webhookPath)).paused).toBeNull()
    })
  })

  test('the next attempt uses the replaced value, everywhere the secret stands', async () => {
    await using receiver = await startReceiver(503, 204)
    const pipeline = await givenPipeline(server, `${receiver.url}/\${KEY}`, {
      secrets: { KEY: 'first-value-of-it' },
      webhook: { accessTokenSecret: 'KEY', headers: { 'x-key': 'is ${KEY}' } },
      payload: { key: '${KEY}', token: '${ACCESS_TOKEN}', bare: '$KEY' },
    })
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, 'pending', 1)
    await givenSecrets(server, pipeline.team, { KEY: 'second-value-of-it' })
    await makeDue(server, delivery)
    const { history } = await inState(server, delivery, 'succeeded', 2)

    const [first, second] = receiver.received
    const sentWith = (value: string) => ({
      path: `/hook/${value}`,
      headers: { authorization: `Bearer ${value}`, 'x-key': `is ${value}` },
      body: JSON.stringify({ key: value, token: value, bare: value }),
    })
    expect(first).toMatchObject(sentWith('first-value-of-it'))
    expect(second).toMatchObject(sentWith('second-value-of-it'))
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
    expect(history.map((attempt: { request: unknown }) => attempt.request)).toMatchObject([
      { secretVersions: { KEY: 1 } },
      { secretVersions: { KEY: 2 } },
    ])
  })

  test('a signing secret must be one, when it is named and when it is replaced', async () => {
    const team = await givenTeam(server)
    await givenSecrets(server, team, {
      BAD: 'whsec_no base64 here',
      GOOD: `whsec_${randomBytes(24).toString('base64')}`,
    })
    const webhook = { name: 'signed', url: 'http://127.0.0.1:9/', signingSecret: 'BAD' }
    const refusal = { status: 400, code: 'secret_invalid', detail: expect.stringContaining('"whsec_"') }
    const created = await server.rest('POST', `/entities/${team}/webhooks`, webhook)
    expect(created.body).toMatchObject({ ...refusal, errors: [{ path: '/signingSecret' }] })
    await succeeds(server, 'POST', `/entities/${team}/webhooks`, { ...webhook, signingSecret: 'GOOD' })
    const replaced = await server.rest('PUT', pathOf(team, 'GOOD'), { value: 'whsec_no base64 here' })
    expect(replaced.body).toMatchObject({ ...refusal, errors: [{ path: '/value' }] })
    for (const { text } of [created, replaced]) expect(text).not.toContain('no base64 here')
    expect((await succeeds(server, 'GET', pathOf(team))).items).toMatchObject([{ name: 'BAD' }, { version: 1 }])
  })
})

describe('the master keys', () => {
  const newKey = () => randomBytes(32).toString('base64')

  /** Starts on the data of a server that has been stopped, with what differs in its environment. */
  async function restarted(before: TestServer, changes: Record<string, string | undefined> = {}) {
    const env = Object.fromEntries(Object.entries({ ...before.env, ...changes }).filter(([, value]) => value))
    const { url, stop } = await startServer(readConfig(env as Record<string, string>))
    return {
      [Symbol.asyncDispose]: stop,
      async rest(method: string, path: string) {
        const headers = { authorization: `Bearer ${before.adminKey}` }
        const response = await fetch(`${url}/api/v1${path}`, { method, headers })
        return (await response.json()) as RestAnswer['body']
      },
    }
  }

  async function refusalOf(before: TestServer, changes: Record<string, string | undefined> = {}): Promise<string> {
    const error = await restarted(before, changes).then(
      (server) => server[Symbol.asyncDispose]().then(() => undefined),
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }

  forEachEngine((engine) => {
    test('with a wrong key the start is refused, and with the right one everything is there again', async () => {
      await using receiver = await startReceiver()
      const key = newKey()
      await using before = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: key } })
      const { webhookPath } = await givenPipeline(before, `${receiver.url}/\${TOKEN}`, {
        secrets: { TOKEN: 'sealed-under-the-first' },
      })
      await before.stop()

      const message = await refusalOf(before, { TRIPLINE_SECRET_KEY: newKey() })
      expect(message).toContain('TRIPLINE_SECRET_KEY is not the one this database was written with')
      expect(message).toContain('Put the old key back')
      expect(message).not.toContain(key)

      await using after = await restarted(before)
      expect(await after.rest('POST', `${webhookPath}/test`)).toMatchObject({ ok: true })
      expect(receiver.received[0]!.path).toBe('/hook/sealed-under-the-first')
    })

    test('keys are changed by putting the new one in front, after which the old one can go', async () => {
      await using receiver = await startReceiver()
      const [oldest, middle, newest] = [newKey(), newKey(), newKey()]
      await using before = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: oldest } })
      const pipeline = await givenPipeline(before, `${receiver.url}/\${TOKEN}`, {
        secrets: { TOKEN: 'sealed-long-ago' },
      })
      await before.stop()

      const steps = [`${oldest},${middle}`, `${middle},${oldest}`, `${middle},${newest}`, `${newest} ${middle}`, newest]
      for (const [index, list] of steps.entries()) {
        await using server = await restarted(before, { TRIPLINE_SECRET_KEY: list })
        expect(await server.rest('POST', `${pipeline.webhookPath}/test`), `step ${index}`).toMatchObject({ ok: true })
        expect(await server.rest('GET', pipeline.webhookPath)).toMatchObject({ url: `${receiver.url}/\${TOKEN}` })
        // With a database that nobody else shares the start has done it.
        const resealed = engine === 'postgres' && [1, 3].includes(index) ? 2 : 0
        const done = { resealed, remaining: 0, unreadable: 0 }
        expect(await server.rest('POST', '/master-keys/reseal'), `step ${index}`).toEqual(done)
      }
      expect(receiver.received.map(({ path }) => path)).toEqual(steps.map(() => '/hook/sealed-long-ago'))
      expect(await refusalOf(before, { TRIPLINE_SECRET_KEY: oldest })).toContain('is not the one')
    })

    test('a row sealed under a lost key hides nothing else, and can be set anew', async () => {
      await using server = await startTestServer(engine)
      const { webhookPath, team } = await givenPipeline(server, 'http://127.0.0.1:9/lost')
      const { webhookPath: other } = await givenPipeline(server, 'http://127.0.0.1:9/kept', { team })
      await server.world.db.transaction(async (tx) => {
        const rows = await tx.selectFrom('webhooks').selectAll().orderBy('id').execute()
        await tx
          .updateTable('webhooks')
          .set({ url_ciphertext: rows[1]!.url_ciphertext })
          .where('id', '=', rows[0]!.id)
          .execute()
      })
      const { items } = await succeeds(server, 'GET', `/entities/${team}/webhooks`)
      const warning = expect.stringMatching(/cannot be read: set it anew\. It was changed, or belongs to another/)
      expect(items).toMatchObject([{ url: 'http://127.0.0.1:9/…', warnings: [warning] }, { warnings: [] }])
      expect((await succeeds(server, 'GET', other)).url).toBe('http://127.0.0.1:9/kept')
      for (const [method, path, body] of [
        ['PATCH', webhookPath, { concurrencyMax: 3 }],
        ['POST', `${webhookPath}/test`, {}],
      ] as const) {
        const refused = await server.rest(method, path, body)
        expect([refused.status, refused.body.code]).toEqual([409, 'receiver_not_ready'])
      }
      const mended = await succeeds(server, 'PATCH', webhookPath, { url: 'http://127.0.0.1:9/mended' })
      expect(mended).toMatchObject({ url: 'http://127.0.0.1:9/mended', warnings: [] })
    })
  })

  test('the embedded key is made once, with the database, for its owner alone', async () => {
    await using before = await startTestServer('sqlite')
    const path = join(before.env.TRIPLINE_DATA_DIR!, 'secret.key')
    const key = readFileSync(path, 'utf8')
    expect(Buffer.from(key.trim(), 'base64')).toHaveLength(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await givenPipeline(before, 'http://127.0.0.1:9/')
    await before.stop()

    await (await restarted(before))[Symbol.asyncDispose]()
    expect(readFileSync(path, 'utf8')).toBe(key)

    rmSync(path)
    const missing = await refusalOf(before)
    expect(missing).toContain(`${path} is missing`)
    expect(missing).toContain('Restore the file from a backup, or set TRIPLINE_SECRET_KEY')
    expect(existsSync(path)).toBe(false)

    writeFileSync(path, `${newKey()}\n`)
    expect(await refusalOf(before)).toContain(`The key in ${path} is not the one`)

    writeFileSync(path, key.slice(0, 20))
    const damaged = await refusalOf(before)
    expect(damaged).toContain(`${path} does not hold a master key`)
    expect(damaged).not.toContain(key.slice(0, 20))

    rmSync(path)
    await (await restarted(before, { TRIPLINE_SECRET_KEY: key.trim() }))[Symbol.asyncDispose]()
    expect(existsSync(path)).toBe(false)
  })

  test('a start that was cut off while it made the key leaves nothing that stops the next one', async () => {
    await using before = await startTestServer('sqlite')
    const directory = before.env.TRIPLINE_DATA_DIR!
    await before.stop()
    for (const name of ['secret.key', 'tripline.db', 'tripline.db-wal', 'tripline.db-shm']) {
      rmSync(join(directory, name), { force: true })
    }
    writeFileSync(join(directory, 'secret.key.new'), 'half a k')
    await (await restarted(before))[Symbol.asyncDispose]()
    expect(Buffer.from(readFileSync(join(directory, 'secret.key'), 'utf8').trim(), 'base64')).toHaveLength(32)
    expect(existsSync(join(directory, 'secret.key.new'))).toBe(false)
  })

  test('PostgreSQL needs a key in the environment', () => {
    const env = { TRIPLINE_DATABASE_URL: 'postgres://user@127.0.0.1/nowhere' }
    expect(() => readConfig(env)).toThrow(/TRIPLINE_SECRET_KEY is required with TRIPLINE_DATABASE_URL/)
  })
})

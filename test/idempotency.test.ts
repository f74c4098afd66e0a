// Goal: a client that lost an answer can send the same request again, and nothing is done twice.
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { forgetOldAnswers, IDEMPOTENCY_KEPT_MS } from '../src/http/idempotency.ts'
import { givenProject, log } from './support/given-artifacts.ts'
import { givenTeam, givenUser, givenWebhook, unique } from './support/given-automations.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const newKey = () => randomBytes(12).toString('hex')

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const post = (path: string, body: unknown, key: string, as?: string) =>
    server.rest('POST', path, body, { headers: { 'idempotency-key': key }, ...(as === undefined ? {} : { key: as }) })
  const rows = () => server.world.db.read.selectFrom('idempotency').selectAll().execute()

  test('the same request again answers the same and does nothing', async () => {
    const team = await givenTeam(server)
    const project = await givenProject(server, team)
    const key = newKey()
    const path = `/projects/${team}/${project.project}/collections/model/versions`
    const body = { type: 'model', files: [{ path: 'a.txt', content: 'AAAA' }], aliases: ['candidate'] }
    const first = await post(path, body, key)
    expect(first.status, first.text).toBe(201)
    expect(first.headers.has('idempotent-replayed')).toBe(false)

    // Without the key this would be a 200, and with other content in between a new version.
    await log(server, project, 'model', { files: { 'b.txt': 'other' } })
    for (const _ of [1, 2]) {
      const again = await post(path, body, key)
      expect([again.status, again.text]).toEqual([first.status, first.text])
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    }
    const versions = await server.rest('GET', path)
    expect(versions.body.items.map((item: { version: string }) => item.version)).toEqual(['v1', 'v0'])
  })

  test('what is made and needs no name is made once', async () => {
    const { username } = await givenUser(server)
    const team = await givenTeam(server)
    const webhook = await givenWebhook(server, team)
    await using receiver = await startReceiver()
    await server.rest('PATCH', `/entities/${team}/webhooks/${webhook}`, { url: receiver.url })
    const key = newKey()
    const test = `/entities/${team}/webhooks/${webhook}/test`
    const first = await post(test, { payload: { to: username } }, key)
    const again = await post(test, { payload: { to: username } }, key)
    expect(first.status, first.text).toBe(200)
    expect(again.text).toBe(first.text)
    expect(receiver.received).toHaveLength(1)
  })

  test('a refusal is answered again, too', async () => {
    const team = await givenTeam(server)
    const key = newKey()
    const first = await post('/teams', { name: team }, key)
    const again = await post('/teams', { name: team }, key)
    expect(first.body).toMatchObject({ status: 409, code: 'name_taken' })
    expect(again.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(again.body).toEqual(first.body)
  })

  test('another request under the same key is refused, whatever differs', async () => {
    const key = newKey()
    const name = unique('team')
    expect((await post('/teams', { name }, key)).status).toBe(201)
    const others: [string, unknown][] = [
      ['/teams', { name: unique('team') }],
      ['/teams?x=1', { name }],
      ['/organizations', { name }],
    ]
    for (const [path, body] of others) {
      const answer = await post(path, body, key)
      expect(answer.body, path).toMatchObject({ status: 409, code: 'idempotency_key_reused' })
    }
  })

  test('keys are each user’s own', async () => {
    const key = newKey()
    const people = [await givenUser(server), await givenUser(server)]
    const answers = []
    for (const { key: as, username } of people) answers.push(await post(`/users/${username}/api-keys`, {}, key, as))
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
  })

  test('while the first request runs, the same one is told to wait, and then gets its answer', async () => {
    await using receiver = await startReceiver({ status: 200, delayMs: 500 })
    const team = await givenTeam(server)
    const webhook = await givenWebhook(server, team)
    await server.rest('PATCH', `/entities/${team}/webhooks/${webhook}`, { url: receiver.url })
    const path = `/entities/${team}/webhooks/${webhook}/test`
    const key = newKey()
    const first = post(path, {}, key)
    await receiver.waitFor(1)
    expect((await post(path, {}, key)).body).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
    const { text } = await first
    expect((await post(path, {}, key)).text).toBe(text)
    expect(receiver.received).toHaveLength(1)
  })

  test('ten at once do it once', async () => {
    const key = newKey()
    const name = unique('team')
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/teams', { name }, key)))
    const codes = answers.map(({ status, body }) => (status === 201 ? 'made' : body.code))
    expect(codes).toContain('made')
    expect(codes.filter((code) => code !== 'made' && code !== 'idempotency_in_progress')).toEqual([])
    expect((await post('/teams', { name }, key)).status).toBe(201)
  })

  test('a request whose process died can be sent again after a minute', async () => {
    const key = newKey()
    const name = unique('team')
    expect((await post('/teams', { name }, key)).status).toBe(201)
    await server.rest('DELETE', `/teams/${name}`)
    const other = unique('team')
    const begunMsAgo = (ms: number) =>
      server.world.db.transaction((tx) =>
        tx
          .updateTable('idempotency')
          .set({ status: 0, body: '', created_at: server.world.now() - ms })
          .where('key_hash', '=', createHash('sha256').update(key).digest('base64url'))
          .execute(),
      )
    await begunMsAgo(50_000)
    expect((await post('/teams', { name }, key)).body.code).toBe('idempotency_in_progress')
    await begunMsAgo(70_000)
    // It runs, whatever it asks for by now: nobody knows what the first one did.
    expect((await post('/teams', { name: other }, key)).status).toBe(201)
    expect((await post('/teams', { name: other }, key)).headers.get('idempotent-replayed')).toBe('true')
  })

  test('answers are kept for a day', async () => {
    const key = newKey()
    const name = unique('team')
    expect((await post('/teams', { name }, key)).status).toBe(201)
    const later = vi.spyOn(server.world, 'now')
    const now = Date.now()
    try {
      later.mockReturnValue(now + IDEMPOTENCY_KEPT_MS - 60_000)
      expect((await post('/teams', { name }, key)).status).toBe(201)
      later.mockReturnValue(now + IDEMPOTENCY_KEPT_MS + 60_000)
      expect((await post('/teams', { name }, key)).body.code).toBe('name_taken')
      await forgetOldAnswers(server.world)
      const left = await rows()
      expect(left.every((row) => row.created_at >= now + 60_000)).toBe(true)
      expect(left.length).toBeGreaterThan(0)
    } finally {
      later.mockRestore()
    }
  })

  test('nothing that is shown once is kept, nor anything in the clear', async () => {
    const { username } = await givenUser(server)
    const key = newKey()
    const first = await post(`/users/${username}/api-keys`, { description: 'for the cluster' }, key)
    expect(first.status).toBe(201)
    const again = await post(`/users/${username}/api-keys`, { description: 'for the cluster' }, key)
    expect(again.body).toMatchObject({ status: 409, code: 'idempotency_key_reused' })
    const keys = await server.rest('GET', `/users/${username}/api-keys`)
    expect(keys.body.items).toHaveLength(2)

    // Its refusals hold nothing, and are answered again.
    const wrong = { expiresAt: '2001-01-01T00:00:00.000Z' }
    const refusalKey = newKey()
    const refused = await post(`/users/${username}/api-keys`, wrong, refusalKey)
    expect(refused.status).toBe(400)
    expect((await post(`/users/${username}/api-keys`, wrong, refusalKey)).body).toEqual(refused.body)

    const team = await givenTeam(server)
    const url = `http://127.0.0.1:9/${unique('capability')}`
    const webhook = await post(`/entities/${team}/webhooks`, { name: 'hook', url }, newKey())
    expect(webhook.body.url).toBe(url)
    const stored = JSON.stringify(await rows())
    for (const secret of [first.body.key, url, 'capability', key]) expect(stored).not.toContain(secret)
  })

  test('a key that is none is refused, and only creating calls take one', async () => {
    for (const key of ['', 'x'.repeat(256)]) {
      const answer = await post('/teams', { name: unique('team') }, key)
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringMatching(/Idem/) })
    }
    expect((await post('/teams', { name: unique('team') }, 'x'.repeat(255))).status).toBe(201)
    const key = newKey()
    const headers = { 'idempotency-key': key }
    const before = (await rows()).length
    expect((await server.rest('GET', '/viewer', undefined, { headers })).status).toBe(200)
    expect((await server.rest('PATCH', '/viewer', { defaultEntity: 'admin-user' }, { headers })).status).toBe(200)
    // What is refused before it is looked at leaves the key free.
    expect((await post('/teams', { name: 1 }, key)).status).toBe(400)
    expect((await post('/teams', { name: unique('team') }, key, 'no key')).status).toBe(401)
    expect((await rows()).length).toBe(before)
    expect((await post('/teams', { name: unique('team') }, key)).status).toBe(201)
  })

  test('lists come in pages of any size, each item once, also while items are added', async () => {
    const organization = unique('org')
    expect((await server.rest('POST', '/organizations', { name: organization })).status).toBe(201)
    const add = async (name: string) => {
      expect((await server.rest('POST', '/teams', { name, organization })).status).toBe(201)
      return name
    }
    const names: string[] = []
    for (const n of [10, 11, 12, 13, 14, 15, 16]) names.push(await add(`${organization}-${n}`))
    const pageOf = (limit: number, cursor?: string) =>
      server.rest('GET', `/teams?organization=${organization}&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
    for (const limit of [1, 2, 3, 6, 7, 8, 1_000]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const { status, body } = await pageOf(limit, cursor)
        expect(status).toBe(200)
        expect(body.items.length).toBeLessThanOrEqual(limit)
        expect(body.items.length).toBeGreaterThan(0)
        seen.push(...body.items.map((item: { name: string }) => item.name))
        cursor = body.cursor
      } while (cursor !== undefined)
      expect(seen, `limit ${limit}`).toEqual(names)
    }

    const { body: first } = await pageOf(3)
    await add(`${organization}-00`)
    await add(`${organization}-99`)
    await server.rest('DELETE', `/teams/${names[2]}`)
    const { body: rest } = await pageOf(100, first.cursor)
    expect(rest.items.map((item: { name: string }) => item.name)).toEqual([...names.slice(3), `${organization}-99`])
  })
})

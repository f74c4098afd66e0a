/** Who somebody is to others: changed by themselves and by administrators; users and the audit, narrowed. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) })

forEachEngine((engine) => {
  let server: TestServer
  const key = randomBytes(20).toString('hex')

  beforeAll(async () => {
    server = await startTestServer(engine)
    const people = [
      { username: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', apiKey: key },
      { username: 'grace', name: 'Grace Hopper', email: 'Grace@Navy.example' },
      { username: 'per_cent', name: '100 % <b>bold</b>' },
    ]
    for (const person of people) expect((await server.rest('POST', '/users', person)).status).toBe(201)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const asAda = { key }
  const auditOf = async (query: string) => {
    const { status, body, text } = await server.rest('GET', `/audit?limit=1000&${query}`)
    expect(status, text).toBe(200)
    return body.items as { action: string; actor: string | null; subject: string; details: object }[]
  }

  test('everyone changes the own name and e-mail address, and nothing else', async () => {
    const changed = await server.rest('PATCH', '/viewer', { name: 'A. Lovelace' }, asAda)
    expect(changed).toMatchObject({ status: 200, body: { name: 'A. Lovelace', email: 'ada@example.com' } })
    const own = changed.body.entities.find(({ kind }: { kind: string }) => kind === 'user')
    expect(own).toMatchObject({ name: 'ada', displayName: 'A. Lovelace' })
    const entries = await auditOf('subject=ada&action=user.updated')
    expect(entries).toEqual([
      expect.objectContaining({ actor: 'ada', subject: 'ada', details: { name: 'A. Lovelace' } }),
    ])

    await server.rest('PATCH', '/viewer', { name: 'A. Lovelace' }, asAda)
    expect(await auditOf('subject=ada&action=user.updated')).toHaveLength(1)

    const taken = await server.rest('PATCH', '/viewer', { email: 'grace@navy.example' }, asAda)
    expect(taken).toEqual(refused(409, 'email_taken'))
    expect(taken.body.errors).toEqual([{ path: '/email', message: 'another user has it' }])
    expect((await server.rest('PATCH', '/viewer', { email: 'ADA@example.com' }, asAda)).status).toBe(200)
    expect(await server.rest('PATCH', '/viewer', { email: 'nonsense' }, asAda)).toEqual(refused(400, 'invalid_request'))
    expect(await server.rest('PATCH', '/viewer', { admin: true }, asAda)).toEqual(refused(400, 'invalid_request'))
    expect(await server.rest('PATCH', '/users/ada', { admin: true }, asAda)).toEqual(refused(403, 'forbidden'))

    const vouched = async () => {
      const row = server.world.db.read.selectFrom('users').select('email_vouched').where('username', '=', 'ada')
      return (await row.executeTakeFirstOrThrow()).email_vouched
    }
    expect(await vouched()).toBe(0)
    await server.rest('PATCH', '/users/ada', { email: 'lovelace@example.com' })
    expect(await vouched()).toBe(1)
    await server.rest('PATCH', '/viewer', { email: 'somebody-else@example.com' }, asAda)
    expect(await vouched()).toBe(0)

    const cleared = await server.rest('PATCH', '/viewer', { name: null, email: null }, asAda)
    expect(cleared).toMatchObject({ status: 200, body: { name: null, email: null } })
  })

  test('administrators make administrators and end that; the server keeps one', async () => {
    const admin = (value: boolean, username = 'ada') => server.rest('PATCH', `/users/${username}`, { admin: value })
    expect(await server.rest('GET', '/audit', undefined, asAda)).toEqual(refused(403, 'forbidden'))
    expect(await admin(true)).toMatchObject({ status: 200, body: { username: 'ada', admin: true } })
    expect((await server.rest('GET', '/audit', undefined, asAda)).status).toBe(200)
    expect((await auditOf('subject=ada&action=user.updated'))[0]).toMatchObject({ details: { admin: true } })
    expect((await admin(false)).status).toBe(200)
    expect(await server.rest('GET', '/audit', undefined, asAda)).toEqual(refused(403, 'forbidden'))

    expect(await admin(false, 'admin-user')).toEqual(refused(409, 'last_admin'))
    expect(await admin(true, 'nobody-here')).toEqual(refused(404, 'not_found'))
    await server.rest('POST', '/teams', { name: 'bots' })
    await server.rest('POST', '/teams/bots/service-accounts', { username: 'some-bot' })
    expect(await admin(true, 'some-bot')).toEqual(refused(403, 'forbidden'))
  })

  test('users are found by a part of what they are called', async () => {
    const found = async (search: string) => {
      const { body } = await server.rest('GET', `/users?search=${encodeURIComponent(search)}`)
      return body.items.map(({ username }: { username: string }) => username)
    }
    expect(await found('HOPPER')).toEqual(['grace'])
    expect(await found('navy.EX')).toEqual(['grace'])
    expect(await found('%')).toEqual(['per_cent'])
    expect(await found('_')).toEqual(['per_cent'])
    expect(await found('nobody at all')).toEqual([])
  })

  test('the audit is narrowed by who, what and to what, also over pages', async () => {
    const nouns = (entries: { action: string }[]) => [...new Set(entries.map(({ action }) => action.split('.')[0]))]
    expect(nouns(await auditOf('action=user'))).toEqual(['user'])
    expect(await auditOf('action=use')).toEqual([])
    expect(nouns(await auditOf('actor=ada'))).toEqual(['user'])
    expect((await server.rest('GET', "/audit?action=user'")).status).toBe(400)
    const first = await server.rest('GET', '/audit?action=user.created&limit=2')
    const second = await server.rest('GET', `/audit?action=user.created&limit=2&cursor=${first.body.cursor}`)
    const subjects = [...first.body.items, ...second.body.items].map(({ subject }) => subject)
    expect(subjects).toEqual(['per_cent', 'grace', 'ada', 'admin-user'])
  })
})

/**
 * Automations that lead to each other: what a receiver does in answer is known to be caused by its delivery, a chain of
 * them ends, and it can be followed back.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WANDB_VERSIONS } from '../scripts/provision.ts'
import { isUsableApiKey } from '../src/access/api-key.ts'
import { mintCallbackToken } from '../src/access/callback-token.ts'
import { CAUSAL_DEPTH_MAX } from '../src/automations/matching.ts'
import { callerWith, draft, givenMember, givenTeam, record, unique } from './support/given-automations.ts'
import { fire, givenPipeline, inState, succeeds } from './support/given-deliveries.ts'
import { runPython } from './support/python.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

type Json = RestAnswer['body']

const CAUSED_BY = 'x-tripline-caused-by'
const payload = { token: '${callback_token}', id: '${callback_id}', alias: '${alias}' }
const sent = (request: ReceivedRequest | undefined): Json => JSON.parse(request!.body)

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  /** A team with a real version, and an automation on each alias that it gets. */
  async function givenAliased(url: string, filter: Json = null) {
    const team = await givenTeam(server)
    await succeeds(server, 'POST', `/projects/${team}`, { name: 'churn' })
    const collection = `/projects/${team}/churn/collections/model`
    await succeeds(server, 'POST', `${collection}/versions`, { type: 'model' })
    const webhook = await succeeds(server, 'POST', `/entities/${team}/webhooks`, { name: unique('hook'), url })
    const automation = await succeeds(server, 'POST', `/entities/${team}/automations`, {
      name: unique('automation'),
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      filter,
      action: { type: 'webhook', webhook: webhook.id, payload },
    })
    const alias = (name: string, call: { key?: string; headers?: Record<string, string> } = {}) =>
      server.rest('PUT', `${collection}/aliases/${name}`, { version: 'v0' }, call)
    return { team, alias, collection, automation: `/automations/${automation.id}` }
  }

  const eventOf = async (team: string, alias: string): Promise<Json> => {
    const { items } = await succeeds(server, 'GET', `/entities/${team}/events?limit=200`)
    return items.find((event: Json) => event.alias === alias)
  }

  test('a receiver that answers with the token of its delivery is known as what that delivery caused', async () => {
    await using receiver = await startReceiver(204)
    const { team, alias } = await givenAliased(receiver.url, { alias: 'first' })
    expect((await alias('first')).status).toBe(200)
    const { token, id } = sent((await receiver.waitFor(1))[0])
    expect(isUsableApiKey(token)).toBe(true)
    const basic = Buffer.from(`api:${token}`).toString('base64')
    expect((await alias('by-bearer', { key: token })).status).toBe(200)
    expect((await alias('by-basic', { headers: { authorization: `Basic ${basic}` } })).status).toBe(200)
    for (const name of ['by-bearer', 'by-basic']) {
      await expect
        .poll(() => eventOf(team, name))
        .toMatchObject({ causedBy: id, depth: 1, actor: { username: 'admin-user', kind: 'user' } })
    }

    const delivery = await inState(server, id, 'succeeded')
    expect(delivery.event).toMatchObject({ id: (await eventOf(team, 'first')).id, causedBy: null, depth: 0 })
  })

  test('the token is nowhere: not in the stored body, nor in what the receiver gave back', async () => {
    await using receiver = await startReceiver((request) => ({
      status: 400,
      headers: { 'x-token': sent(request).token },
      body: `${request.body} ${Buffer.from(`api:${sent(request).token}`).toString('base64')}`,
    }))
    const pipeline = await givenPipeline(server, receiver.url, { payload })
    const id = await fire(server, pipeline)
    const delivery = await inState(server, id, 'failed')
    const { token } = sent(receiver.received[0])
    const rows = await server.world.db.read
      .selectFrom('deliveries')
      .select('body')
      .where('public_id', '=', id)
      .execute()
    const attempts = await server.world.db.read.selectFrom('attempts').selectAll().execute()
    const body = token.slice(token.indexOf('-') + 1)
    for (const kept of [rows, attempts, delivery]) expect(JSON.stringify(kept)).not.toContain(body)
    expect(delivery.history[0].response.headers['x-token']).toBe('***')
    expect(JSON.stringify(delivery.history)).not.toContain(Buffer.from(`api:${token}`).toString('base64').slice(8, -8))
    expect(JSON.parse(delivery.body)).toEqual({ token: '${callback_token}', id, alias: 'production' })

    const test = await succeeds(server, 'POST', `${pipeline.webhookPath}/test`, { payload })
    expect(sent(receiver.received[1])).toMatchObject({ token: '' })
    expect(JSON.parse(test.request.body).token).toBe('')
  })

  test('the token may no more than a member of the team, and nothing elsewhere', async () => {
    await using receiver = await startReceiver(204)
    const { team, alias, automation } = await givenAliased(receiver.url)
    const other = await givenTeam(server)
    await alias('first')
    const { token } = sent((await receiver.waitFor(1))[0])
    const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      server.rest(method, path, body, { key: token, headers })
    const { body: viewer } = await call('GET', '/viewer')
    expect(viewer).toMatchObject({ username: 'admin-user', admin: false, defaultEntity: team })
    expect(viewer.entities).toMatchObject([{ name: team, role: 'member' }])
    expect((await call('GET', `/entities/${team}/events`)).status).toBe(200)
    const refused = [
      await call('GET', `/entities/${other}/events`, undefined, { 'use-admin-privileges': 'true' }),
      await call('GET', '/entities/admin-user/events'),
      await call('POST', '/users', { username: unique('user') }),
      await call('POST', '/teams', { name: unique('team') }),
      await call('POST', '/users/admin-user/api-keys', {}),
      await call('GET', '/users/admin-user/api-keys'),
      await call('POST', `/entities/${team}/webhooks`, { name: 'mine', url: receiver.url }),
      await call('PATCH', automation, { description: 'mine' }),
      await call('DELETE', automation),
    ]
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 403, 403, 404, 404, 403, 403, 403])
    expect((await call('GET', automation)).body).toMatchObject({ description: null, revision: 1 })
  })

  test('a token ends after an hour, with the automation, and with the role of who saved it', async () => {
    await using receiver = await startReceiver(204)
    const team = await givenTeam(server)
    const member = await givenMember(server, team, 'member')
    const pipeline = await givenPipeline(server, receiver.url, { team, payload })
    const path = `/automations/${pipeline.automation}`
    await succeeds(server, 'PATCH', path, { description: 'saved by a member' }, member.key)
    const delivery = await fire(server, pipeline)
    const { token } = sent((await receiver.waitFor(1))[0])
    const isGood = async (key: string) => (await server.rest('GET', '/viewer', undefined, { key })).status === 200
    expect((await server.rest('GET', '/viewer', undefined, { key: token })).body.username).toBe(member.username)

    const { id: deliveryId } = await server.world.db.read
      .selectFrom('deliveries')
      .select('id')
      .where('public_id', '=', delivery)
      .executeTakeFirstOrThrow()
    const keys = server.world.keyring.deriveKeys('callback tokens')
    const minted = (agoMs: number) => mintCallbackToken(keys, { deliveryId, nowMs: Date.now() - agoMs })
    expect([await isGood(minted(59 * 60_000)), await isGood(minted(61 * 60_000))]).toEqual([true, false])
    expect(await isGood(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBe(false)

    await succeeds(server, 'DELETE', `/teams/${team}/members/${member.username}`)
    expect(await isGood(token)).toBe(false)
    await succeeds(server, 'PUT', `/teams/${team}/members/${member.username}`, { role: 'viewer' })
    expect(await isGood(token)).toBe(true)
    const denied = await server.rest('POST', `/projects/${team}`, { name: 'new' }, { key: token })
    expect(denied.status).toBe(403)
    await succeeds(server, 'DELETE', path)
    expect(await isGood(token)).toBe(false)
  })

  test('a header names the cause for any other key, if its caller may see it; else the request is refused', async () => {
    await using receiver = await startReceiver(204)
    const { team, alias } = await givenAliased(receiver.url, { alias: 'first' })
    await alias('first')
    const { id } = sent((await receiver.waitFor(1))[0])
    expect((await alias('second', { headers: { [CAUSED_BY]: id } })).status).toBe(200)
    await expect.poll(() => eventOf(team, 'second')).toMatchObject({ causedBy: id, depth: 1 })

    const otherTeam = await givenTeam(server)
    const stranger = await givenMember(server, otherTeam, 'admin')
    for (const named of [id, 'dl_nothing', 'x'.repeat(300)]) {
      const key = stranger.key
      const answer = await server.rest(
        'POST',
        `/projects/${otherTeam}`,
        { name: unique('p') },
        { key, headers: { [CAUSED_BY]: named } },
      )
      expect([answer.status, answer.body.code]).toEqual([400, 'caused_by_unknown'])
    }
    const unknown = await alias('third', { headers: { [CAUSED_BY]: 'dl_nothing' } })
    expect(unknown.body.code).toBe('caused_by_unknown')
    expect(await eventOf(team, 'third')).toBeUndefined()
  })

  test('a loop ends, visibly: the last automation is skipped, and the chain leads back to its beginning', async () => {
    const aliases: string[] = []
    await using receiver = await startReceiver(async (request) => {
      const { token } = sent(request)
      const next = `loop-${aliases.length + 1}`
      aliases.push(next)
      const { status } = await alias(next, { key: token })
      return status === 200 ? 204 : 500
    })
    const { team, alias, automation } = await givenAliased(receiver.url)
    await alias('begin')
    await expect.poll(() => aliases.length, { timeout: 20_000 }).toBe(CAUSAL_DEPTH_MAX)
    const last = aliases.at(-1) as string
    await expect.poll(() => eventOf(team, last), { timeout: 20_000 }).toMatchObject({ depth: CAUSAL_DEPTH_MAX })
    await expect
      .poll(async () => (await succeeds(server, 'GET', `${automation}/executions`)).items[0])
      .toMatchObject({
        state: 'skipped',
        reason: 'loop_too_deep',
        deliveries: [],
        event: { id: (await eventOf(team, last)).id },
      })

    const seen: string[] = []
    for (let event = await eventOf(team, last); ; ) {
      seen.push(event.alias)
      if (event.causedBy === null) break
      const delivery = await succeeds(server, 'GET', `/deliveries/${event.causedBy}`)
      event = await succeeds(server, 'GET', `/events/${delivery.event.id}`)
      expect(delivery.event).toMatchObject({ causedBy: event.causedBy, depth: event.depth })
    }
    expect(seen).toEqual([...aliases.toReversed(), 'begin'])
    expect(receiver.received).toHaveLength(CAUSAL_DEPTH_MAX)
  })

  test('what is not caused by anything is never too deep, however much of it there is', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(server, receiver.url)
    const caller = await callerWith(server, server.adminKey)
    const at = (depth: number) => ({ ...caller, cause: { deliveryId: 'dl_before', depth, isCallback: false } })
    const happens = (depth: number) =>
      record(server, at(depth), draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: 'a' }))
    expect([await happens(0), await happens(7), await happens(8), await happens(9)]).toEqual([1, 1, 0, 0])
  })
})

describeWithTool(`wandb-${WANDB_VERSIONS[0]}`, 'the wandb client', () => {
  forEachEngine((engine) => {
    test('logs and promotes with a callback token, as what the delivery caused', { timeout: 110_000 }, async () => {
      await using server = await startTestServer(engine)
      await using receiver = await startReceiver(204)
      const pipeline = await givenPipeline(server, receiver.url, { payload })
      const id = await fire(server, pipeline)
      const { token } = sent((await receiver.waitFor(1))[0])
      const run = await runPython(join(import.meta.dirname, 'clients/smoke.py'), {
        version: WANDB_VERSIONS[0],
        env: {
          WANDB_BASE_URL: server.url,
          WANDB_API_KEY: token,
          WANDB_ENTITY: pipeline.team,
          WANDB_SILENT: 'true',
          PYTHONDONTWRITEBYTECODE: '1',
          HTTP_PROXY: 'http://127.0.0.1:9',
          HTTPS_PROXY: 'http://127.0.0.1:9',
        },
        timeoutMs: 100_000,
      })
      expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0)
      const { items } = await succeeds(server, 'GET', `/entities/${pipeline.team}/events?limit=200`)
      const caused = items.filter((event: Json) => event.causedBy === id)
      expect(caused.map(({ type }: Json) => type)).toEqual(expect.arrayContaining(['CREATE_ARTIFACT', 'LINK_ARTIFACT']))
      expect(caused).toHaveLength(items.length - 1)
      for (const event of caused) expect(event).toMatchObject({ depth: 1, actor: { via: 'wandb' } })
    })
  })
})

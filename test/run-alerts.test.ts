/** Alerts of runs reach Slack and any webhook: as often as the run wants them to, and by the ordinary way of deliveries. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { givenMember, givenOrganization, givenTeam, unique } from './support/given-automations.ts'
import { type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../docs/run-events.md'), 'utf8')
const OK: ReceiverAnswer = { status: 200, body: 'ok' }

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  let team: string
  let key: string
  let viewerKey: string
  let receivers: Awaited<ReturnType<typeof startReceiver>>[] = []
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    team = await givenTeam(server, await givenOrganization(server))
    key = (await givenMember(server, team, 'admin')).key
    viewerKey = (await givenMember(server, team, 'viewer')).key
    await call('POST', `/projects/${team}`, { name: 'churn' })
    const input = { entityName: team, modelName: 'churn', name: 'r1', displayName: 'brave-fox-1', tags: ['baseline'] }
    const upsert = 'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted } }'
    expect((await server.graphql(upsert, { input }, { key })).errors).toBeUndefined()
  })
  afterEach(async () => {
    await Promise.all(receivers.map((receiver) => receiver.stop()))
    receivers = []
  })

  async function call(method: string, path: string, body?: unknown) {
    const answer = await server.rest(method, path, body, { key })
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.body
  }
  async function givenReceiver(...answers: ReceiverAnswer[]) {
    const receiver = await startReceiver(...answers)
    receivers.push(receiver)
    return receiver
  }
  const automate = (body: object) =>
    call('POST', `/entities/${team}/automations`, { name: unique('automation'), ...body })
  const alert = (input: object, as = key) =>
    server.graphql(
      'mutation ($input: NotifyScriptableRunAlertInput!) { notifyScriptableRunAlert(input: $input) { success } }',
      { input: { entityName: team, projectName: 'churn', runName: 'r1', text: '', ...input } },
      { key: as },
    )
  /** Once there are so many: a feed waits for transactions that are older, on PostgreSQL also those of other databases. */
  async function inFeed(count: number): Promise<Json[]> {
    const items = async () => (await call('GET', `/entities/${team}/events?type=RUN_ALERT`)).items
    await expect.poll(items).toHaveLength(count)
    return items()
  }
  const alertsInFeed = async (count: number) =>
    (await inFeed(count)).map(({ alert, run }: Json) => ({ ...alert, run: run.name }))

  async function givenSlackAutomation(slack: { url: string }, action: object = {}) {
    const place = { workspace: 'Acme', channel: '#ml-alerts' }
    const integration = { name: 'ml alerts', url: slack.url, target: 'slack', slack: place }
    await call('POST', `/entities/${team}/webhooks`, integration)
    const written = JSON.parse(/^```json alerts\n([\s\S]*?)^```$/m.exec(GUIDE)![1]!)
    return call('POST', `/entities/${team}/automations`, { ...written, action: { ...written.action, ...action } })
  }

  test('the automation of the guide posts each alert in Slack, with its own words and level', async () => {
    const slack = await givenReceiver({ status: 503, body: 'later' }, OK)
    const automation = await givenSlackAutomation(slack)
    await alert({ title: 'loss <diverges>', text: 'It is 4.2 & more', severity: 'ERROR' })
    const executions = async () => (await call('GET', `/automations/${automation.id}/executions`)).items
    // Slack had no time at first: it is told again.
    await expect.poll(executions).toMatchObject([{ deliveries: [{ state: 'pending', attempts: 1 }] }])
    const webhook = `/entities/${team}/webhooks/${automation.action.webhook.id}`
    for (const paused of [true, false]) await call('PATCH', webhook, { paused })
    const [first, again] = await slack.waitFor(2)
    expect(again!.body).toBe(first!.body)
    const { text, blocks } = JSON.parse(again!.body)
    expect(text).toBe(':rotating_light: loss &lt;diverges&gt;\nIt is 4.2 &amp; more')
    const url = `${server.world.config.publicUrl}/${team}/churn/runs/r1`
    expect(blocks[2].text.text).toBe(`The run brave-fox-1 in ${team}/churn sent an alert\n<${url}|Open the run>`)
    expect(blocks[3].elements[0].text).toMatch(/^\*ERROR\* · alerts of runs · RUN_ALERT · /)
    await expect.poll(executions).toMatchObject([
      {
        subject: { project: 'churn', run: 'r1', collection: null },
        deliveries: [{ state: 'succeeded', attempts: 2 }],
      },
    ])
  }, 20_000)

  test('an automation may have words of its own, and the level stays that of the alert', async () => {
    const slack = await givenReceiver(OK)
    await givenSlackAutomation(slack, {
      title: '${run_name}: ${alert_title}',
      message: '${alert_severity}! ${alert_text}',
    })
    await alert({ title: 'low', text: '0.1', severity: 'WARN' })
    const [request] = await slack.waitFor(1)
    expect(JSON.parse(request!.body).text).toBe(':warning: brave-fox-1: low\nWARN! 0.1')
  })

  test('what comes too soon after the same title is no event; other titles and later ones are', async () => {
    const receiver = await givenReceiver(OK)
    await call('POST', `/entities/${team}/webhooks`, { name: 'hook', url: receiver.url })
    const scope = { type: 'project', project: 'churn' }
    const payload = { text: '${alert_title}: ${alert_text}' }
    await automate({ event: 'RUN_ALERT', scope, action: { type: 'webhook', webhook: 'hook', payload } })
    await alert({ title: 'low', text: '1', waitDuration: 60_000 })
    await alert({ title: 'low', text: '2', waitDuration: 60_000 })
    await alert({ title: 'high', text: '3', waitDuration: 60_000 })
    await server.world.db.transaction(async (tx) => {
      await tx
        .updateTable('run_alerts')
        .set((set) => ({ created_at: set('created_at', '-', 60_000) }))
        .execute()
    })
    await alert({ title: 'low', text: '4', waitDuration: 60_000 })
    const requests = await receiver.waitFor(3)
    expect(requests.map(({ body }) => JSON.parse(body).text).sort()).toEqual(['high: 3', 'low: 1', 'low: 4'])
    expect((await alertsInFeed(3)).map(({ text }: { text: string }) => text)).toEqual(['1', '3', '4'])
  })

  test('a filter asks about the alert and its run; what it misses is said', async () => {
    const filter = { severity: { $in: ['WARN', 'ERROR'] }, title: { $contains: 'loss' }, tags: 'baseline' }
    const automation = await automate({
      event: 'RUN_ALERT',
      scope: { type: 'entity' },
      filter,
      action: { type: 'nothing' },
    })
    expect((await call('GET', `/automations/${automation.id}`)).filter).toEqual(filter)
    await alert({ title: 'the loss', severity: 'ERROR' })
    await alert({ title: 'the loss again', severity: 'INFO' })
    expect((await call('GET', `/automations/${automation.id}/executions`)).items).toHaveLength(1)
    const events = await inFeed(2)
    const explanations = await Promise.all(
      events.map(async ({ id }) => (await call('GET', `/events/${id}/explanation`)).items[0]),
    )
    expect(explanations).toMatchObject([
      { verdict: 'fired' },
      { verdict: 'filter_not_met', because: [{ path: '/severity/$in' }] },
    ])
    const refused = await server.rest(
      'POST',
      `/entities/${team}/automations`,
      {
        name: 'wrong',
        event: 'RUN_ALERT',
        scope: { type: 'entity' },
        filter: { run_filter: { name: 'r1' } },
        action: { type: 'nothing' },
      },
      { key },
    )
    expect(refused, refused.text).toMatchObject({ status: 400, body: { code: 'filter_invalid' } })
  })

  test('clients, which have no word for it, list their other automations', async () => {
    await automate({ event: 'RUN_ALERT', scope: { type: 'project', project: 'churn' }, action: { type: 'nothing' } })
    const { name } = await automate({
      event: 'RUN_STATE',
      scope: { type: 'project', project: 'churn' },
      filter: { run_state_filter: { states: ['FAILED'] } },
      action: { type: 'nothing' },
    })
    const { data, errors } = await server.graphql(
      `query ($entity: String!) { entity(name: $entity) { triggers { totalCount edges { node { name } } } }
        project(name: "churn", entityName: $entity) { triggers { name } } }`,
      { entity: team },
      { key },
    )
    expect(errors).toBeUndefined()
    expect(data.entity.triggers.edges).toEqual([{ node: { name } }])
    expect(data.project.triggers).toEqual([{ name }])
  })

  describe('what is not kept', () => {
    test('is no event: of somebody who may not write to the run, with a title too long, beyond the thousandth', async () => {
      expect(await alert({ title: 'x' }, viewerKey)).toMatchObject({ status: 403 })
      expect(await alert({ title: 'x'.repeat(513) })).toMatchObject({ status: 400 })
      expect(await alertsInFeed(0)).toEqual([])
      const { id, project_id } = await server.world.db.read
        .selectFrom('runs')
        .innerJoin('projects', 'projects.id', 'runs.project_id')
        .innerJoin('entities', 'entities.id', 'projects.entity_id')
        .where('entities.name', '=', team)
        .select(['runs.id', 'runs.project_id'])
        .executeTakeFirstOrThrow()
      const row = {
        project_id,
        run_id: id,
        title: 't',
        body: '',
        severity: 'INFO' as const,
        user_id: null,
        created_at: 0,
      }
      await server.world.db.transaction((tx) =>
        tx
          .insertInto('run_alerts')
          .values(Array.from({ length: 999 }, () => row))
          .execute(),
      )
      await alert({ title: 'the thousandth' })
      await alert({ title: 'one more' })
      expect(await alertsInFeed(1)).toEqual([{ title: 'the thousandth', text: '', severity: 'INFO', run: 'r1' }])
    })
  })
})

/**
 * Automations on runs: what a run logs and what becomes of it fires them, once.
 *
 * Method: runs speak the client's own protocol (its file stream) to a real server, and webhooks reach a real receiver.
 * `automations-runs-client.test.ts` does the same with the client.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenMember, givenOrganization, givenTeam, unique } from './support/given-automations.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

type Receiver = Awaited<ReturnType<typeof startReceiver>>

const threshold = (rest: Record<string, unknown>) => ({
  run_metric_filter: { threshold_filter: { name: 'loss', cmp_op: '$gt', threshold: 3, ...rest } },
})

forEachEngine((engine) => {
  let server: TestServer
  let receiver: Receiver
  let organization: string
  let team: string
  let project: string
  let key: string
  beforeAll(async () => {
    server = await startTestServer(engine)
    receiver = await startReceiver()
    organization = await givenOrganization(server)
  })
  afterAll(async () => {
    await receiver.stop()
    await server[Symbol.asyncDispose]()
  })

  /** A team with a project and a webhook, for one test. */
  async function givenTeamWithHook() {
    team = await givenTeam(server, organization)
    project = unique('trials')
    key = (await givenMember(server, team, 'admin')).key
    const hook = { name: 'hook', url: receiver.url }
    expect((await server.rest('POST', `/entities/${team}/webhooks`, hook)).status).toBe(201)
    expect((await server.rest('POST', `/projects/${team}`, { name: project })).status).toBe(201)
  }

  async function givenAutomation(event: string, filter: unknown, more: Record<string, unknown> = {}) {
    const { status, text, body } = await server.rest('POST', `/entities/${team}/automations`, {
      name: unique('automation'),
      event,
      scope: { type: 'project', project },
      filter,
      action: { type: 'webhook', webhook: 'hook' },
      ...more,
    })
    expect(status, text).toBe(201)
    return body
  }

  const upsert = (input: Record<string, unknown>) =>
    server.graphql(
      'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
      { input: { entityName: team, modelName: project, ...input } },
      { key },
    )

  async function givenRun(more: Record<string, unknown> = {}): Promise<string> {
    const name = unique('run')
    const { errors } = await upsert({ name, ...more })
    expect(errors).toBeUndefined()
    return name
  }

  async function stream(run: string, body: Record<string, unknown>) {
    const response = await fetch(`${server.url}/files/${team}/${project}/${run}/file_stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
  }

  /** Lines of a run's history, one for each of these. */
  const log = (run: string, offset: number, lines: Record<string, unknown>[], file = 'wandb-history.jsonl') =>
    stream(run, {
      files: { [file]: { offset, content: lines.map((line, at) => JSON.stringify({ ...line, _step: offset + at })) } },
    })
  const losses = (run: string, offset: number, ...values: number[]) =>
    log(
      run,
      offset,
      values.map((loss) => ({ loss })),
    )

  const executionsOf = async (automation: { id: string }) =>
    (await server.rest('GET', `/automations/${automation.id}/executions`)).body.items

  describe('a threshold', () => {
    test('fires one webhook for the first values that meet it, and no second one for the same run', async () => {
      await givenTeamWithHook()
      const before = receiver.received.length
      const automation = await givenAutomation('RUN_METRIC', threshold({ agg_op: 'AVERAGE', window_size: 5 }))
      const run = await givenRun({ displayName: 'brave-tree' })
      await losses(run, 0, 9, 1, 1)
      await losses(run, 3, 2, 2)
      expect(await executionsOf(automation)).toEqual([])

      await losses(run, 5, 8, 9)
      await losses(run, 7, 9, 9, 9)
      const received = await receiver.waitFor(before + 1)
      expect(JSON.parse(received[before]!.body)).toMatchObject({
        type: 'RUN_METRIC',
        data: {
          entity_name: team,
          project_name: project,
          artifact_collection_name: null,
          run_name: 'brave-tree',
          run_path: `${team}/${project}/${run}`,
          metric_name: 'loss',
          // 1, 2, 2, 8, 9: those that began with the next made 2.8.
          metric_value: 4.4,
          metric_step: 6,
          metric_condition: 'average of the last 5 of loss > 3',
        },
      })
      const executions = await executionsOf(automation)
      expect(executions).toHaveLength(1)
      expect(executions[0]).toMatchObject({
        state: 'matched',
        subject: { entity: team, project, collection: null, version: null, run },
      })
      expect(receiver.received).toHaveLength(before + 1)
    })
  })
})

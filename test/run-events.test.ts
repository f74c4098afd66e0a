/**
 * Automations on runs: what a run logs and what becomes of it fires them, once.
 *
 * Method: runs speak the client's own protocol (its file stream) to a real server, and webhooks reach a real receiver.
 * `clients/test_automations_runs.py` does the same with the client.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { StreamPart } from '../src/runs/file-stream.ts'
import { recordCrashes, streamToRun } from '../src/runs/operations.ts'
import { CRASHED_AFTER_MS } from '../src/runs/run.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import type { World } from '../src/world.ts'
import {
  callerWith,
  givenMember,
  givenOrganization,
  givenPlace,
  givenTeam,
  unique,
} from './support/given-automations.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { watchQueries } from './support/watched-queries.ts'

type FeedItem = { id: string; run: { name: string; state: string } }
type Receiver = Awaited<ReturnType<typeof startReceiver>>

const threshold = (rest: Record<string, unknown>) => ({
  run_metric_filter: { threshold_filter: { name: 'loss', cmp_op: '$gt', threshold: 3, ...rest } },
})

const HOUR_MS = 3_600_000

/** The same world, telling of every statement in its transactions. */
function watchedWorld(world: World, onQuery: (query: string) => void): World {
  const transaction: World['db']['transaction'] = (work) =>
    world.db.transaction((tx) => work(watchQueries(tx, ({ sql }) => onQuery(sql))))
  return { ...world, db: { ...world.db, transaction } }
}

/** REST calls to another address. */
function restAt(url: string, server: TestServer): Pick<TestServer, 'url' | 'rest'> {
  return {
    url,
    async rest(method, path, body) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, text, body: JSON.parse(text), headers: response.headers }
    },
  }
}

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

  async function stream(run: string, body: Record<string, unknown>, url = server.url) {
    const response = await fetch(`${url}/files/${team}/${project}/${run}/file_stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
  }

  const historyOf = (offset: number, lines: Record<string, unknown>[], file = 'wandb-history.jsonl') => ({
    files: { [file]: { offset, content: lines.map((line, at) => JSON.stringify({ ...line, _step: offset + at })) } },
  })
  /** Lines of a run's history, one for each of these. */
  const log = (run: string, offset: number, lines: Record<string, unknown>[], file?: string) =>
    stream(run, historyOf(offset, lines, file))
  const losses = (run: string, offset: number, ...values: number[]) =>
    log(
      run,
      offset,
      values.map((loss) => ({ loss })),
    )

  /**
   * The team's events of a type, once there are so many of them: on PostgreSQL the feed waits for transactions that are
   * under way, those of other databases too.
   */
  function feedWith(type: string, count: number, isOne: (item: FeedItem) => boolean = () => true): Promise<FeedItem[]> {
    return vi.waitFor(
      async () => {
        const { body } = await server.rest('GET', `/entities/${team}/events?type=${type}&limit=200`)
        const items = body.items.filter(isOne)
        expect(items).toHaveLength(count)
        return items
      },
      { timeout: 20_000 },
    )
  }

  const executionsOf = async (automation: { id: string }) =>
    (await server.rest('GET', `/automations/${automation.id}/executions`)).body.items

  /** What the one execution of the automation saw. */
  const metricOf = async (automation: { id: string }) => {
    const executions = await executionsOf(automation)
    expect(executions).toHaveLength(1)
    return (await server.rest('GET', `/events/${executions[0].event.id}`)).body.metric
  }

  /** As if what has fired had fired so much earlier. */
  const passTime = (ms: number) =>
    server.world.db.transaction((tx) =>
      tx
        .updateTable('run_firings')
        .set(({ eb }) => ({ fired_at: eb('fired_at', '-', ms) }))
        .execute(),
    )

  const setHeartbeat = (run: string, at: number) =>
    server.world.db.transaction((tx) =>
      tx.updateTable('runs').set({ heartbeat_at: at }).where('name', '=', run).execute(),
    )

  /** Work with another server in place of the one of all tests. */
  async function withServer(other: TestServer, work: () => Promise<void>) {
    const [kept, keptOrganization] = [server, organization]
    try {
      server = other
      organization = await givenOrganization(server)
      await work()
    } finally {
      server = kept
      organization = keptOrganization
    }
  }

  describe('a condition on a metric', () => {
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
          run_url: `${server.world.config.publicUrl}/${team}/${project}/runs/${run}`,
          metric_name: 'loss',
          // 1, 2, 2, 8, 9: those that began one earlier made 2.8.
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

    test('of a change and of a z-score sees its windows across requests', async () => {
      await givenTeamWithHook()
      const changed = await givenAutomation('RUN_METRIC_CHANGE', {
        run_metric_filter: {
          change_filter: {
            name: 'loss',
            agg_op: 'AVERAGE',
            current_window_size: 2,
            prior_window_size: 3,
            change_type: 'RELATIVE',
            change_dir: 'INCREASE',
            change_amount: 0.5,
          },
        },
      })
      const unusual = await givenAutomation('RUN_METRIC_ZSCORE', {
        run_metric_filter: { zscore_filter: { name: 'loss', window_size: 4, threshold: 3, change_dir: 'ANY' } },
      })
      const run = await givenRun()
      for (const [at, loss] of [1, 3, 2, 2, 2.5].entries()) await losses(run, at, loss)
      expect([await executionsOf(changed), await executionsOf(unusual)]).toEqual([[], []])
      await losses(run, 5, 8)
      expect([await metricOf(changed), await metricOf(unusual)]).toMatchObject([
        { value: expect.closeTo((2.5 + 8) / 2 / (7 / 3) - 1, 9), prior: expect.closeTo(7 / 3, 9), logged: 8, step: 5 },
        { value: expect.closeTo((8 - 2.375) / 0.41457809, 4), prior: 2.375, logged: 8, step: 5 },
      ])
    })

    test('is met by a peak within one request, also when that is sent again', async () => {
      await givenTeamWithHook()
      const automation = await givenAutomation('RUN_METRIC', threshold({}))
      const run = await givenRun()
      await losses(run, 0, 1, 9, 1)
      await losses(run, 0, 1, 9, 1)
      expect(await metricOf(automation)).toMatchObject({ logged: 9, step: 1 })
      expect(await executionsOf(automation)).toHaveLength(1)
    })

    test('looks back to what was logged before the automation was made, and past lines that have other metrics', async () => {
      await givenTeamWithHook()
      const run = await givenRun()
      for (const at of [0, 1, 2]) {
        await log(run, at * 1_000, [{ loss: 4 + at }, ...Array.from({ length: 999 }, () => ({ other: 'loss' }))])
      }
      const automation = await givenAutomation('RUN_METRIC', threshold({ agg_op: 'AVERAGE', window_size: 4 }))
      await losses(run, 3_000, 7)
      expect(await metricOf(automation)).toMatchObject({ value: 5.5 })
    })

    test('sees what a rewound run logs in place of what it had logged', async () => {
      await givenTeamWithHook()
      const automation = await givenAutomation('RUN_METRIC', threshold({ agg_op: 'MIN', window_size: 3 }))
      const run = await givenRun()
      await losses(run, 0, 9, 1, 1)
      await losses(run, 1, 9)
      expect(await executionsOf(automation)).toEqual([])
      await losses(run, 2, 9)
      expect(await metricOf(automation)).toMatchObject({ value: 9, step: 2 })
    })

    test('is asked of what is measured of the machine, and of metrics in objects, too', async () => {
      await givenTeamWithHook()
      const cpu = await givenAutomation('RUN_METRIC', threshold({ name: 'cpu', threshold: 90 }))
      const nested = await givenAutomation('RUN_METRIC', threshold({ name: 'eval.loss' }))
      const run = await givenRun()
      await log(run, 0, [{ 'system.cpu': 95 }], 'wandb-events.jsonl')
      await log(run, 0, [{ eval: { loss: 4 } }])
      expect([await metricOf(cpu), await metricOf(nested)]).toMatchObject([{ value: 95 }, { value: 4 }])
    })

    test('counts each run for itself, those the filter asks about, in every scope around it', async () => {
      await givenTeamWithHook()
      const filter = {
        ...threshold({ agg_op: 'MAX', window_size: 2 }),
        run_filter: { $and: [{ display_name: { $regex: '^prod-' } }, { tags: 'nightly' }] },
      }
      const scoped = await givenAutomation('RUN_METRIC', filter)
      const ofTeam = await givenAutomation('RUN_METRIC', filter, { scope: { type: 'entity' } })
      const disabled = await givenAutomation('RUN_METRIC', filter, { enabled: false })
      const { status, body: ofOrganization } = await server.rest('POST', `/entities/${organization}/automations`, {
        name: unique('automation'),
        event: 'RUN_METRIC',
        scope: { type: 'entity' },
        filter,
        action: { type: 'nothing' },
      })
      expect(status).toBe(201)
      const one = await givenRun({ displayName: 'prod-1', tags: ['nightly'] })
      const two = await givenRun({ displayName: 'prod-2', tags: ['nightly', 'big'] })
      const untagged = await givenRun({ displayName: 'prod-3' })
      const other = await givenRun({ displayName: 'test-1', tags: ['nightly'] })
      for (const run of [one, two, untagged, other]) await losses(run, 0, 9)
      expect(await executionsOf(scoped)).toEqual([])
      for (const run of [one, two, untagged, other]) await losses(run, 1, 1)
      for (const automation of [scoped, ofTeam, ofOrganization]) {
        const runs = (await executionsOf(automation)).map(({ subject }: { subject: { run: string } }) => subject.run)
        expect(runs.sort()).toEqual([one, two].sort())
      }
      expect(await executionsOf(disabled)).toEqual([])
      expect((await server.rest('DELETE', `/automations/${ofOrganization.id}`)).status).toBe(204)
    })

    test('fires again for the same run after a day', async () => {
      await givenTeamWithHook()
      const automation = await givenAutomation('RUN_METRIC', threshold({}))
      const run = await givenRun()
      await losses(run, 0, 9)
      await losses(run, 1, 9)
      expect(await executionsOf(automation)).toHaveLength(1)
      await passTime(24 * HOUR_MS - 60_000)
      await losses(run, 2, 9)
      expect(await executionsOf(automation)).toHaveLength(1)
      await passTime(60_000)
      await losses(run, 3, 9)
      await losses(run, 4, 9)
      expect(await executionsOf(automation)).toHaveLength(2)
    })

    test('costs one statement more where no automation asks for metrics, and none where no metric comes', async () => {
      await givenTeamWithHook()
      await givenAutomation('RUN_STATE', { run_state_filter: { states: ['FAILED'] } })
      const caller = await callerWith(server, key, 'wandb')
      const run = await givenRun()
      const lines = (file: string) =>
        Array.from({ length: 200 }, (_, line) => ({ file, line, content: JSON.stringify({ loss: line }) }))
      const statementsFor = async (part: Partial<StreamPart>) => {
        const seen: string[] = []
        const world = watchedWorld(server.world, (query) => seen.push(query))
        const whole = { lines: [], summary: undefined, complete: false, exitCode: null, ...part }
        await streamToRun(world, caller, { entity: team, project, run }, whole)
        return seen.filter((query) => !/run_lines|update "runs"/.test(query))
      }
      expect(await statementsFor({ lines: lines('output.log') })).toEqual([])
      expect(await statementsFor({})).toEqual([])
      expect(await statementsFor({ lines: lines('wandb-history.jsonl') })).toEqual([
        expect.stringMatching(/from "automations" where "scope_key"/),
      ])
      // Once it has fired for the run, nothing is read of what was logged.
      await givenAutomation('RUN_METRIC', threshold({}))
      await losses(run, 200, 9)
      const after = await statementsFor({ lines: lines('wandb-history.jsonl') })
      expect(after).toEqual([
        expect.stringMatching(/from "automations" where "scope_key"/),
        expect.stringMatching(/run_firings/),
      ])
    })

    test('has windows that survive a restart', async () => {
      const other = await startTestServer(engine)
      try {
        await withServer(other, async () => {
          await givenTeamWithHook()
          const automation = await givenAutomation('RUN_METRIC', threshold({ agg_op: 'AVERAGE', window_size: 4 }))
          const run = await givenRun()
          await losses(run, 0, 4, 4, 4)
          await other.stop()
          const again = await startServer(readConfig({ ...other.env, TRIPLINE_PORT: '0' }))
          try {
            server = { ...other, ...restAt(again.url, other) }
            await losses(run, 3, 4)
            expect(await metricOf(automation)).toMatchObject({ value: 4 })
          } finally {
            await again.stop()
          }
        })
      } finally {
        await other[Symbol.asyncDispose]()
      }
    })
  })

  test.runIf(engine === 'postgres')(
    'fires once, whichever of several processes the lines of a run come to',
    async () => {
      await givenTeamWithHook()
      const second = await startServer(readConfig({ ...server.env, TRIPLINE_PORT: '0' }))
      try {
        const before = receiver.received.length
        const automation = await givenAutomation('RUN_METRIC', threshold({ agg_op: 'AVERAGE', window_size: 4 }))
        const run = await givenRun()
        const urls = [server.url, second.url]
        await Promise.all(
          Array.from({ length: 12 }, (_, at) => stream(run, historyOf(at, [{ loss: 4 }]), urls[at % 2] as string)),
        )
        expect(await executionsOf(automation)).toHaveLength(1)
        await receiver.waitFor(before + 1)
        // The same lines again, as a client sends them that had no answer.
        await Promise.all(urls.map((url) => stream(run, historyOf(8, [{ loss: 9 }, { loss: 9 }]), url)))
        expect(await executionsOf(automation)).toHaveLength(1)
        expect(receiver.received).toHaveLength(before + 1)
      } finally {
        await second.stop()
      }
    },
  )

  describe('a change of state', () => {
    const states = (...of: string[]) => ({ run_state_filter: { states: of } })

    test('fires for the start of a run and for its end, each once', async () => {
      await givenTeamWithHook()
      const before = receiver.received.length
      const automation = await givenAutomation('RUN_STATE', states('RUNNING', 'FINISHED', 'FAILED'))
      const failed = await givenAutomation('RUN_STATE', states('FAILED'))
      const run = await givenRun()
      await stream(run, {})
      await stream(run, { complete: true, exitcode: 0 })
      await stream(run, { complete: true, exitcode: 0 })
      await receiver.waitFor(before + 2)
      // It was resumed.
      await stream(run, {})
      await stream(run, { complete: true, exitcode: 0 })
      const bodies = receiver.received.slice(before).map(({ body }) => JSON.parse(body).data)
      expect(bodies.map(({ run_state }) => run_state)).toEqual(['running', 'finished'])
      expect(await executionsOf(automation)).toHaveLength(2)
      expect(await executionsOf(failed)).toEqual([])

      const another = await givenRun()
      await stream(another, { complete: true, exitcode: 1 })
      expect(await executionsOf(failed)).toMatchObject([{ subject: { run: another } }])
      expect(await executionsOf(automation)).toHaveLength(4)
    })

    test('is told by whoever sets it, and by the silence of a run, which has failed then', async () => {
      await givenTeamWithHook()
      const automation = await givenAutomation('RUN_STATE', states('FAILED'))
      const set = await givenRun()
      await upsert({ name: set, state: 'failed' })
      await upsert({ name: set, state: 'failed', notes: 'again' })
      const [silent, heard] = [await givenRun(), await givenRun()]
      await setHeartbeat(silent, server.world.now() - CRASHED_AFTER_MS - 1)
      await setHeartbeat(heard, server.world.now() - CRASHED_AFTER_MS + 60_000)
      await Promise.all([recordCrashes(server.world), recordCrashes(server.world)])
      await recordCrashes(server.world)
      const runs = (await executionsOf(automation)).map(({ subject }: { subject: { run: string } }) => subject.run)
      expect(runs.sort()).toEqual([set, silent].sort())

      const ofSilent = ({ run }: FeedItem) => run.name === silent
      expect(await feedWith('RUN_STATE', 2, ofSilent)).toMatchObject([
        { run: { state: 'running', stateBefore: null }, actor: { kind: 'user', via: 'wandb' } },
        { run: { state: 'crashed', stateBefore: 'running' }, actor: { username: null, kind: 'system' } },
      ])
      // Heard of again, it goes on.
      await stream(silent, {})
      expect((await feedWith('RUN_STATE', 3, ofSilent)).at(-1)).toMatchObject({
        run: { state: 'running', stateBefore: 'crashed' },
      })
    })

    test('is gathered with others of the same run alone', async () => {
      await givenTeamWithHook()
      const automation = await givenAutomation('RUN_STATE', states('RUNNING', 'FAILED'), {
        pacing: { debounceSeconds: 3_600 },
      })
      const [one, other] = [await givenRun(), await givenRun()]
      await stream(one, { complete: true, exitcode: 1 })
      const gathered = (await executionsOf(automation)).map(
        ({ subject, deliveries }: { subject: { run: string }; deliveries: { state: string; reason: string }[] }) => [
          subject.run,
          deliveries[0]?.state,
          deliveries[0]?.reason,
        ],
      )
      expect(gathered).toEqual([
        [one, 'pending', null],
        [other, 'pending', null],
        [one, 'superseded', 'digested'],
      ])
    })

    test('and a condition that is met are explained', async () => {
      await givenTeamWithHook()
      const fired = await givenAutomation('RUN_METRIC', threshold({}))
      const other = await givenAutomation('RUN_METRIC', threshold({ threshold: 30 }))
      const elsewhere = await givenAutomation('RUN_METRIC', {
        ...threshold({}),
        run_filter: { $and: [{ display_name: { $contains: 'prod' } }] },
      })
      const run = await givenRun({ displayName: 'test' })
      await losses(run, 0, 9)
      const feed = await feedWith('RUN_METRIC', 1)
      expect(feed).toMatchObject([{ run: { name: run }, metric: { condition: 'loss > 3', value: 9 } }])
      const explained = (await server.rest('GET', `/events/${feed[0]!.id}/explanation`)).body.items
      const verdicts = new Map(
        explained.map((item: { automation: { id: string } }) => [item.automation.id, item] as const),
      )
      expect(verdicts.get(fired.id)).toMatchObject({ verdict: 'fired' })
      expect(verdicts.get(other.id)).toMatchObject({
        verdict: 'filter_not_met',
        because: [
          {
            path: '/run_metric_filter',
            message: '"loss > 3" was met, and the filter asks for "loss > 30"',
          },
        ],
      })
      expect(verdicts.get(elsewhere.id)).toMatchObject({
        verdict: 'filter_not_met',
        because: [{ path: '/run_filter/$and/0/display_name/$contains', message: expect.stringContaining('"test"') }],
      })

      // What a second end of the run does not fire, within a day.
      const ended = await givenAutomation('RUN_STATE', states('FINISHED'))
      await stream(run, { complete: true, exitcode: 0 })
      await stream(run, {})
      await stream(run, { complete: true, exitcode: 0 })
      const ends = await feedWith('RUN_STATE', 2, (each) => each.run.state === 'finished')
      const { body } = await server.rest('GET', `/events/${ends.at(-1)!.id}/explanation?automation=${ended.id}`)
      expect(body.items).toMatchObject([{ verdict: 'once_per_run', message: expect.stringContaining('24 hours') }])
    })
  })

  describe('what cannot be', () => {
    const refused = async (event: string, filter: unknown, more: Record<string, unknown> = {}) => {
      const automation = { event, filter, scope: { type: 'project', project }, action: { type: 'nothing' }, ...more }
      const { status, body } = await server.rest('POST', `/entities/${team}/automations`, {
        name: unique('automation'),
        ...automation,
      })
      return [status, body.code, body.errors?.[0]?.path]
    }

    test('is refused with its place', async () => {
      await givenTeamWithHook()
      const at = (path: string) => [400, 'filter_invalid', `/filter${path}`]
      expect(await refused('RUN_METRIC', null)).toEqual(at(''))
      expect(await refused('RUN_METRIC', { run_metric_filter: { change_filter: {} } })).toEqual(
        at('/run_metric_filter/threshold_filter'),
      )
      const ofThreshold = '/run_metric_filter/threshold_filter'
      expect(await refused('RUN_METRIC', threshold({ name: '' }))).toEqual(at(`${ofThreshold}/name`))
      expect(await refused('RUN_METRIC', threshold({ window_size: 0 }))).toEqual(at(`${ofThreshold}/window_size`))
      expect(await refused('RUN_METRIC', threshold({ cmp_op: '>' }))).toEqual(at(`${ofThreshold}/cmp_op`))
      expect(await refused('RUN_METRIC', threshold({ agg_op: 'MEDIAN' }))).toEqual(at(`${ofThreshold}/agg_op`))
      expect(await refused('RUN_METRIC', threshold({ threshold: '3' }))).toEqual(at(`${ofThreshold}/threshold`))
      const large = threshold({ agg_op: 'MAX', window_size: 1_001 })
      expect(await refused('RUN_METRIC', large)).toEqual(at(ofThreshold))
      expect(await refused('RUN_STATE', { run_state_filter: { states: [] } })).toEqual(at('/run_state_filter/states'))
      expect(await refused('RUN_STATE', { run_state_filter: { states: ['KILLED'] } })).toEqual(
        at('/run_state_filter/states'),
      )
      expect(await refused('RUN_STATE', threshold({}))).toEqual(at('/run_metric_filter'))
      const unknownField = { ...threshold({}), run_filter: { $and: [{ alias: 'a' }] } }
      expect(await refused('RUN_METRIC', unknownField)).toEqual(at('/run_filter/$and/0/alias'))
    })

    test('runs are in no collection, and in no registry', async () => {
      await givenTeamWithHook()
      const place = await givenPlace(server, team, { project })
      const scope = { type: 'collection', project, collection: place.collection }
      expect(await refused('RUN_METRIC', threshold({}), { scope })).toEqual([400, 'scope_invalid', '/scope'])
      const registry = await givenPlace(server, organization, { project: `wandb-registry-${unique('models')}` })
      const { status, body } = await server.rest('POST', `/entities/${organization}/automations`, {
        name: unique('automation'),
        event: 'RUN_STATE',
        scope: { type: 'registry', registry: registry.project.replace('wandb-registry-', '') },
        filter: { run_state_filter: { states: ['FAILED'] } },
        action: { type: 'nothing' },
      })
      expect([status, body.warnings]).toEqual([201, [{ path: '/event', message: expect.stringContaining('registry') }]])
    })

    test('an automation changes from one kind of event to another only with a filter for it', async () => {
      await givenTeamWithHook()
      const automation = await givenAutomation('ADD_ARTIFACT_ALIAS', { alias: 'prod' })
      const change = (body: unknown) => server.rest('PATCH', `/automations/${automation.id}`, body)
      expect((await change({ event: 'RUN_METRIC' })).body).toMatchObject({ code: 'filter_invalid' })
      const changed = await change({ event: 'RUN_METRIC', filter: threshold({}) })
      expect([changed.status, changed.body.event]).toEqual([200, 'RUN_METRIC'])
      expect((await change({ event: 'CREATE_ARTIFACT' })).body).toMatchObject({ code: 'filter_invalid' })
    })
  })

  describe('before and beside the real thing', () => {
    test('a back-test of states finds what would have fired; one of metrics is refused', async () => {
      await givenTeamWithHook()
      const run = await givenRun({ displayName: 'brave-tree' })
      await stream(run, { complete: true, exitcode: 1 })
      const tried = (event: string, filter: unknown) =>
        server.rest('POST', `/entities/${team}/automations/backtest`, {
          automation: {
            event,
            filter,
            scope: { type: 'project', project },
            action: { type: 'webhook', webhook: 'hook', payload: { run: '${run_name}', state: '${run_state}' } },
          },
        })
      const states = await tried('RUN_STATE', { run_state_filter: { states: ['FAILED'] } })
      expect(states.body.items).toMatchObject([
        { subject: { run, collection: null }, body: '{"run":"brave-tree","state":"failed"}' },
      ])
      const metrics = await tried('RUN_METRIC', threshold({}))
      expect([metrics.status, metrics.body.code]).toEqual([400, 'not_supported'])
    })

    test('an automation on runs is run by hand for a run', async () => {
      await givenTeamWithHook()
      const before = receiver.received.length
      const automation = await givenAutomation('RUN_METRIC', threshold({ agg_op: 'AVERAGE', window_size: 2 }), {
        action: { type: 'webhook', webhook: 'hook', payload: { run: '${run_name}', metric: '${metric_name}' } },
      })
      const run = await givenRun({ displayName: 'brave-tree' })
      const at = (what: Record<string, unknown>) =>
        server.rest('POST', `/automations/${automation.id}/run`, { at: { project, ...what } })
      expect((await at({ collection: 'none', version: 'v0' })).body).toMatchObject({ code: 'invalid_request' })
      expect((await at({ run: 'none' })).body).toMatchObject({ code: 'not_found' })
      const { status, body } = await at({ run })
      expect(status, JSON.stringify(body)).toBe(201)
      expect(body).toMatchObject({ state: 'matched', filterMatches: false })
      await receiver.waitFor(before + 1)
      expect(JSON.parse(receiver.received[before]!.body)).toEqual({ run: 'brave-tree', metric: '' })
      // It counts for nothing else.
      await losses(run, 0, 9, 9)
      expect(await executionsOf(automation)).toHaveLength(2)
    })
  })
})

// Goal: new work starts within milliseconds on whichever worker is idle, on whatever process it was made; and a backlog is
// shared without one delivery being claimed twice.
// Method: a server that sends nothing, and four processes that send, whose clocks differ by minutes, over a PostgreSQL of
// their own. They run a copy of the product that polls every ten minutes: nothing but a wake-up can have started what
// starts at once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fleet, startFleet } from './support/fleet.ts'
import { NO_POLL } from './support/fleet-troubles.ts'
import { type Account, assignAlias, call, setUp } from './support/kill-story.ts'
import { PATIENCE } from './support/patience.ts'
import { startReceiver } from './support/receiver.ts'
import { copySource } from './support/source-copy.ts'
import { describeWithTool } from './support/tools.ts'

/** Five are usual in the median; a busy machine takes its time. */
const START_MS_MAX = { median: 100, any: 500 }
const SAMPLES = 8
const SENDING = ['two', 'three', 'four', 'five']
const WEBHOOKS = '/entities/vision/webhooks'

/** No process has room for a backlog that all of them have room for. */
const FEW_REQUESTS = { TRIPLINE_WORKER_REQUESTS_MAX: '64' }

describeWithTool('postgres', 'four processes that send, and one that does not', () => {
  let fleet: Fleet
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let source: ReturnType<typeof copySource>
  const account: Account = {
    acknowledged: [],
    asked: new Set(),
    received: [],
    present: new Map(),
    unsettled: 0,
    lives: 0,
  }
  beforeAll(async () => {
    source = copySource(NO_POLL)
    receiver = await startReceiver({ status: 204 })
    fleet = await startFleet(
      [
        { name: 'one', kind: 'server', env: { TRIPLINE_WORKER: 'off' } },
        { name: 'two', kind: 'server', env: FEW_REQUESTS },
        ...['three', 'four', 'five'].map((name) => ({ name, kind: 'worker' as const, env: FEW_REQUESTS })),
      ],
      { serverSource: source.path },
    )
    await setUp(fleet.urlOf('one'), fleet.key, receiver.url)
  })
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await receiver?.stop()
    source?.[Symbol.dispose]()
  })

  /** Every process that sends waits for wake-ups. */
  async function isListenedTo(): Promise<void> {
    await expect.poll(() => listeners(), PATIENCE).toHaveLength(SENDING.length)
  }

  async function listeners(): Promise<number[]> {
    const rows = await fleet
      .query(`select pid from pg_stat_activity where query ilike 'listen%' and application_name = 'tripline wake-ups'`)
      .catch(() => [])
    return rows.map((row) => row.pid)
  }

  /** From the answer to the change until the request arrives, one change after the other. */
  async function expectStartsAtOnce(): Promise<void> {
    const waits: number[] = []
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const arrived = receiver.waitFor(receiver.received.length + 1)
      await assignAlias(fleet.urlOf('one'), fleet.key, account)
      const answeredAt = performance.now()
      await arrived
      waits.push(Math.max(0, performance.now() - answeredAt))
      await isSettled()
    }
    waits.sort((one, other) => one - other)
    expect(waits[SAMPLES / 2]).toBeLessThan(START_MS_MAX.median)
    expect(waits.at(-1)).toBeLessThan(START_MS_MAX.any)
  }

  const isSettled = () =>
    expect
      .poll(async () => {
        const [row] = await fleet.query('select count(*)::int as count from deliveries where settled_at is null')
        return row.count
      }, PATIENCE)
      .toBe(0)

  test('what a process that sends nothing has queued starts at once on another', async () => {
    await isListenedTo()
    await expectStartsAtOnce()
  })

  test('also after the connections that wait for wake-ups were cut', async () => {
    const before = await listeners()
    await fleet.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [before])
    await isListenedTo()
    expect((await listeners()).filter((pid) => before.includes(pid))).toEqual([])
    await expectStartsAtOnce()
  })

  test('also after the database crashed and came back', async () => {
    await fleet.postgres.crash()
    await fleet.postgres.startAgain()
    await isListenedTo()
    await expectStartsAtOnce()
  })

  test('what falls due while nobody listens is found on coming back', async () => {
    const before = receiver.received.length
    await fleet.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [await listeners()])
    await assignAlias(fleet.urlOf('one'), fleet.key, account)
    await receiver.waitFor(before + 1)
    await isSettled()
  })

  test('a backlog is shared: each delivery is claimed once, sent once, and every process has its part', async () => {
    const count = 400
    receiver.answerWith({ status: 204, delayMs: 200 })
    // Several webhooks, as each is claimed for by one at a time; with room for more than one claim takes.
    const hooks: string[] = []
    for (let at = 0; at < 8; at += 1) {
      const settings = { name: `backlog-${at}`, url: receiver.url, concurrencyMax: 30 }
      hooks.push((await call(fleet.urlOf('one'), fleet.key, 'POST', WEBHOOKS, settings)).id)
    }
    const [{ id: firstId }] = await fleet.query('select max(id) as id from deliveries')
    await fleet.query(
      `insert into deliveries (public_id, entity_id, execution_id, revision_id, webhook_id, message_id, state, body,
         next_attempt_at, created_at)
       select 'dl_backlog' || n, d.entity_id, d.execution_id, d.revision_id, w.id, 'msg_backlog' || n, 'pending', d.body, 1, 1
       from (select * from deliveries order by id desc limit 1) d, generate_series(1, $1) n
         join webhooks w on w.public_id = ($2::text[])[1 + n % 8]`,
      [count, hooks],
    )
    const before = receiver.received.length
    await fleet.query(`select pg_notify('tripline_wake', 'a test')`)
    await isSettled()

    const [row] = await fleet.query(
      `select count(*)::int as deliveries, sum(claim_count)::int as claims, sum(attempt_count)::int as attempts,
         count(*) filter (where state = 'succeeded')::int as succeeded
       from deliveries where id > $1`,
      [firstId],
    )
    expect(row).toEqual({ deliveries: count, claims: count, attempts: count, succeeded: count })
    const messages = receiver.received.slice(before).map((request) => request.headers['webhook-id'])
    expect(messages).toHaveLength(count)
    expect(new Set(messages).size).toBe(count)
    const shares = await fleet.query(
      'select worker, count(*)::int as count from attempts where delivery_id > $1 group by worker',
      [firstId],
    )
    expect(shares.length).toBeGreaterThan(1)
    expect(shares.reduce((sum, share) => sum + share.count, 0)).toBe(count)
    receiver.answerWith(204)
  })

  test('they agree on the time, though their clocks do not', async () => {
    const now = Date.now()
    const [row] = await fleet.query(
      `select min(occurred_at)::float8 as earliest, max(occurred_at)::float8 as latest from events`,
    )
    const [history] = await fleet.query(
      `select min(a.started_at)::float8 as earliest, max(a.finished_at)::float8 as latest from attempts a`,
    )
    const timestamps = receiver.received.map((request) => Number(request.headers['webhook-timestamp']) * 1_000)
    for (const time of [...Object.values<number>(row), ...Object.values<number>(history), ...timestamps]) {
      expect(Math.abs(now - time)).toBeLessThan(3 * 60_000)
    }
  })
})

/**
 * Whether a backlog of a million deliveries goes out as fast in the end as in the beginning, and what of it stays in the
 * server's memory.
 *
 * Method: a thousand deliveries are made through the product, to a webhook that is paused; with the server stopped, their
 * rows are copied until there are a million. A server is started again and the webhook resumed. The receiver says twenty
 * times a second how many requests it has had, which tells how long each tenth took. The heap is measured after a
 * collection, when the first tenth is out and when all is settled. `--smoke` takes 2,000. One run is enough: it compares
 * its own parts. `--deliveries=<n>` takes another number.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { openPostgres } from '../src/database/postgres.ts'
import { openSqlite } from '../src/database/sqlite.ts'
import { givenBacklog, untilSettled } from './support/backlog.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { type Peer, startPeer } from './support/processes.ts'
import type { ReceiverActions } from './support/receiver-process.ts'
import { givenStory } from './support/story.ts'
import { startTripline, type Tripline } from './support/tripline.ts'

const AUTOMATIONS = 10
const MADE = 1_000
const CONCURRENCY = 64
const PARTS = 10
const LOOK_AGAIN_MS = 50
const STALLED_MS = 60_000
const RATE_RATIO_MIN = 0.8
const HEAP_MIB_MAX = 1_000_000 / 1_024 ** 2
const HEAP = new URL('./support/heap.ts', import.meta.url).href

const { smoke, engine: only, deliveries: asked } = readFlags()
const deliveries = smoke ? 2 * MADE : (asked ?? 1_000_000)

console.log(`${deliveries} deliveries to one receiver, ${CONCURRENCY} at once, one run`)
await onEachEngine(
  async (engine) => {
    const { secondsOfParts, heapMiB } = await measure(engine)
    const rates = secondsOfParts.map((seconds) => deliveries / PARTS / seconds)
    const [first, last] = [rates[0]!, rates.at(-1)!]
    const growth = ((heapMiB.end - heapMiB.afterFirst) / (deliveries * (1 - 1 / PARTS))) * 100_000
    printTable(
      [engine.title, 'first tenth', 'slowest tenth', 'last tenth', 'last to first'],
      [
        ['deliveries/s', first.toFixed(0), Math.min(...rates).toFixed(0), last.toFixed(0), (last / first).toFixed(2)],
        ['heap after a collection, MiB', heapMiB.afterFirst.toFixed(1), '', heapMiB.end.toFixed(1), ''],
      ],
    )
    tell(`the last tenth at ${RATE_RATIO_MIN} of the first tenth's rate`, last / first, last / first >= RATE_RATIO_MIN)
    tell('heap for 100,000 deliveries more, less than 1 MB, in MiB', growth, growth < HEAP_MIB_MAX)
  },
  { only },
)

function tell(aim: string, figure: number, isKept: boolean): void {
  console.log(`${aim}: ${figure.toFixed(2)}, ${isKept ? 'kept' : 'NOT KEPT'}`)
}

type Measured = { secondsOfParts: number[]; heapMiB: { afterFirst: number; end: number } }

async function measure(engine: BenchEngine): Promise<Measured> {
  const database = await engine.givenDatabase()
  const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
  let server: Tripline | undefined
  try {
    server = await startTripline(database.env)
    const { adminKey } = server
    const story = await givenStory(server, {
      receiverUrl: await receiver.ask('url'),
      automations: AUTOMATIONS,
      concurrencyMax: CONCURRENCY,
    })
    await givenBacklog(story, MADE / AUTOMATIONS)
    await server.stop()
    await copyDeliveries(database.env, deliveries / MADE - 1)
    server = await startTripline(
      { ...database.env, TRIPLINE_ADMIN_API_KEY: adminKey },
      { nodeArguments: ['--expose-gc', '--import', HEAP] },
    )
    return await drain(server, receiver)
  } finally {
    await Promise.all([server?.stop(), receiver.stop()])
    await database.drop()
  }
}

/** Copies of every delivery, as if as many automations more had waited for the same events. */
async function copyDeliveries(env: Record<string, string>, copies: number): Promise<void> {
  const url = env.TRIPLINE_DATABASE_URL
  const db = url === undefined ? await openSqlite({ directory: env.TRIPLINE_DATA_DIR! }) : await openPostgres({ url })
  try {
    const [row] = await db.read.selectFrom('deliveries').selectAll().limit(1).execute()
    const same = Object.keys(row!).filter((name) => !['id', 'public_id', 'message_id'].includes(name))
    const columns = sql.join(same.map((name) => sql.ref(name)))
    await db.transaction((tx) =>
      sql`
          insert into deliveries (public_id, message_id, ${columns})
          with recursive copies (copy) as (select 1 union all select copy + 1 from copies where copy < ${sql.lit(copies)})
          select public_id || '_' || copy, message_id || '_' || copy, ${columns}
          from copies cross join deliveries order by copy, id`.execute(tx),
    )
    // As the background would before long.
    if (url !== undefined) await sql`vacuum analyze deliveries`.execute(db.read)
  } finally {
    await db.close()
  }
}

async function drain(server: Tripline, receiver: Peer<ReceiverActions>): Promise<Measured> {
  const [webhook] = (await server.call('GET', '/entities/vision/webhooks')).items
  await receiver.ask('reset')
  let startedAt = performance.now()
  await server.call('PATCH', `/entities/vision/webhooks/${webhook.id}`, { paused: false })
  const secondsOfParts: number[] = []
  let afterFirst = 0
  for (let part = 1; part <= PARTS; part++) {
    await untilReceived(receiver, (deliveries / PARTS) * part)
    if (part === PARTS) await untilSettled(server)
    const endedAt = performance.now()
    secondsOfParts.push((endedAt - startedAt) / 1_000)
    startedAt = endedAt
    if (part === 1) {
      afterFirst = await server.heapUsedMiB()
      // The collection is no part of the second tenth.
      startedAt = performance.now()
    }
  }
  return { secondsOfParts, heapMiB: { afterFirst, end: await server.heapUsedMiB() } }
}

/** @throws Error when nothing has come for a minute */
async function untilReceived(receiver: Peer<ReceiverActions>, count: number): Promise<void> {
  let seen = -1
  let seenAt = performance.now()
  for (;;) {
    const received = await receiver.ask('received')
    if (received >= count) return
    if (received > seen) {
      seen = received
      seenAt = performance.now()
    } else if (performance.now() - seenAt > STALLED_MS) throw new Error(`nothing came after ${received} requests`)
    await sleep(LOOK_AGAIN_MS)
  }
}

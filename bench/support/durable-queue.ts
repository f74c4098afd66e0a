import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** A delivery that this sender has under a lease. */
export type Leased = { id: number; claim: number; message_id: string; body: string }

/** What came of one. */
export type Answered = {
  delivery: Leased
  url: string
  headers: Record<string, string>
  answer: { status: number; headers: object }
  startedAt: number
  finishedAt: number
}

export type DurableQueue = {
  fill(input: { body: string; count: number }): Promise<void>
  /** One durable transaction: settles these, keeps an attempt of each, and leases up to `room` others. */
  turn(answered: readonly Answered[], room: number): Promise<Leased[]>
}

export async function openQueue(where: { file: string } | { url: string }): Promise<DurableQueue> {
  return 'file' in where ? openSqlite(where.file) : openPostgres(where.url)
}

const OWNER = 'w_durable'
const LEASE_MS = 60_000

/** Of the product's tables what no sender can do without, with the indexes that its queue and its lists are read by. */
const schema = (id: string) => `
  create table deliveries (
    id ${id}, public_id text not null unique, entity_id bigint not null, execution_id bigint not null, webhook_id bigint not null,
    message_id text not null, state text not null, next_attempt_at bigint, lease_owner text, lease_until bigint,
    claim_count integer not null default 0, attempt_count integer not null default 0, body text,
    last_status integer, created_at bigint not null, settled_at bigint
  );
  create index deliveries_due on deliveries (webhook_id, next_attempt_at, id) where state = 'pending';
  create index deliveries_sending on deliveries (webhook_id, lease_until) where state = 'sending';
  create index deliveries_by_execution on deliveries (execution_id);
  create index deliveries_by_entity on deliveries (entity_id, created_at, id);
  create index deliveries_by_webhook on deliveries (webhook_id, created_at, id);
  create table attempts (
    id ${id}, delivery_id bigint not null references deliveries (id), claim integer not null, worker text not null,
    started_at bigint not null, finished_at bigint not null, outcome text not null, status integer, verdict text not null,
    reason text not null, explanation text not null, request text not null, response text, timing text not null,
    unique (delivery_id, claim)
  )`

const DUE = `select id from deliveries
  where state = 'pending' and webhook_id = 1 and next_attempt_at <= $1 order by next_attempt_at, id limit $2`
/** `ids`: of those that are due. */
const lease = (ids: string) => `update deliveries set state = 'sending', next_attempt_at = null,
  lease_owner = '${OWNER}', lease_until = $1 + ${LEASE_MS}, claim_count = claim_count + 1
  where ${ids} returning id, claim_count as claim, message_id, body`
const SETTLED = "state = 'succeeded', attempt_count = attempt_count + 1, lease_owner = null, lease_until = null"
const ATTEMPT = `delivery_id, claim, worker, started_at, finished_at, outcome, status, verdict, reason, explanation,
  request, response, timing`

/** What the history keeps of an attempt, as far as it differs. */
function attemptOf({ delivery, url, headers, answer, startedAt, finishedAt }: Answered) {
  return {
    id: delivery.id,
    claim: delivery.claim,
    status: answer.status,
    started_at: startedAt,
    finished_at: finishedAt,
    request: JSON.stringify({ url, headers, secretVersions: { DEPLOY_SIGNING: 1 } }),
    response: JSON.stringify({ ...answer, body: '', bodyCut: false }),
    timing: JSON.stringify({ isReused: true, firstByteMs: 1, totalMs: finishedAt - startedAt }),
  }
}

const EXPLANATION = 'The receiver accepted the request.'

function openSqlite(file: string): DurableQueue {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true })
  // As `src/database/sqlite.ts` has them.
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory; pragma cache_size = -65536; ' +
      'pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864;',
  )
  database.exec(schema('integer primary key autoincrement'))
  const insert = database.prepare(`insert into deliveries
    (public_id, entity_id, execution_id, webhook_id, message_id, state, next_attempt_at, body, created_at)
    values (?, 1, ?, 1, ?, 'pending', ?, ?, ?)`)
  const settle = database.prepare(`update deliveries set ${SETTLED}, last_status = ?, settled_at = ?
    where id = ? and lease_owner = '${OWNER}' and claim_count = ?`)
  const keep = database.prepare(`insert into attempts (${ATTEMPT})
    values (?, ?, '${OWNER}', ?, ?, 'answered', ?, 'succeeded', 'accepted', '${EXPLANATION}', ?, ?, ?)`)
  const leaseDue = database.prepare(lease(`id in (${DUE})`).replaceAll('$', '?'))
  const inTransaction = <Result>(work: () => Result): Result => {
    database.exec('begin immediate')
    const result = work()
    database.exec('commit')
    return result
  }
  return {
    async fill({ body, count }) {
      inTransaction(() => {
        for (let at = 0; at < count; at++) {
          const now = Date.now()
          insert.run(`dl_${randomUUID()}`, at, `msg_${randomUUID()}`, now, body, now)
        }
      })
    },
    async turn(answered, room) {
      return inTransaction(() => {
        const now = Date.now()
        for (const one of answered.map(attemptOf)) {
          if (settle.run(one.status, now, one.id, one.claim).changes !== 1) throw new Error('it was not ours any more')
          keep.run(
            ...[one.id, one.claim, one.started_at, one.finished_at, one.status],
            ...[one.request, one.response, one.timing],
          )
        }
        return leaseDue.all(now, room) as Leased[]
      })
    },
  }
}

async function openPostgres(url: string): Promise<DurableQueue> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
  await client.connect()
  await client.query(schema('bigint generated by default as identity primary key'))
  const items = `json_to_recordset($1) as item (id bigint, claim integer, status integer, started_at bigint,
    finished_at bigint, request text, response text, timing text)`
  const settle = `update deliveries d set ${SETTLED}, last_status = item.status, settled_at = $2
    from (select * from ${items} limit $3) item
    where d.id = item.id and d.lease_owner = '${OWNER}' and d.claim_count = item.claim`
  const keep = `insert into attempts (${ATTEMPT})
    select id, claim, '${OWNER}', started_at, finished_at, 'answered', status, 'succeeded', 'accepted', '${EXPLANATION}',
      request, response, timing from ${items}`
  const leaseDue = lease(`id = any(array(${DUE} for no key update skip locked))`)
  const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values })
  return {
    async fill({ body, count }) {
      await client.query(
        `insert into deliveries
          (public_id, entity_id, execution_id, webhook_id, message_id, state, next_attempt_at, body, created_at)
          select 'dl_' || gen_random_uuid(), 1, at, 1, 'msg_' || gen_random_uuid(), 'pending', $1, $2, $1
          from generate_series(1, $3::integer) at`,
        [Date.now(), body, count],
      )
    },
    async turn(answered, room) {
      const now = Date.now()
      const list = JSON.stringify(answered.map(attemptOf))
      // On their way together, in this order.
      const [, settled, , { rows }] = await Promise.all([
        client.query('begin'),
        run('settle', settle, [list, now, answered.length]),
        run('keep', keep, [list]),
        run('lease', leaseDue, [now, room]),
        client.query('commit'),
      ])
      if (settled.rowCount !== answered.length) throw new Error('some were not ours any more')
      return rows.map((row) => ({ ...row, id: Number(row.id) }))
    },
  }
}

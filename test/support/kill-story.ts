import { randomBytes } from 'node:crypto'
import { type KillableServer, startKillable } from './killable.ts'
import { type ReceivedRequest, startReceiver } from './receiver.ts'
import { type EngineName, givenDatabase } from './server.ts'

/** Changes one life of the server is asked for at the most, should nothing kill it. */
const CHANGES_MAX = 80
const WRITERS = 4

/** How long the last life may take to send everything: on PostgreSQL the leases of the dead have to lapse first. */
const SETTLE_MS_MAX = 100_000
/** On PostgreSQL that is a minute, in which the server shall have the processor rather than be asked for long lists. */
const ASK_AGAIN_MS = 250

export type Account = {
  /** Aliases whose assignment was answered with success. */
  acknowledged: string[]
  /** Aliases a request was made for, answered or not. */
  asked: Set<string>
  /** What the receiver got, in order. */
  received: { alias: string; version: string; messageId: string; body: string }[]
  /** What reads back at the end: alias → version. */
  present: Map<string, string>
  /** Deliveries that were not settled when the time was up. */
  unsettled: number
  lives: number
}

/**
 * The story behind "nothing is lost": lives of one server over one database, each ended by SIGKILL, at a named point
 * (`killAt`, see `killable-process.ts`), while a request is at the receiver (`at-receiver`), or after so many
 * milliseconds. Writers assign new aliases all the while, and an automation sends each to a real receiver. The last life
 * is left alone until it has sent everything.
 *
 * - `serverSource`: a copy of `src` to run instead, for showing that a fault in it is found.
 */
export async function liveAndDie(
  engine: EngineName,
  deaths: readonly (string | number)[],
  options: { serverSource?: string; settleMsMax?: number } = {},
): Promise<Account> {
  const database = await givenDatabase(engine)
  const receiver = await startReceiver({ status: 204, delayMs: 2 })
  const key = randomBytes(24).toString('hex')
  const env = {
    ...database.env,
    TRIPLINE_PORT: '0',
    TRIPLINE_ADMIN_USERNAME: 'admin-user',
    TRIPLINE_ADMIN_API_KEY: key,
    TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
    TRIPLINE_LOG_LEVEL: 'silent',
    ...(options.serverSource === undefined ? {} : { SERVER_SOURCE: options.serverSource }),
  }
  const account: Account = {
    acknowledged: [],
    asked: new Set(),
    received: [],
    present: new Map(),
    unsettled: 0,
    lives: 0,
  }
  let living: KillableServer | undefined
  try {
    living = await live(env)
    await setUp(living.url, key, receiver.url)
    await living.stop()

    for (const death of deaths) {
      const named = typeof death === 'string' && death !== 'at-receiver'
      living = await startKillable({ ...env, ...(named ? { KILL_AT: death } : {}) })
      account.lives += 1
      // A server with waiting deliveries may meet its point before it has begun to listen.
      if (living === undefined) continue
      const server = living
      const timer = typeof death === 'number' ? setTimeout(() => server.child.kill('SIGKILL'), death) : undefined
      if (death === 'at-receiver') {
        void receiver.waitFor(receiver.received.length + 3, 60_000).then(
          () => server.child.kill('SIGKILL'),
          () => {},
        )
      }
      await assignUntilDeath(server, key, account)
      clearTimeout(timer)
      await server.kill()
    }

    living = await live(env)
    account.lives += 1
    account.unsettled = await untilSettled(living.url, key, options.settleMsMax ?? SETTLE_MS_MAX)
    account.present = await readAliases(living.url, key)
    await living.stop()
    account.received = accountOf(receiver.received)
    return account
  } finally {
    await living?.kill()
    await receiver.stop()
    await database.drop()
  }
}

async function live(env: Record<string, string>): Promise<KillableServer> {
  const server = await startKillable(env)
  if (server === undefined) throw new Error('the server died before it was ready')
  return server
}

/** What a receiver got, for the account. */
export function accountOf(received: readonly ReceivedRequest[]): Account['received'] {
  return received.map((request) => ({
    ...(JSON.parse(request.body) as { alias: string; version: string }),
    messageId: String(request.headers['webhook-id']),
    body: request.body,
  }))
}

/** A REST call that has to succeed. `path` begins after `/api/v1`. */
export async function call(url: string, key: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/**
 * Two versions of `vision/churn/model`, and an automation that sends each new alias `k-…` of it to the receiver,
 * `concurrencyMax` at once.
 */
export async function setUp(url: string, key: string, receiverUrl: string, concurrencyMax = 2): Promise<void> {
  await call(url, key, 'POST', '/teams', { name: 'vision' })
  await call(url, key, 'POST', '/projects/vision', { name: 'churn' })
  for (const content of ['first', 'second']) {
    await call(url, key, 'POST', '/projects/vision/churn/collections/model/versions', {
      type: 'model',
      files: [{ path: 'weights.txt', content: Buffer.from(content).toString('base64') }],
    })
  }
  await call(url, key, 'POST', '/entities/vision/webhooks', { name: 'hook', url: receiverUrl, concurrencyMax })
  await call(url, key, 'POST', '/entities/vision/automations', {
    name: 'every-new-alias',
    scope: { type: 'collection', project: 'churn', collection: 'model' },
    event: 'ADD_ARTIFACT_ALIAS',
    filter: { alias: { $regex: '^k-' } },
    action: { type: 'webhook', webhook: 'hook', payload: { alias: '${alias}', version: '${version}' } },
  })
}

let aliasCount = 0

/** Assign an alias that nothing else has, and note it. Rejects when it was not acknowledged. */
export async function assignAlias(
  url: string,
  key: string,
  account: Pick<Account, 'acknowledged' | 'asked'>,
): Promise<void> {
  aliasCount += 1
  const alias = `k-${aliasCount}`
  account.asked.add(alias)
  const path = `/projects/vision/churn/collections/model/aliases/${alias}`
  await call(url, key, 'PUT', path, { version: `v${aliasCount % 2}` })
  account.acknowledged.push(alias)
}

async function assignUntilDeath(server: KillableServer, key: string, account: Account): Promise<void> {
  let left = CHANGES_MAX
  const writer = async () => {
    while (left > 0 && server.child.exitCode === null && server.child.signalCode === null) {
      left -= 1
      try {
        await assignAlias(server.url, key, account)
      } catch {
        // Not acknowledged: it may have happened or not, and the accounts are balanced without it.
      }
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
}

/** How many deliveries are not settled: none, unless that takes longer than `msMax`. */
export async function untilSettled(url: string, key: string, msMax: number): Promise<number> {
  const until = Date.now() + msMax
  for (;;) {
    let waiting = 0
    for (const state of ['pending', 'sending']) {
      waiting += (await call(url, key, 'GET', `/entities/vision/deliveries?state=${state}&limit=1000`)).items.length
    }
    if (waiting === 0 || Date.now() > until) return waiting
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
}

/** alias → version */
export async function readAliases(url: string, key: string): Promise<Map<string, string>> {
  const { items } = await call(url, key, 'GET', '/projects/vision/churn/collections/model/versions?limit=100')
  return new Map(
    (items as { version: string; aliases: string[] }[]).flatMap(({ version, aliases }) =>
      aliases.map((alias) => [alias, version] as const),
    ),
  )
}

/** What is wrong with an account: empty if nothing was lost, invented, changed or left over. */
export function faultsOf(account: Account): string[] {
  const faults: string[] = []
  const messages = new Map<string, Set<string>>()
  const bodies = new Map<string, Set<string>>()
  for (const { alias, version, messageId, body } of account.received) {
    messages.set(alias, (messages.get(alias) ?? new Set()).add(messageId))
    bodies.set(messageId, (bodies.get(messageId) ?? new Set()).add(body))
    if (account.present.get(alias) !== version) faults.push(`received ${alias} → ${version}, which does not read back`)
  }
  for (const alias of account.acknowledged) {
    if (!account.present.has(alias)) faults.push(`acknowledged ${alias} does not read back`)
    if (!messages.has(alias)) faults.push(`acknowledged ${alias} never reached the receiver`)
  }
  for (const alias of account.present.keys()) {
    if (alias.startsWith('k-') && !messages.has(alias)) faults.push(`present ${alias} never reached the receiver`)
  }
  for (const [alias, ids] of messages) if (ids.size > 1) faults.push(`${alias} came under ${ids.size} message ids`)
  for (const [id, texts] of bodies) if (texts.size > 1) faults.push(`${id} came with ${texts.size} different bodies`)
  if (account.unsettled > 0) faults.push(`${account.unsettled} deliveries were never settled`)
  return faults
}

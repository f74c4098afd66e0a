import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../access/rights.ts'
import { Refusal } from '../refusal.ts'
import { SealError } from '../webhooks/keyring.ts'
import type { World } from '../world.ts'
import type { RestApp } from './rest.ts'

/** How long the answer to a creating call is kept for a client that repeats it. */
export const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000

/** A call that has not answered after this long died with its process; a repetition then runs again. */
const IN_PROGRESS_MS_MAX = 60_000

const KEY_LENGTH_MAX = 255
const IN_PROGRESS = 0

/** The row of a call that runs for the first time. Its time tells it from a later one that took over as if it had died. */
type Claim = { keyHash: string; createdAt: number }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer holds something shown only once, such as an API key: it is never kept. */
    answersOnce?: boolean
    /** Needs no credentials. */
    open?: boolean
  }
  interface FastifyRequest {
    /** Set while a call with an `Idempotency-Key` runs for the first time. */
    idempotencyClaim: Claim | null
  }
}

/**
 * `Idempotency-Key` for every `POST` below `app`: the same key with the same request answers what the first call
 * answered, and does nothing again. Keys are per user and kept for 24 hours, with the answers sealed: some hold what is
 * stored nowhere else but sealed, such as the URL of a webhook.
 */
export function keepIdempotent(app: RestApp, world: World): void {
  app.decorateRequest('idempotencyClaim', null)

  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (key === undefined || request.method !== 'POST' || request.caller === null) return
    if (typeof key !== 'string' || key.length < 1 || key.length > KEY_LENGTH_MAX) {
      throw new Refusal('invalid_request', `Idempotency-Key must have 1 to ${KEY_LENGTH_MAX} characters`)
    }
    const earlier = await findEarlierOrBegin(world, request, request.caller, key)
    if (earlier === undefined) return
    reply
      .code(earlier.status)
      .header('idempotent-replayed', 'true')
      .header('content-type', earlier.status >= 400 ? 'application/problem+json' : 'application/json')
      .send(earlier.body)
    // Keeps the handler from running before the answer has gone.
    return reply
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const claim = request.idempotencyClaim
    if (claim === null || request.caller === null) return payload
    request.idempotencyClaim = null
    const status = reply.statusCode
    const isSecret = request.routeOptions.config.answersOnce === true && status < 300
    try {
      const body = isSecret || typeof payload !== 'string' ? '' : payload
      await remember(world, request.caller, claim, { status, body })
    } catch (error) {
      // What was asked for is done, or refused: that is the answer, whether or not it can be given again.
      request.log.error({ err: error }, 'the answer to an idempotent request could not be kept')
    }
    return payload
  })
}

/**
 * What the first request with this key was answered; `undefined` if this one is the first, which it then is for all that
 * follow.
 *
 * @throws Refusal `idempotency_key_reused` | `idempotency_in_progress`
 */
async function findEarlierOrBegin(
  world: World,
  request: FastifyRequest,
  caller: Caller,
  key: string,
): Promise<{ status: number; body: string } | undefined> {
  const keyHash = sha256(key)
  const requestHash = sha256(JSON.stringify([request.method, request.url, request.body ?? null]))
  const nowMs = world.now()
  const earlier = await world.db.transaction(async (tx) => {
    await tx
      .deleteFrom('idempotency')
      .where('user_id', '=', caller.user.id)
      .where('key_hash', '=', keyHash)
      .where((where) =>
        where.or([
          where('created_at', '<', nowMs - IDEMPOTENCY_KEPT_MS),
          where.and([where('status', '=', IN_PROGRESS), where('created_at', '<', nowMs - IN_PROGRESS_MS_MAX)]),
        ]),
      )
      .execute()
    const begun = await tx
      .insertInto('idempotency')
      .values({
        user_id: caller.user.id,
        key_hash: keyHash,
        request_hash: requestHash,
        status: IN_PROGRESS,
        body: '',
        created_at: nowMs,
      })
      .onConflict((conflict) => conflict.columns(['user_id', 'key_hash']).doNothing())
      .returning('user_id')
      .executeTakeFirst()
    if (begun !== undefined) return undefined
    return tx
      .selectFrom('idempotency')
      .selectAll()
      .where('user_id', '=', caller.user.id)
      .where('key_hash', '=', keyHash)
      .executeTakeFirst()
  })
  if (earlier === undefined) {
    request.idempotencyClaim = { keyHash, createdAt: nowMs }
    return undefined
  }
  if (earlier.request_hash !== requestHash) {
    throw new Refusal('idempotency_key_reused', 'This Idempotency-Key was used for another request: send a new one')
  }
  if (earlier.status === IN_PROGRESS) {
    throw new Refusal(
      'idempotency_in_progress',
      'The first request with this Idempotency-Key is still running: send it again in a moment to get its answer',
    )
  }
  if (earlier.body === '' && earlier.status < 300 && request.routeOptions.config.answersOnce) {
    throw new Refusal(
      'idempotency_key_reused',
      'This was done by an earlier request, whose answer is shown only once: make a new one if it was lost',
    )
  }
  return {
    status: earlier.status,
    body: earlier.body === '' ? '' : openAnswer(world, caller, keyHash, earlier.body),
  }
}

function labelOf(caller: Caller, keyHash: string) {
  return { entityId: caller.user.entityId, name: `idempotent answer ${keyHash}`, version: 1 }
}

/** @throws Refusal `idempotency_key_reused` if the master key it was sealed with has been dropped meanwhile */
function openAnswer(world: World, caller: Caller, keyHash: string, sealed: string): string {
  try {
    return world.keyring.open(sealed, labelOf(caller, keyHash))
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    throw new Refusal(
      'idempotency_key_reused',
      'This was done by an earlier request, whose answer cannot be read any more: look at what it made',
    )
  }
}

/** A failure of ours is forgotten, so that a repetition tries again; everything else is kept. */
async function remember(
  world: World,
  caller: Caller,
  { keyHash, createdAt }: Claim,
  answer: { status: number; body: string },
): Promise<void> {
  const body = answer.body === '' ? '' : world.keyring.seal(answer.body, labelOf(caller, keyHash))
  await world.db.transaction(async (tx) => {
    if (answer.status >= 500) {
      await tx
        .deleteFrom('idempotency')
        .where('user_id', '=', caller.user.id)
        .where('key_hash', '=', keyHash)
        .where('created_at', '=', createdAt)
        .execute()
    } else {
      await tx
        .updateTable('idempotency')
        .set({ status: answer.status, body })
        .where('user_id', '=', caller.user.id)
        .where('key_hash', '=', keyHash)
        .where('created_at', '=', createdAt)
        .execute()
    }
  })
}

/** Drop answers nobody can ask for any more. */
export async function forgetOldAnswers(world: Pick<World, 'db' | 'now'>): Promise<void> {
  await world.db.transaction(async (tx) => {
    await tx
      .deleteFrom('idempotency')
      .where('created_at', '<', world.now() - IDEMPOTENCY_KEPT_MS)
      .execute()
  })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/**
 * The least that a sender does which loses nothing and keeps what it did: a table that is queue and history, and for each
 * batch of answers one durable transaction that settles them, keeps their attempts and leases what goes out next. No
 * rendering, no guard, no rates, no order, one webhook.
 */
import { Agent } from 'undici'
import { type Answered, type DurableQueue, type Leased, openQueue } from './durable-queue.ts'
import { offer } from './processes.ts'
import { signedPost } from './signed-post.ts'

/** As the product does: answers are gathered as long as each turn of the event loop brings some. */
const ANSWER_TURNS_MAX = 16

let queue: DurableQueue

const actions = {
  async open(where: { file: string } | { url: string }) {
    queue = await openQueue(where)
  },
  /** Queues `count` deliveries of `body`, none of which is sent yet. */
  async fill(input: { body: string; count: number }) {
    await queue.fill(input)
  },
  /** Sends all that wait, `concurrency` at once; resolves to how long that took and what it cost. */
  async drain(input: { url: string; count: number; concurrency: number }) {
    const agent = new Agent({ connections: input.concurrency, pipelining: 1 })
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    const settled = await drainQueue(agent, input.url, input.concurrency)
    const ms = performance.now() - startedAt
    const { user, system } = process.cpuUsage(cpuBefore)
    await agent.close()
    if (settled !== input.count) throw new Error(`${settled} were sent and not ${input.count}`)
    return { ms, cpuSeconds: (user + system) / 1e6 }
  },
}
export type DurableSenderActions = typeof actions
offer(actions)

/** Resolves to how many were sent, when nothing waits any more. */
async function drainQueue(agent: Agent, url: string, concurrency: number): Promise<number> {
  let answered: Answered[] = []
  let settled = 0
  let open = 0
  let failure: unknown
  let arrived = Promise.withResolvers<void>()

  async function send(delivery: Leased): Promise<void> {
    const startedAt = Date.now()
    const sent = await signedPost(agent, { url, id: delivery.message_id, body: delivery.body })
    answered.push({ delivery, startedAt, finishedAt: Date.now(), url, ...sent })
    arrived.resolve()
  }

  do {
    const batch = answered
    answered = []
    settled += batch.length
    open -= batch.length
    const leased = await queue.turn(batch, concurrency - open)
    open += leased.length
    for (const delivery of leased) {
      send(delivery).catch((error) => {
        failure = error
        arrived.resolve()
      })
    }
    if (open === 0) return settled
    if (answered.length === 0) await arrived.promise
    arrived = Promise.withResolvers()
    await moreAnswers(() => answered.length)
  } while (failure === undefined)
  throw failure
}

async function moreAnswers(count: () => number): Promise<void> {
  let seen = 0
  for (let turn = 0; turn < ANSWER_TURNS_MAX && count() > seen; turn++) {
    seen = count()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

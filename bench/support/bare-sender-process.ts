/** What anybody would write to send signed webhooks and nothing else: no queue, no guard, no history. */
import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { atOnce } from './backlog.ts'
import { offer } from './processes.ts'
import { signedPost } from './signed-post.ts'

const actions = {
  /** Sends `body` `count` times, `concurrency` at once; resolves to how long that took and what it cost. */
  async send(input: { url: string; body: string; count: number; concurrency: number }) {
    const { url, body } = input
    const agent = new Agent({ connections: input.concurrency, pipelining: 1 })
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    await atOnce(input.concurrency, input.count, () => signedPost(agent, { url, id: `msg_${randomUUID()}`, body }))
    const ms = performance.now() - startedAt
    const { user, system } = process.cpuUsage(cpuBefore)
    await agent.close()
    return { ms, cpuSeconds: (user + system) / 1e6 }
  },
}
export type BareSenderActions = typeof actions
offer(actions)

/** What anybody would write to send signed webhooks and nothing else: no queue, no guard, no history. */
import { createHmac, randomUUID } from 'node:crypto'
import { Agent, request } from 'undici'
import { offer } from './processes.ts'
import { SIGNING_SECRET } from './story.ts'

const actions = {
  /** Sends `body` `count` times, `concurrency` at once; resolves to how long that took and what it cost. */
  async send(input: { url: string; body: string; count: number; concurrency: number }) {
    const agent = new Agent({ connections: input.concurrency, pipelining: 1 })
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    let left = input.count
    const sendOn = async () => {
      while (left-- > 0) {
        const id = `msg_${randomUUID()}`
        const timestamp = String(Math.floor(Date.now() / 1_000))
        const signature = createHmac('sha256', SIGNING_SECRET)
          .update(`${id}.${timestamp}.${input.body}`)
          .digest('base64')
        const answer = await request(input.url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': timestamp,
            'webhook-signature': `v1,${signature}`,
          },
          body: input.body,
        })
        await answer.body.dump()
        if (answer.statusCode !== 204) throw new Error(`the receiver answered ${answer.statusCode}`)
      }
    }
    await Promise.all(Array.from({ length: input.concurrency }, sendOn))
    const ms = performance.now() - startedAt
    const { user, system } = process.cpuUsage(cpuBefore)
    await agent.close()
    return { ms, cpuSeconds: (user + system) / 1e6 }
  },
}
export type BareSenderActions = typeof actions
offer(actions)

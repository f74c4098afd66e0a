import { createHmac } from 'node:crypto'
import { type Agent, request } from 'undici'
import { SIGNING_SECRET } from './story.ts'

/** Signs and sends one webhook, reads the answer to its end, and resolves to what of both a history would keep. */
export async function signedPost(
  dispatcher: Agent,
  { url, id, body }: { url: string; id: string; body: string },
): Promise<{ headers: Record<string, string>; answer: { status: number; headers: object } }> {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const signature = createHmac('sha256', SIGNING_SECRET).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
  const answer = await request(url, { dispatcher, method: 'POST', headers, body })
  await answer.body.dump()
  if (answer.statusCode !== 204) throw new Error(`the receiver answered ${answer.statusCode}`)
  return { headers, answer: { status: answer.statusCode, headers: answer.headers } }
}

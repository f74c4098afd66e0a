// A webhook receiver in Node.js, without dependencies: checks the Standard Webhooks signature, refuses what is old or
// forged, and acts once on a message however often it comes.
//
//   SIGNING_SECRET=… PORT=9000 node receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const { SIGNING_SECRET, PORT = '9000' } = process.env
if (!SIGNING_SECRET) throw new Error("Set SIGNING_SECRET to the value of the webhook's signing secret")

const TOLERANCE_S = 5 * 60

// "whsec_" and base64, or any other text, which is used as it is.
const key = SIGNING_SECRET.startsWith('whsec_')
  ? Buffer.from(SIGNING_SECRET.slice('whsec_'.length), 'base64')
  : Buffer.from(SIGNING_SECRET)

function isAuthentic(headers, body) {
  const id = headers['webhook-id']
  const timestamp = headers['webhook-timestamp']
  if (!id || !timestamp || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_S) return false
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',')
    const given = Buffer.from(value, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
}

// A real receiver keeps these in its database, in the transaction of what it does.
const seen = new Set()

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (request.method !== 'POST' || !isAuthentic(request.headers, body)) {
    response.writeHead(401).end('bad signature\n')
    return
  }
  // Answer first, work afterwards.
  response.writeHead(204).end()
  const id = request.headers['webhook-id']
  if (seen.has(id)) return
  seen.add(id)
  console.log(`${id} ${body}`)
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

/**
 * A byte server in a process of its own, for tests that measure its memory or kill it. Arguments: the directory, and the
 * signing key in hex. Sends its URL to its parent when it listens, and its resident memory, now and at its highest since
 * the last question, at every message.
 */
import assert from 'node:assert'
import { startByteServer } from './byte-server.ts'

const [directory, signingKey] = process.argv.slice(2)
assert(directory !== undefined && signingKey !== undefined && process.send !== undefined)
const server = await startByteServer({ directory, signingKey: Buffer.from(signingKey, 'hex') })

let peakBytes = 0
const measure = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}, 5)

process.on('message', () => {
  const nowBytes = process.memoryUsage.rss()
  process.send!({ nowBytes, peakBytes: Math.max(nowBytes, peakBytes) })
  peakBytes = 0
})
process.on('disconnect', () => {
  clearInterval(measure)
  process.exit()
})
process.send({ url: server.url })

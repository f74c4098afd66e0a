// Goal: what is acknowledged is on the disk, not in a cache that a power cut empties.
// Method: count the server's system calls: what was synced before each answer went out.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { givenDatabase } from './support/server.ts'
import { parseStrace, type SystemCall } from './support/strace.ts'
import { describeWithTool, toolPath } from './support/tools.ts'

const TRACED = 'fsync,fdatasync,rename,renameat,renameat2,link,linkat,write,writev,sendto,sendmsg'
const CHANGES = 20

async function traced(env: Record<string, string>, output: string) {
  const server = join(import.meta.dirname, 'support/killable-process.ts')
  const child = spawn(
    toolPath('strace'),
    ['-f', '-y', '-s', '80', '-e', `trace=${TRACED}`, '-o', output, process.execPath, server],
    { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) {
      child.stdout.resume()
      return {
        url: line.slice('ready '.length),
        async stop() {
          // strace passes the signal on to nobody: its only child is the server.
          const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0])
          process.kill(pid, 'SIGTERM')
          await once(child, 'exit')
        },
      }
    }
  }
  throw new Error('the server did not become ready')
}

const isSync = (call: SystemCall) => (call.name === 'fsync' || call.name === 'fdatasync') && call.result.startsWith('0')
const isLogSync = (call: SystemCall) => isSync(call) && /tripline\.db-wal>/.test(call.text)
const isAnswer = (call: SystemCall) => /HTTP\/1\.1 20[01]/.test(call.text)

describeWithTool('strace', 'on the embedded engine', () => {
  test('every acknowledged change was synced before its answer, and a version after its file and directory', async () => {
    const database = await givenDatabase('sqlite')
    const key = randomBytes(24).toString('hex')
    const output = join(database.env.TRIPLINE_DATA_DIR as string, 'strace.txt')
    const server = await traced(
      {
        ...database.env,
        TRIPLINE_PORT: '0',
        TRIPLINE_ADMIN_USERNAME: 'admin-user',
        TRIPLINE_ADMIN_API_KEY: key,
        TRIPLINE_LOG_LEVEL: 'silent',
      },
      output,
    )
    const call = async (method: string, path: string, body: unknown) => {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await response.text()
      expect(response.ok, text).toBe(true)
    }
    try {
      await call('POST', '/teams', { name: 'vision' })
      await call('POST', '/projects/vision', { name: 'churn' })
      await call('POST', '/projects/vision/churn/collections/model/versions', {
        type: 'model',
        files: [{ path: 'weights.txt', content: Buffer.from('the weights').toString('base64') }],
      })
      for (let change = 0; change < CHANGES; change += 1) {
        await call('PUT', `/projects/vision/churn/collections/model/aliases/a-${change}`, { version: 'v0' })
      }
      await server.stop()

      expect(existsSync(output)).toBe(true)
      const calls = parseStrace(readFileSync(output, 'utf8'))
      const answers = calls.flatMap((one, index) => (isAnswer(one) ? [index] : []))
      expect(answers).toHaveLength(3 + CHANGES)

      let from = 0
      for (const answer of answers) {
        expect(calls.slice(from, answer).some(isLogSync), `a sync before answer ${answers.indexOf(answer)}`).toBe(true)
        from = answer + 1
      }

      const before = calls.slice(answers[1]! + 1, answers[2])
      const renamed = before.flatMap((one, index) => {
        const paths = /"([^"]*blobs\/incoming\/[^"]+)".*"([^"]*\/blobs\/[0-9a-f]{2}\/[0-9a-f]{2})\/[0-9a-f]+"/.exec(
          one.text,
        )
        return paths === null || !one.result.startsWith('0')
          ? []
          : [{ index, incoming: paths[1]!, directory: paths[2]! }]
      })
      // The file and its manifest at least.
      expect(renamed.length).toBeGreaterThanOrEqual(2)
      for (const { index, incoming, directory } of renamed) {
        const fileSynced = before.findIndex((one) => isSync(one) && one.text.includes(`${incoming}>`))
        const directorySynced = before.findIndex(
          (one, at) => at > index && isSync(one) && one.text.endsWith(`${directory}>`),
        )
        const committed = before.findLastIndex(isLogSync)
        expect(fileSynced, `${incoming} is synced before it gets its name`).toBeGreaterThanOrEqual(0)
        expect(fileSynced).toBeLessThan(index)
        expect(directorySynced, `${directory} is synced after that`).toBeGreaterThan(index)
        expect(committed, 'and the version commits last').toBeGreaterThan(directorySynced)
      }
    } finally {
      await database.drop()
    }
  }, 90_000)
})

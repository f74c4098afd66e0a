/**
 * Bytes up and down, against bare `node:http` servers: one that pipes, computes MD5 and syncs, as an honest store must,
 * and one that only pipes. Then what eight uploads at once do to memory and to other requests.
 *
 * Method: each server and the client are processes of their own. Runs are interleaved and their order turns, each moves
 * one file of 1 GiB up and down again, and each ratio is between two servers within one run. `--smoke` moves 16 MiB
 * once, and two files at once. `--directory=<path>` says which disk; the system's temporary directory otherwise.
 */
import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import {
  createServer,
  get as httpGet,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import type { StoredBlob } from '../src/blobs/blob-store.ts'
import { openDirectory } from '../src/blobs/directory.ts'
import { byteDoor } from '../src/blobs/http.ts'
import { signBlobUrl } from '../src/blobs/signed-url.ts'
import { createApp } from '../src/http/app.ts'
import { newBlobKey } from '../src/runtime/id.ts'

const MIB = 1024 * 1024
const PROBE_INTERVAL_MS = 10
/** No file moved and no answer awaited may take longer. */
const STEP_TIMEOUT_MS = 5 * 60_000

const { values: flags } = parseArgs({
  options: { smoke: { type: 'boolean' }, directory: { type: 'string' }, role: { type: 'string' } },
})
const uploadsAtOnce = flags.smoke ? 2 : 8

/** What is measured. `start` leads to a running server that takes `PUT` and `GET` of one file at a time per URL. */
type Subject = { name: string; start(directory: string): Promise<RunningSubject> }
type RunningSubject = {
  /** Where to put a new file. */
  putUrl(size: number): Promise<string>
  /** Where to get the file that was put there. */
  getUrl(putUrl: string): Promise<string>
  /** Answers a small request that touches no file. */
  probeUrl: string
  /** Removes every file so far. */
  clear(): Promise<void>
  /** Resident bytes now, and at the highest since the last call. */
  memory(): Promise<{ nowBytes: number; peakBytes: number }>
  stop(): Promise<void>
}

const SUBJECTS = {
  tripline: 'Tripline',
  synced: 'bare, MD5 and sync',
  plain: 'bare, pipe only',
} as const
type Role = keyof typeof SUBJECTS

const roles = Object.keys(SUBJECTS) as Role[]
const subjects = Object.fromEntries(
  roles.map((role) => [role, { name: SUBJECTS[role], start: (directory: string) => startChild(role, directory) }]),
) as Record<Role, Subject>

if (flags.role === 'client') await beClient()
else if (flags.role !== undefined) await beServer(flags.role as Role, flags.directory!)
else await measure()

async function measure(): Promise<void> {
  const [runs, size] = flags.smoke ? [1, 16 * MIB] : [7, 1024 * MIB]
  const directory = mkdtempSync(join(flags.directory ?? tmpdir(), 'tripline-bench-bytes-'))
  try {
    await measureSpeed(directory, runs, size)
    await measureMemory(directory, size)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measureSpeed(directory: string, runs: number, size: number): Promise<void> {
  const client = await startClient()
  const running = {} as Record<Role, RunningSubject>
  const speeds = Object.fromEntries(
    roles.map((role) => [role, { up: [] as number[], down: [] as number[] }]),
  ) as Record<Role, { up: number[]; down: number[] }>
  try {
    for (const role of roles) running[role] = await subjects[role].start(join(directory, role))
    for (const role of roles) await upAndDown(running[role], Math.min(size, 64 * MIB))
    for (let run = 0; run < runs; run++) {
      for (let turn = 0; turn < roles.length; turn++) {
        const role = roles[(run + turn) % roles.length]!
        const { up, down } = await upAndDown(running[role], size)
        speeds[role].up.push(up)
        speeds[role].down.push(down)
      }
    }
  } finally {
    await Promise.all([client.stop(), ...Object.values(running).map((subject) => subject.stop())])
  }

  async function upAndDown(subject: RunningSubject, size: number): Promise<{ up: number; down: number }> {
    const putUrl = await subject.putUrl(size)
    const upMs = await client.put(putUrl, size)
    const downMs = await client.get(await subject.getUrl(putUrl), size)
    await subject.clear()
    return { up: (size / MIB / upMs) * 1_000, down: (size / MIB / downMs) * 1_000 }
  }

  for (const [way, title] of [['up', 'upload'] as const, ['down', 'download'] as const]) {
    console.log(`\n${title} of ${size / MIB} MiB, MiB/s, ${runs} run${runs === 1 ? '' : 's'}: median (range)`)
    for (const role of roles) {
      const ratio = roles
        .filter((other) => role === 'tripline' && other !== 'tripline')
        .map((other) => `${ofRatios(speeds.tripline[way], speeds[other][way])} of "${SUBJECTS[other]}"`)
      console.log(`  ${SUBJECTS[role].padEnd(20)} ${spread(speeds[role][way], 0).padEnd(18)} ${ratio.join(', ')}`)
    }
  }
}

async function measureMemory(directory: string, size: number): Promise<void> {
  console.log(`\ngrowth of resident memory, MiB, and a small request every ${PROBE_INTERVAL_MS} ms meanwhile`)
  for (const role of roles) {
    for (const count of [1, uploadsAtOnce]) {
      const clients = await Promise.all(Array.from({ length: count + 1 }, startClient))
      const subject = await subjects[role].start(join(directory, `${role}-${count}`))
      try {
        const [prober, ...uploaders] = clients
        await uploaders[0]!.put(await subject.putUrl(MIB), MIB)
        const before = await subject.memory()
        const putUrls = await Promise.all(uploaders.map(() => subject.putUrl(size)))
        const probing = prober!.probe(subject.probeUrl)
        await Promise.all(uploaders.map((uploader, index) => uploader.put(putUrls[index]!, size)))
        const probesMs = await probing.end()
        const after = await subject.memory()
        const growth = ((after.peakBytes - before.nowBytes) / MIB).toFixed(0)
        console.log(
          `  ${SUBJECTS[role].padEnd(20)} ${count} upload${count === 1 ? ' ' : 's'}: ${growth.padStart(4)}` +
            `   request p50 ${quantile(probesMs, 0.5).toFixed(1)} ms, p99 ${quantile(probesMs, 0.99).toFixed(1)} ms`,
        )
      } finally {
        await Promise.all([subject.stop(), ...clients.map((client) => client.stop())])
        rmSync(join(directory, `${role}-${count}`), { recursive: true, force: true })
      }
    }
  }
}

/** One of the three servers, in a process of its own. */
async function startChild(role: Role, directory: string): Promise<RunningSubject> {
  const { ask, stop, hello } = await startProcess([`--role=${role}`, `--directory=${directory}`])
  const { probeUrl } = hello as { probeUrl: string }
  return {
    probeUrl,
    stop,
    putUrl: (size) => ask({ do: 'putUrl', size }) as Promise<string>,
    getUrl: (putUrl) => ask({ do: 'getUrl', putUrl }) as Promise<string>,
    memory: () => ask({ do: 'memory' }) as Promise<{ nowBytes: number; peakBytes: number }>,
    clear: async () => {
      await ask({ do: 'clear' })
    },
  }
}

type Served = {
  url: string
  putUrl(size: number): string
  getUrl(putUrl: string): string
  clear(): Promise<void>
}

async function beServer(role: Role, directory: string): Promise<void> {
  const { url, putUrl, getUrl, clear } =
    role === 'tripline' ? await serveTripline(directory) : await serveBare(role, directory)
  let peakBytes = 0
  setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }, 5).unref()

  beAsked({ probeUrl: `${url}/probe` }, async (message) => {
    if (message.do === 'putUrl') return putUrl(message.size as number)
    if (message.do === 'getUrl') return getUrl(message.putUrl as string)
    if (message.do === 'clear') return clear()
    const nowBytes = process.memoryUsage.rss()
    const memory = { nowBytes, peakBytes: Math.max(nowBytes, peakBytes) }
    peakBytes = 0
    return memory
  })
}

async function serveTripline(directory: string): Promise<Served> {
  const store = await openDirectory(directory)
  const keys = [randomBytes(32)]
  const stored = new Map<string, StoredBlob>()
  const app = createApp(pino({ level: 'silent' }))
  await app.register(byteDoor, {
    store,
    keys: () => keys,
    now: Date.now,
    onStored: async (blobs) => {
      for (const blob of blobs) stored.set(blob.key, blob)
    },
  })
  app.get('/probe', async () => 'ok')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const sign = (grant: Parameters<typeof signBlobUrl>[0]['grant']) =>
    signBlobUrl({ baseUrl: url, visiblePath: 'wandb_artifacts/model.bin', grant, keys, nowMs: Date.now() })
  return {
    url,
    putUrl: (size) => sign({ kind: 'upload', key: newBlobKey(), size }),
    getUrl: (putUrl) => sign({ kind: 'download', ...stored.get(putUrl.split('/')[4]!)! }),
    async clear() {
      for (const key of stored.keys()) await store.delete(key)
      stored.clear()
    },
  }
}

/** What anybody would write in a dozen lines. */
async function serveBare(role: 'synced' | 'plain', directory: string): Promise<Served> {
  await openDirectory(directory)
  const paths = new Set<string>()
  const receive = role === 'synced' ? receiveSynced : receivePlain
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/probe') return response.end('ok')
    const path = join(directory, request.url!)
    paths.add(path)
    if (request.method === 'PUT') response.end(await receive(request, path))
    else createReadStream(path).pipe(response)
  })
  server.requestTimeout = 0
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    putUrl: () => `${url}/${newBlobKey()}`,
    getUrl: (putUrl) => putUrl,
    async clear() {
      for (const path of paths) await unlink(path)
      paths.clear()
    },
  }
}

async function receiveSynced(request: IncomingMessage, path: string): Promise<string> {
  const md5 = createHash('md5')
  await pipeline(
    request,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        md5.update(chunk)
        yield chunk
      }
    },
    createWriteStream(path, { flush: true }),
  )
  return md5.digest('hex')
}

async function receivePlain(request: IncomingMessage, path: string): Promise<string> {
  await pipeline(request, createWriteStream(path))
  return ''
}

type Client = {
  /** Milliseconds until the answer. */
  put(url: string, size: number): Promise<number>
  get(url: string, size: number): Promise<number>
  /** Asks every few milliseconds until `end`, which resolves to how long each answer took. */
  probe(url: string): { end(): Promise<number[]> }
  stop(): Promise<void>
}

async function startClient(): Promise<Client> {
  const { ask, stop } = await startProcess(['--role=client'])
  return {
    stop,
    put: (url, size) => ask({ do: 'put', url, size }) as Promise<number>,
    get: (url, size) => ask({ do: 'get', url, size }) as Promise<number>,
    probe(url) {
      const begun = ask({ do: 'probe', url })
      return {
        async end() {
          await begun
          return (await ask({ do: 'endProbe' })) as number[]
        },
      }
    },
  }
}

async function beClient(): Promise<void> {
  const tookMs: number[] = []
  let probing: NodeJS.Timeout | undefined
  beAsked({}, async (message) => {
    const { url, size } = message as unknown as { url: string; size: number }
    if (message.do === 'put') return timed(() => putFile(url, size))
    if (message.do === 'get') return timed(() => getFile(url, size))
    if (message.do === 'probe') {
      probing = setInterval(async () => tookMs.push(await timed(() => getFile(url, undefined))), PROBE_INTERVAL_MS)
      return undefined
    }
    clearInterval(probing)
    return tookMs
  })
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

async function putFile(url: string, size: number): Promise<void> {
  const piece = randomBytes(MIB / 4)
  const request = httpRequest(url, { method: 'PUT', headers: { 'content-length': size } })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  for (let sent = 0; sent < size; sent += piece.length) {
    if (!request.write(piece.subarray(0, size - sent))) await once(request, 'drain')
  }
  request.end()
  const [answer] = await answered
  await finish(answer, 200)
}

async function getFile(url: string, size: number | undefined): Promise<void> {
  const [answer] = (await once(httpGet(url), 'response')) as [IncomingMessage]
  const received = await finish(answer, 200)
  if (size !== undefined && received !== size) throw new Error(`${received} of ${size} bytes came back`)
}

async function finish(answer: IncomingMessage, status: number): Promise<number> {
  let received = 0
  answer.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  await once(answer, 'end')
  if (answer.statusCode !== status) throw new Error(`answered ${answer.statusCode}`)
  return received
}

type Message = { do: string; [field: string]: unknown }
type Answer = { id: number; value?: unknown; failure?: string }

/** This file in another role. It greets as if it had been asked question 0, then answers what it is asked. */
async function startProcess(args: string[]) {
  const child = fork(import.meta.filename, args, { execArgv: [] })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const exited = once(child, 'exit').then(() => {
    for (const { reject } of waiting.values()) reject(new Error('a process of the benchmark ended early'))
  })
  child.on('message', ({ id, value, failure }: Answer) => {
    if (failure === undefined) waiting.get(id)?.resolve(value)
    else waiting.get(id)?.reject(new Error(failure))
  })
  let lastId = 0
  const answerTo = async (id: number) => {
    const answer = Promise.withResolvers<unknown>()
    const late = setTimeout(() => answer.reject(new Error('a step of the benchmark took too long')), STEP_TIMEOUT_MS)
    waiting.set(id, answer)
    try {
      return await answer.promise
    } finally {
      clearTimeout(late)
      waiting.delete(id)
    }
  }
  return {
    hello: await answerTo(0),
    async ask(message: Message): Promise<unknown> {
      const id = ++lastId
      child.send({ ...message, id })
      return answerTo(id)
    },
    async stop(): Promise<void> {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

function beAsked(hello: unknown, answer: (message: Message) => Promise<unknown>): void {
  process.on('message', (message: Message) => {
    const { id } = message
    answer(message).then(
      (value) => process.send!({ id, value }),
      (error: unknown) => process.send!({ id, failure: String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
  process.send!({ id: 0, value: hello })
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

function spread(values: readonly number[], digits: number): string {
  const [low, middle, high] = [Math.min(...values), quantile(values, 0.5), Math.max(...values)]
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

function ofRatios(values: readonly number[], baseline: readonly number[]): string {
  return spread(
    values.map((value, run) => value / baseline[run]!),
    2,
  )
}

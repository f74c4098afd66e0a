import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openDirectory } from '../src/blobs/directory.ts'
import { signBlobUrl } from '../src/blobs/signed-url.ts'
import { Refusal } from '../src/refusal.ts'
import { newBlobKey } from '../src/runtime/id.ts'
import { type ByteServer, filesBelow, md5Of, startByteServer } from './support/byte-server.ts'
import { PATIENCE } from './support/patience.ts'

const MIB = 1024 * 1024
const HELLO = Buffer.from('hello, blob')

describe('an upload', () => {
  test('is answered with its MD5 when it is durable, noted and readable', async () => {
    await using server = await startByteServer()
    const { key, url } = server.uploadUrl({ size: HELLO.length })

    const answer = await put(url, HELLO)

    expect(answer.status).toBe(200)
    expect(answer.headers.get('etag')).toBe(`"${md5Of(HELLO, 'hex')}"`)
    expect(server.stored).toEqual([{ key, size: HELLO.length, md5: md5Of(HELLO) }])
    expect(server.files()).toEqual([`${key.slice(0, 2)}/${key.slice(2, 4)}/${key}`])
    const read = await fetch(server.sign({ kind: 'download', ...server.stored[0]! }))
    expect(Buffer.from(await read.arrayBuffer())).toEqual(HELLO)
  })

  test('keeps every byte, whatever the size and the pieces it arrives in', async () => {
    await using server = await startByteServer()
    const size = fc.oneof(fc.nat(MIB), fc.constantFrom(0, 1, 65_535, 65_536, 262_143, 262_144, 262_145, 524_288))
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 1_000, max: 300_000 }), async (size, pieceBytes) => {
        const bytes = randomBytes(size)
        const { key, url } = server.uploadUrl()
        const answer = await fetch(url, {
          method: 'PUT',
          body: Readable.toWeb(piecesOf(bytes, pieceBytes)),
          duplex: 'half',
        })
        expect(answer.status).toBe(200)
        expect(server.stored.at(-1)).toEqual({ key, size, md5: md5Of(bytes) })
        expect(readFileSync(pathOf(server, key)).equals(bytes)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('of nothing is a file of no bytes', async () => {
    await using server = await startByteServer()
    const { url } = server.uploadUrl({ size: 0 })
    expect((await put(url, Buffer.alloc(0), { 'content-type': 'application/octet-stream' })).status).toBe(200)
    expect((await put(url, Buffer.alloc(0))).status).toBe(200)

    const read = await fetch(server.sign({ kind: 'download', ...server.stored[0]! }))
    expect([read.status, read.headers.get('content-length'), await read.text()]).toEqual([200, '0', ''])
  })

  test.each(['application/json', 'text/plain; charset=latin1', 'multipart/form-data; boundary=x', undefined])(
    'is bytes, not a document, also as %s',
    async (contentType) => {
      await using server = await startByteServer()
      const bytes = Buffer.from('{"not json')
      const answer = await put(
        server.uploadUrl().url,
        bytes,
        contentType === undefined ? {} : { 'content-type': contentType },
      )
      expect(answer.status).toBe(200)
      expect(server.stored[0]!.md5).toBe(md5Of(bytes))
    },
  )

  test('may be repeated, and what is stored stays the same file', async () => {
    await using server = await startByteServer()
    const { key, url } = server.uploadUrl()
    await put(url, HELLO)
    const before = statSync(pathOf(server, key))

    const again = await put(url, HELLO)

    expect([again.status, again.headers.get('etag')]).toEqual([200, `"${md5Of(HELLO, 'hex')}"`])
    expect(statSync(pathOf(server, key))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs, nlink: 1 })
    expect(server.stored).toHaveLength(2)
    expect(server.files()).toHaveLength(1)
  })

  test('of other bytes to the same URL is refused, and what is stored stays', async () => {
    await using server = await startByteServer()
    const { key, url } = server.uploadUrl()
    await put(url, HELLO)

    for (const other of [Buffer.from('HELLO, BLOB'), Buffer.from('longer than hello'), Buffer.alloc(0)]) {
      expect(await problemOf(put(url, other))).toMatchObject({ status: 409, code: 'upload_conflict' })
    }

    expect(readFileSync(pathOf(server, key))).toEqual(HELLO)
    expect(server.stored).toHaveLength(1)
    expect(server.files()).toHaveLength(1)
  })

  test('at the same time as another of the same bytes succeeds, of other bytes only one of them does', async () => {
    await using server = await startByteServer()
    const [a, b] = [randomBytes(2 * MIB), randomBytes(2 * MIB)]
    const same = server.uploadUrl()
    const different = server.uploadUrl()

    const equal = await Promise.all([put(same.url, a), put(same.url, a), put(same.url, a)])
    const rivals = await Promise.all([put(different.url, a), put(different.url, b)])

    expect(equal.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(rivals.map(({ status }) => status).sort()).toEqual([200, 409])
    const winner = rivals[0]!.status === 200 ? a : b
    expect(readFileSync(pathOf(server, different.key)).equals(winner)).toBe(true)
    expect(server.files()).toHaveLength(2)
  })

  test('is told when it cannot be noted', async () => {
    await using server = await startByteServer({
      onStored: async () => {
        throw new Refusal('artifact_not_pending', 'The artifact was deleted meanwhile')
      },
    })
    expect(await problemOf(put(server.uploadUrl().url, HELLO))).toMatchObject({
      status: 409,
      code: 'artifact_not_pending',
    })
  })
})

describe('an upload that is not what it should be is refused, and leaves nothing:', () => {
  const wrong = Buffer.from('hello, blob!')
  test.each([
    ['another digest', { md5: md5Of(wrong) }, {}, 'upload_digest_mismatch', 400],
    ['longer than bound', { size: HELLO.length - 1 }, {}, 'upload_length_mismatch', 400],
    ['shorter than bound', { size: HELLO.length + 1 }, {}, 'upload_length_mismatch', 400],
    ['larger than allowed', { sizeMax: HELLO.length - 1 }, {}, 'body_too_large', 413],
    ['not what its own Content-MD5 says', {}, { 'content-md5': md5Of(wrong) }, 'upload_digest_mismatch', 400],
    [
      'a Content-MD5 other than bound',
      { md5: md5Of(HELLO) },
      { 'content-md5': md5Of(wrong) },
      'upload_digest_mismatch',
      400,
    ],
    ['a Content-MD5 that is none', {}, { 'content-md5': md5Of(HELLO, 'hex') }, 'invalid_request', 400],
  ])('%s', async (_what, bound, headers: Record<string, string>, code, status) => {
    await using server = await startByteServer()
    const { url } = server.uploadUrl(bound)
    // With its length announced, and without.
    for (const body of [HELLO, Readable.toWeb(piecesOf(HELLO, 4)) as ReadableStream]) {
      const answer = await fetch(url, { method: 'PUT', body, headers, duplex: 'half' })
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(await answer.json()).toMatchObject({ status, code })
    }
    await expectNothingLeft(server)
  })

  test('larger than allowed, told apart from what came before it by a URL that still works', async () => {
    await using server = await startByteServer()
    const { url } = server.uploadUrl({ sizeMax: HELLO.length })
    expect((await put(url, wrong)).status).toBe(413)
    expect((await put(url, HELLO)).status).toBe(200)
  })

  test.each(['cut', 'ended'] as const)('its connection %s in the middle', async (how) => {
    await using server = await startByteServer()
    const { url } = server.uploadUrl()
    const socket = await openUpload(url, 10 * MIB)
    socket.write(Buffer.alloc(MIB))
    await vi.waitFor(() => expect(server.files()).toHaveLength(1), PATIENCE)

    if (how === 'cut') socket.resetAndDestroy()
    else socket.end()

    await expectNothingLeft(server)
  })

  test('a chunked one that ends without its end', async () => {
    await using server = await startByteServer()
    const socket = await openUpload(server.uploadUrl().url, undefined)
    socket.write(`${MIB.toString(16)}\r\n`)
    socket.write(Buffer.alloc(MIB))
    await vi.waitFor(() => expect(server.files()).toHaveLength(1), PATIENCE)
    socket.end()
    await expectNothingLeft(server)
  })

  test('more bytes than announced are no part of it', async () => {
    await using server = await startByteServer()
    const { key, url } = server.uploadUrl()
    const socket = await openUpload(url, 4)
    socket.end('blobMORE\r\n\r\n')
    const answers = await text(socket)
    expect(answers).toMatch(/^HTTP\/1.1 (200|400)/)
    if (server.stored.length > 0) expect(readFileSync(pathOf(server, key), 'utf8')).toBe('blob')
  })

  test('one that stops moving', async () => {
    await using server = await startByteServer({ stallMs: 200 })
    const socket = await openUpload(server.uploadUrl().url, 10 * MIB)
    socket.write(Buffer.alloc(MIB))
    const answer = await firstAnswer(socket)
    expect(answer).toMatch(/^HTTP\/1.1 408/)
    expect(answer).toContain('"code":"upload_stalled"')
    await expectNothingLeft(server)
    socket.destroy()
  })
})

test('an upload may take longer than the longest pause it may make', async () => {
  await using server = await startByteServer({ stallMs: 400 })
  const { key, url } = server.uploadUrl()
  const slow = Readable.from(
    (async function* () {
      for (let piece = 0; piece < 8; piece++) {
        yield Buffer.alloc(10, piece)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })(),
  )
  const answer = await fetch(url, { method: 'PUT', body: Readable.toWeb(slow), duplex: 'half' })
  expect(answer.status).toBe(200)
  expect(statSync(pathOf(server, key)).size).toBe(80)
})

test('a client that sends all of a refused upload before it listens still gets the answer', async () => {
  await using server = await startByteServer()
  const url = server.uploadUrl().url.replace(/s=[^&]*/, 's=forged')
  const socket = await openUpload(url, 32 * MIB)
  // Nothing is read before all is written: with the connection closed on it, this client would see a reset.
  socket.pause()
  for (let sent = 0; sent < 32; sent++) await write(socket, Buffer.alloc(MIB))
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1.1 403/)
  expect(answer).toMatch(/connection: close/i)
  expect(answer).toContain('"code":"signed_url_invalid"')
  await expectNothingLeft(server)
})

test('a full disk refuses the upload and keeps nothing of it', async ({ skip }) => {
  const disk = givenSmallDisk()
  if (disk === undefined) return skip('mounting a small file system needs root on Linux')
  await using server = await startByteServer({ directory: disk })
  const kept = server.uploadUrl()
  expect((await put(kept.url, randomBytes(MIB))).status).toBe(200)

  const tooLarge = server.uploadUrl()
  expect(await problemOf(put(tooLarge.url, randomBytes(8 * MIB)))).toMatchObject({ status: 507, code: 'storage_full' })
  await vi.waitFor(() => expect(server.files()).toHaveLength(1), PATIENCE)

  // The room it took is free again, and what was there can be repeated even where nothing fits any more.
  expect((await put(server.uploadUrl().url, randomBytes(2 * MIB))).status).toBe(200)
  expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(8 * MIB))).toThrow('ENOSPC')
  expect((await put(kept.url, readFileSync(pathOf(server, kept.key)))).status).toBe(200)
})

describe('the memory of the server', () => {
  test('stays below 50 MB more while eight uploads arrive at once, however large', async () => {
    const directory = givenDirectory()
    const { child, sign } = await startServerProcess(directory)
    const uploadUrl = () => sign({ kind: 'upload', key: newBlobKey(), sizeMax: 2 ** 40 })
    await putZeros(uploadUrl(), MIB)
    const before = await memoryOf(child)

    const statuses = await Promise.all(Array.from({ length: 8 }, () => putZeros(uploadUrl(), 64 * MIB)))

    const after = await memoryOf(child)
    expect(statuses).toEqual(Array(8).fill(200))
    expect((after.peakBytes - before.nowBytes) / MIB).toBeLessThan(50)
  })
})

test('what a killed server was receiving is gone after its next start, and what it answered is there', async () => {
  const directory = givenDirectory()
  const { child, sign } = await startServerProcess(directory)
  const key = newBlobKey()
  expect((await put(sign({ kind: 'upload', key, sizeMax: 100 }), HELLO)).status).toBe(200)
  const socket = await openUpload(sign({ kind: 'upload', key: newBlobKey(), sizeMax: 10 * MIB }), 10 * MIB)
  socket.write(Buffer.alloc(MIB))
  await vi.waitFor(() => expect(filesBelow(directory)).toHaveLength(2), PATIENCE)

  child.kill('SIGKILL')
  await once(child, 'exit')
  socket.destroy()
  expect(filesBelow(directory)).toHaveLength(2)

  const store = await openDirectory(directory)
  expect(filesBelow(directory)).toHaveLength(1)
  expect(await text((await store.open(key))!)).toBe(HELLO.toString())
})

describe('a download', () => {
  const bytes = Buffer.from('0123456789')

  test('says all about the bytes, and what no browser may do with them', async () => {
    await using server = await startByteServer()
    const { url, md5 } = await server.givenBlob(bytes, 'weights "ü" (1).pt')
    const expected = {
      'accept-ranges': 'bytes',
      'cache-control': 'private',
      'content-disposition': "attachment; filename*=UTF-8''weights%20%22%C3%BC%22%20%281%29.pt",
      'content-length': '10',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': 'application/octet-stream',
      etag: `"${Buffer.from(md5, 'base64').toString('hex')}"`,
      'x-content-type-options': 'nosniff',
    }
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(url, { method })
      expect(answer.status).toBe(200)
      expect(Object.fromEntries(answer.headers)).toMatchObject(expected)
      expect(await answer.text()).toBe(method === 'GET' ? '0123456789' : '')
    }
  })

  test.each([
    ['text/html', 'text/html'],
    ['text/html\r\nset-cookie: a=b', 'application/octet-stream'],
    ['nonsense', 'application/octet-stream'],
  ])('claims the type it was signed with only if it is one: %j', async (contentType, answered) => {
    await using server = await startByteServer()
    const { url: _, ...blob } = await server.givenBlob(bytes)
    const answer = await fetch(server.sign({ kind: 'download', ...blob, contentType }))
    expect(answer.headers.get('content-type')).toBe(answered)
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  test('of any range is that slice of the file', async () => {
    await using server = await startByteServer()
    const large = randomBytes(700_000)
    const { url } = await server.givenBlob(large)
    const bound = fc.nat(large.length - 1)
    await fc.assert(
      fc.asyncProperty(bound, bound, fc.constantFrom('closed', 'open', 'suffix'), async (a, b, form) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const header = { closed: `${first}-${last}`, open: `${first}-`, suffix: `-${first + 1}` }[form]
        const expected = {
          closed: [first, last + 1],
          open: [first, large.length],
          suffix: [large.length - first - 1, large.length],
        }[form]
        const answer = await fetch(url, { headers: { range: `bytes=${header}` } })
        expect(answer.status).toBe(206)
        expect(answer.headers.get('content-range')).toBe(`bytes ${expected[0]}-${expected[1]! - 1}/${large.length}`)
        expect(Buffer.from(await answer.arrayBuffer()).equals(large.subarray(...expected))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('of a range outside the file is refused with its size', async () => {
    await using server = await startByteServer()
    const { url } = await server.givenBlob(bytes)
    const answer = await fetch(url, { headers: { range: 'bytes=10-' } })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10'])
    expect(await answer.json()).toMatchObject({ code: 'range_not_satisfiable' })
  })

  test('of a range is for those who hold part of the same bytes, and of nothing for those who hold all', async () => {
    await using server = await startByteServer()
    const { url } = await server.givenBlob(bytes)
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag')!
    const statusWith = async (headers: Record<string, string>) => (await fetch(url, { headers })).status
    expect(await statusWith({ range: 'bytes=1-2', 'if-range': etag })).toBe(206)
    expect(await statusWith({ range: 'bytes=1-2', 'if-range': '"other"' })).toBe(200)
    expect(await statusWith({ range: 'bytes=1-2,4-5' })).toBe(200)
    expect(await statusWith({ 'if-none-match': etag })).toBe(304)
    expect(await statusWith({ 'if-none-match': '"other"' })).toBe(200)
  })

  test.skipIf(process.platform !== 'linux')('that is broken off lets go of the file', async () => {
    await using server = await startByteServer()
    const { url } = await server.givenBlob(randomBytes(16 * MIB))
    expect(openBelow(server.directory)).toBe(0)
    for (let time = 0; time < 5; time++) {
      const request = httpRequest(url).end()
      const [answer] = await once(request, 'response')
      await once(answer, 'readable')
      expect(openBelow(server.directory)).toBeGreaterThan(0)
      request.destroy()
    }
    await vi.waitFor(() => expect(openBelow(server.directory)).toBe(0), PATIENCE)
  })

  test('of what is gone is not found, of what was cut short on the disk is an error and not half a file', async () => {
    await using server = await startByteServer()
    const gone = await server.givenBlob(bytes)
    await server.store.delete(gone.key)
    await server.store.delete(gone.key)
    expect(await problemOf(fetch(gone.url))).toMatchObject({ status: 404, code: 'not_found' })
    expect((await fetch(gone.url, { method: 'HEAD' })).status).toBe(404)

    const cut = await server.givenBlob(bytes)
    truncateSync(pathOf(server, cut.key), 5)
    expect(await problemOf(fetch(cut.url))).toMatchObject({ status: 500, code: 'internal' })
    expect((await fetch(cut.url, { headers: { range: 'bytes=0-2' } })).status).toBe(206)
  })
})

describe('a signed URL', () => {
  test('that was changed, is for another method or has expired is refused', async () => {
    await using server = await startByteServer()
    const { url } = await server.givenBlob(HELLO)
    const upload = server.uploadUrl().url
    const otherKey = url.replace(/storage\/[0-9a-f]{40}/, `storage/${newBlobKey()}`)
    for (const forged of [url.slice(0, -1), `${url}0`, url.replace('n=', 'm='), url.split('?')[0]!, otherKey]) {
      expect(await problemOf(fetch(forged))).toMatchObject({ status: 403, code: 'signed_url_invalid' })
    }
    expect(await problemOf(fetch(upload))).toMatchObject({ status: 403, code: 'signed_url_invalid' })
    expect(await problemOf(put(url, HELLO))).toMatchObject({ status: 403, code: 'signed_url_invalid' })
    expect((await fetch(`${server.url}/storage/%E0%A4%A`)).status).toBe(400)
    expect((await fetch(url, { method: 'POST' })).status).toBe(404)

    server.advance(12 * 3_600_000 + 1_000)
    expect(await problemOf(fetch(url))).toMatchObject({ status: 403, code: 'signed_url_expired' })
    expect((await put(upload, HELLO)).status).toBe(200)
    server.advance(12 * 3_600_000)
    expect(await problemOf(put(upload, HELLO))).toMatchObject({ status: 403, code: 'signed_url_expired' })
  })

  test('survives the rotation of its key, until the key is gone', async () => {
    await using server = await startByteServer()
    const { url } = await server.givenBlob(HELLO)
    server.keys.unshift(randomBytes(32))
    expect((await fetch(url)).status).toBe(200)
    server.keys.pop()
    expect((await fetch(url)).status).toBe(403)
  })

  test('works for every name a file can have, and hands it back', async () => {
    await using server = await startByteServer()
    const { url: _, ...blob } = await server.givenBlob(HELLO)
    const name = fc
      .string({ unit: fc.constantFrom(...'aé %2F?#&+;\\:*"\'<>|~\n\u{1F600}'), minLength: 1, maxLength: 30 })
      .filter((name) => !/^\.{1,2}$/.test(name))
    await fc.assert(
      fc.asyncProperty(name, async (name) => {
        const answer = await fetch(server.sign({ kind: 'download', ...blob }, `wandb_artifacts/${name}`))
        expect(answer.status).toBe(200)
        const encoded = /filename\*=UTF-8''(.*)$/.exec(answer.headers.get('content-disposition')!)![1]!
        expect(decodeURIComponent(encoded)).toBe(name)
      }),
    )
  })
})

describe('a blob directory', () => {
  test('is ready while it can be written, and says why when it cannot', async () => {
    await using server = await startByteServer()
    await server.store.check()
    expect(server.files()).toEqual([])
    rmSync(server.directory, { recursive: true })
    await expect(server.store.check()).rejects.toThrow(`The blob directory ${server.directory} cannot be used`)
  })

  test('that cannot be made is an error for the operator at once', async () => {
    const file = join(givenDirectory(), 'a-file')
    writeFileSync(file, '')
    await expect(openDirectory(join(file, 'blobs'))).rejects.toThrow('cannot be made')
  })

  test('leaves alone what is not its own, and what another process is receiving', async () => {
    const directory = givenDirectory()
    const store = await openDirectory(directory)
    const [first] = await receiveForEver(store, directory)
    writeFileSync(join(directory, 'incoming', 'notes.txt'), 'mine')
    await openDirectory(directory)
    expect(readdirSync(join(directory, 'incoming')).sort()).toEqual([first!, 'notes.txt'].sort())
  })
})

/** An upload that never ends; resolves to the names in `incoming/` once it has begun. */
async function receiveForEver(store: Awaited<ReturnType<typeof openDirectory>>, directory: string): Promise<string[]> {
  const { promise: end, resolve: letEnd } = Promise.withResolvers<void>()
  const source = (async function* () {
    yield HELLO
    await end
  })()
  const upload = store.put(newBlobKey(), source, { sizeMax: 100 })
  onTestFinished(async () => {
    letEnd()
    await upload
  })
  await vi.waitFor(() => expect(readdirSync(join(directory, 'incoming'))).toHaveLength(1), PATIENCE)
  return readdirSync(join(directory, 'incoming'))
}

function put(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'PUT', body: body as Uint8Array<ArrayBuffer>, headers })
}

async function problemOf(answering: Promise<Response>): Promise<unknown> {
  const answer = await answering
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  return answer.json()
}

/** The head of a `PUT` on a bare connection, for clients that misbehave. */
async function openUpload(url: string, length: number | undefined) {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  const framing = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\n${framing}\r\n\r\n`)
  return socket
}

type Socket = Awaited<ReturnType<typeof openUpload>>

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain')
}

async function firstAnswer(socket: Socket): Promise<string> {
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await vi.waitFor(() => expect(answer).toMatch(/\r\n\r\n\{.*\}/), { timeout: 5_000 })
  return answer
}

function piecesOf(bytes: Buffer, pieceBytes: number): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  )
  return Readable.from(pieces, { objectMode: false })
}

function pathOf(server: ByteServer, key: string): string {
  return join(server.directory, key.slice(0, 2), key.slice(2, 4), key)
}

async function expectNothingLeft(server: ByteServer): Promise<void> {
  await vi.waitFor(() => expect(server.files()).toEqual([]), PATIENCE)
  expect(server.stored).toEqual([])
  if (process.platform === 'linux') await vi.waitFor(() => expect(openBelow(server.directory)).toBe(0), PATIENCE)
}

/** How many files below the directory this process holds open. */
function openBelow(directory: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory)
    } catch {
      return false
    }
  }).length
}

function givenDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tripline-bytes-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function startServerProcess(directory: string) {
  const signingKey = randomBytes(32)
  const child = fork(join(import.meta.dirname, 'support', 'byte-server-process.ts'), [
    directory,
    signingKey.toString('hex'),
  ])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const sign = (grant: Parameters<typeof signBlobUrl>[0]['grant']) =>
    signBlobUrl({ baseUrl: url, visiblePath: 'wandb_artifacts/x', grant, keys: [signingKey], nowMs: Date.now() })
  return { child, sign }
}

async function memoryOf(child: ChildProcess): Promise<{ nowBytes: number; peakBytes: number }> {
  child.send('memory')
  const [memory] = await once(child, 'message')
  return memory
}

/** Uploads zeros without holding them. Resolves to the status. */
async function putZeros(url: string, size: number): Promise<number> {
  const piece = Buffer.alloc(256 * 1024)
  const request = httpRequest(url, { method: 'PUT', headers: { 'content-length': size } })
  const answered = once(request, 'response')
  for (let sent = 0; sent < size; sent += piece.length) {
    if (!request.write(piece)) await once(request, 'drain')
  }
  request.end()
  const [answer] = await answered
  answer.resume()
  return answer.statusCode
}

/** A file system of 4 MiB to fill up, gone when the test ends; `undefined` where none can be mounted. */
function givenSmallDisk(): string | undefined {
  const directory = givenDirectory()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', directory])
  if (status !== 0) return undefined
  onTestFinished(() => {
    spawnSync('umount', ['--lazy', directory])
  })
  return directory
}

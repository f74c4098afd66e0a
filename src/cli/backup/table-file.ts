import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip, createGzip } from 'node:zlib'
import { lineOf, type Row, rowOf } from '../../database/copying/row.ts'
import type { TableSum } from '../../database/copying/source.ts'

/** Most of what can be had, at a third of the time. */
const GZIP_LEVEL = 4

const ROWS_AT_ONCE = 500
const LINE_BYTES_AT_ONCE = 1024 * 1024

export type FileSum = { readonly fileBytes: number; readonly fileSha256: string }

/** Write rows as compressed lines of JSON into a new file, durably. */
export async function writeTableFile(
  path: string,
  batches: AsyncIterable<readonly Row[]>,
): Promise<TableSum & FileSum> {
  const lines = createHash('sha256')
  const file = createHash('sha256')
  let rows = 0
  let fileBytes = 0
  await pipeline(
    async function* () {
      for await (const batch of batches) {
        rows += batch.length
        const text = Buffer.from(batch.map((row) => `${lineOf(row)}\n`).join(''))
        lines.update(text)
        yield text
      }
    },
    createGzip({ level: GZIP_LEVEL }),
    async function* (compressed: AsyncIterable<Buffer>) {
      for await (const chunk of compressed) {
        file.update(chunk)
        fileBytes += chunk.length
        yield chunk
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
  )
  return { rows, sha256: lines.digest('hex'), fileBytes, fileSha256: file.digest('hex') }
}

/** The size and SHA-256 of a file. */
export async function sumOfFile(path: string): Promise<FileSum> {
  const hash = createHash('sha256')
  let fileBytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: LINE_BYTES_AT_ONCE })) {
    hash.update(chunk as Buffer)
    fileBytes += (chunk as Buffer).length
  }
  return { fileBytes, fileSha256: hash.digest('hex') }
}

/** The rows of a file, after the first `skip`. */
export async function* readTableFile(path: string, skip = 0): AsyncGenerator<Row[]> {
  let left = skip
  let batch: Row[] = []
  let bytes = 0
  for await (const line of linesOf(path)) {
    if (left > 0) {
      left -= 1
      continue
    }
    batch.push(rowOf(line))
    bytes += line.length
    if (batch.length < ROWS_AT_ONCE && bytes < LINE_BYTES_AT_ONCE) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const text = file.pipe(createGunzip())
  file.on('error', (error) => text.destroy(error))
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    for await (const chunk of text) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
      rest = lines.pop() as string
      yield* lines
    }
  } finally {
    file.destroy()
    text.destroy()
  }
  if (rest !== '') throw new Error('the last line has no end')
}

import { Refusal } from '../refusal.ts'

/** The summary is one document, replaced whole; every other file is lines, kept by number. */
const SUMMARY_FILE = 'wandb-summary.json'
export const HISTORY_FILE = 'wandb-history.jsonl'
export const EVENTS_FILE = 'wandb-events.jsonl'
export const LOG_FILE = 'output.log'

const FILES_MAX = 1_000
const FILE_NAME_LENGTH_MAX = 512
const LINES_MAX = 100_000

export type StreamedLine = { file: string; line: number; content: string }

/** One request of a file stream. `lines` are distinct by file and number; `exitCode` is `null` unless `complete`. */
export type StreamPart = {
  lines: StreamedLine[]
  summary: string | undefined
  complete: boolean
  exitCode: number | null
}

/**
 * What a request to a run's file stream says. Keys we do not know are passed over, as clients of other versions send
 * other ones.
 *
 * NUL characters become U+FFFD: consoles print them, and PostgreSQL takes none.
 *
 * @throws Refusal `invalid_request`
 */
export function readStreamPart(body: unknown): StreamPart {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body must be a JSON object')
  const { files, complete, exitcode } = body as Record<string, unknown>
  const part: StreamPart = {
    lines: [],
    summary: undefined,
    complete: complete === true,
    exitCode: complete === true && typeof exitcode === 'number' ? toInt32(exitcode) : null,
  }
  if (files == null) return part
  if (typeof files !== 'object' || Array.isArray(files)) throw invalid('"files" must be an object')

  const entries = Object.entries(files)
  if (entries.length > FILES_MAX) throw invalid(`"files" has more than ${FILES_MAX} files`)
  for (const [file, chunk] of entries) {
    if (file === '' || file.length > FILE_NAME_LENGTH_MAX) throw invalid('"files" has a file whose name is too long')
    const { offset, content } = readChunk(file, chunk)
    if (file === SUMMARY_FILE) {
      part.summary = content.at(-1) ?? part.summary
      continue
    }
    for (const [index, text] of content.entries()) {
      part.lines.push({ file: clean(file), line: offset + index, content: text })
    }
    if (part.lines.length > LINES_MAX) throw invalid(`"files" has more than ${LINES_MAX} lines: send fewer at a time`)
  }
  return part
}

function readChunk(file: string, chunk: unknown): { offset: number; content: string[] } {
  const { offset = 0, content } = (chunk ?? {}) as { offset?: unknown; content?: unknown }
  if (!Number.isSafeInteger(offset) || (offset as number) < 0) throw invalid(`"${file}" has no valid "offset"`)
  if (!Array.isArray(content) || !content.every((line) => typeof line === 'string')) {
    throw invalid(`"content" of "${file}" must be a list of strings`)
  }
  if (!Number.isSafeInteger((offset as number) + content.length)) throw invalid(`"${file}" has no valid "offset"`)
  return { offset: offset as number, content: content.map(clean) }
}

function clean(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed()
}

/** Exit codes of Windows are unsigned 32-bit numbers, and the column is signed: the bits are the same. */
function toInt32(code: number): number {
  return Number.isInteger(code) && code >= -(2 ** 31) && code < 2 ** 32 ? code | 0 : -1
}

function invalid(what: string): Refusal {
  return new Refusal('invalid_request', `File stream: ${what}`)
}

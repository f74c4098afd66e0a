import { Refusal } from '../refusal.ts'

// SQLite's primary result codes; the extended ones have them in their last byte.
const SQLITE_BUSY = 5
const SQLITE_READONLY = 8
const SQLITE_IO_ERROR = 10
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * SQLSTATEs of a PostgreSQL that cannot serve us now: connection failures, shutdown and start, too many connections, out
 * of memory, cancelled as too slow, and read-only, which is what a primary becomes that has just been replaced.
 */
const AWAY_STATES = /^(?:08|53|57P|57014$|25006$)/

/** What a driver's error means for the caller, if it is not a bug of ours: the database is away, or its disk is full. */
export function databaseRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (!(error instanceof Error)) return undefined
  if (isFull(error)) {
    return withCause(new Refusal('storage_full', 'The disk is full: free some space'), error)
  }
  if (!isAway(error)) return undefined
  return withCause(databaseAway(), error)
}

export function databaseAway(): Refusal {
  return new Refusal('database_unavailable', 'The database does not answer; try again')
}

/** Serialization failure and deadlock: another try of the same work may well succeed. */
export function isPassing(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code
  return code === '40001' || code === '40P01'
}

/** Of `pg`, which has no code for it: the server did not answer in time, so its connection is of no use any more. */
export function isAnswerTimeout(error: Error): boolean {
  return error.message === 'Query read timeout'
}

function isFull(error: Error): boolean {
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  return (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL) || code === '53100' || code === 'ENOSPC'
}

function isAway(error: Error): boolean {
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  if (typeof errcode === 'number') {
    return [SQLITE_IO_ERROR, SQLITE_BUSY, SQLITE_READONLY, SQLITE_CANTOPEN].includes(errcode & 0xff)
  }
  if (typeof code === 'string') {
    if (isFromDatabase(error) && (isPassing(error) || AWAY_STATES.test(code) || NETWORK_CODES.has(code))) return true
  }
  return (
    isAnswerTimeout(error) ||
    /^Connection terminated|^timeout exceeded when trying to connect|connection error and is not queryable/.test(
      error.message,
    )
  )
}

/** SQLSTATEs have five characters; a socket's error from `pg` comes out of its client. */
function isFromDatabase(error: Error): boolean {
  const { code } = error as { code?: string }
  return /^[0-9A-Z]{5}$/.test(code ?? '') || /node_modules[/\\]pg/.test(error.stack ?? '') || 'port' in error
}

function withCause(refusal: Refusal, cause: unknown): Refusal {
  refusal.cause = cause
  return refusal
}

import { Refusal } from '../refusal.ts'

const SQLITE_BUSY = 5
const SQLITE_IO_ERROR = 10
const SQLITE_FULL = 13

const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

/** What a driver's error means for the caller, if it is not a bug of ours: the database is away, or its disk is full. */
export function databaseRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (!(error instanceof Error)) return undefined
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  const full =
    (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL) || code === '53100' || code === 'ENOSPC'
  if (full) return withCause(new Refusal('storage_full', 'The disk of the database is full: free some space'), error)
  const away =
    (typeof errcode === 'number' && [SQLITE_IO_ERROR, SQLITE_BUSY].includes(errcode & 0xff)) ||
    (typeof code === 'string' && isFromDatabase(error) && (isPassing(error) || /^(08|57P|53)/.test(code))) ||
    (typeof code === 'string' && NETWORK_CODES.has(code) && isFromDatabase(error)) ||
    /^Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  return away
    ? withCause(new Refusal('database_unavailable', 'The database does not answer; try again'), error)
    : undefined
}

/** Serialization failure and deadlock: another try of the same work may well succeed. */
export function isPassing(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code
  return code === '40001' || code === '40P01'
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

import { Refusal } from '../refusal.ts'

const FULL_CODES = ['ENOSPC', 'EDQUOT']

/** What to tell the client of an error of the disk, if that is all there is to tell; else the error as it is. */
export function diskRefusal(error: unknown): unknown {
  if (!FULL_CODES.includes(codeOf(error) ?? '')) return error
  return new Refusal('storage_full', 'There is no room for these bytes: the disk or its quota is full')
}

/** The `code` of an error of the system, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

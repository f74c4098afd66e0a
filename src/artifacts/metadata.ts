import { Refusal } from '../refusal.ts'
import { isStorableText } from './names.ts'

export const METADATA_BYTES_MAX = 1024 * 1024
const METADATA_KEYS_MAX = 100

/** What renders metadata goes down it recursively; nobody's metadata is this deep. */
export const METADATA_DEPTH_MAX = 64

/**
 * Metadata as it is stored: the JSON text as given, once it is known to be an object of at most 100 keys, 1 MiB and 64
 * levels, without NUL characters. The text is kept so that numbers beyond 2^53 survive. Nothing given is `{}`.
 *
 * @throws Refusal `metadata_invalid`
 */
export function checkMetadata(text: string | null | undefined): string {
  if (text === null || text === undefined || text === '') return '{}'
  if (Buffer.byteLength(text) > METADATA_BYTES_MAX) {
    throw new Refusal('metadata_invalid', `Metadata has at most ${METADATA_BYTES_MAX} bytes of JSON`)
  }
  const metadata = parseJson(text)
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new Refusal('metadata_invalid', 'Metadata must be a JSON object')
  }
  const keys = Object.keys(metadata).length
  if (keys > METADATA_KEYS_MAX) {
    throw new Refusal(
      'metadata_invalid',
      `Metadata has at most ${METADATA_KEYS_MAX} top-level keys, and this has ${keys}`,
    )
  }
  assertStorable(metadata)
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal('metadata_invalid', `Metadata is not valid JSON: ${(error as Error).message}`)
  }
}

/** Level by level, so that depth costs no stack. */
function assertStorable(metadata: object): void {
  let level: unknown[] = [metadata]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > METADATA_DEPTH_MAX) {
      throw new Refusal('metadata_invalid', `Metadata is nested deeper than ${METADATA_DEPTH_MAX} levels`)
    }
    const next: unknown[] = []
    for (const container of level as object[]) {
      for (const [key, value] of Object.entries(container)) {
        if (!isStorableText(key) || (typeof value === 'string' && !isStorableText(value))) {
          throw new Refusal('metadata_invalid', 'Metadata must be well-formed text without NUL characters')
        }
        if (typeof value === 'object' && value !== null) next.push(value)
      }
    }
    level = next
  }
}

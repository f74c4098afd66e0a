/**
 * The value at a dotted path of an artifact's metadata; `undefined` when there is none.
 *
 * A key may hold dots itself, so the longest key that fits is tried first: `eval.accuracy` finds the key
 * `"eval.accuracy"` before `accuracy` inside `eval`. A list takes the index of an element (`labels.0`). Only own
 * properties are seen, so no path reaches what JavaScript adds to objects.
 *
 * Metadata is a tree: each of its values is looked at once at most, whatever the path.
 */
export function metadataAt(metadata: unknown, path: string): unknown {
  return valueAt(metadata, path.split('.'))
}

function valueAt(value: unknown, segments: string[]): unknown {
  if (segments.length === 0) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    const [index, ...rest] = segments
    return /^(0|[1-9]\d{0,8})$/.test(index!) ? valueAt(value[Number(index)], rest) : undefined
  }
  for (let taken = segments.length; taken >= 1; taken -= 1) {
    const key = segments.slice(0, taken).join('.')
    if (!Object.hasOwn(value, key)) continue
    const found = valueAt((value as Record<string, unknown>)[key], segments.slice(taken))
    if (found !== undefined) return found
  }
  return undefined
}

/** A path has at most this many segments: joining them costs their square at every level. */
export const METADATA_PATH_SEGMENTS_MAX = 32

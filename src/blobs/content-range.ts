/** Which bytes of a file to answer with. */
export type ChosenRange = { kind: 'whole' } | { kind: 'part'; start: number; end: number } | { kind: 'unsatisfiable' }

const SINGLE_RANGE = /^bytes=[ \t]*(?<first>\d*)-(?<last>\d*)[ \t]*$/i

/**
 * What a `Range` header asks of a file of `size` bytes. `start` and `end` are both included and inside the file.
 *
 * A header that is malformed, in another unit or for several ranges asks for nothing we answer, and is ignored as the
 * standard allows: the whole file is always a right answer. So is it for the last bytes of an empty file, which no
 * `Content-Range` could name.
 *
 * Source: RFC 9110, sections 14.1 and 14.2.
 */
export function chooseRange(header: string | undefined, size: number): ChosenRange {
  const { first, last } = SINGLE_RANGE.exec(header ?? '')?.groups ?? {}
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' }

  if (first === '') {
    const suffixLength = Number(last)
    if (suffixLength === 0) return { kind: 'unsatisfiable' }
    if (size === 0) return { kind: 'whole' }
    return { kind: 'part', start: Math.max(0, size - suffixLength), end: size - 1 }
  }

  const start = Number(first)
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last)
  if (end < start) return { kind: 'whole' }
  if (start >= size) return { kind: 'unsatisfiable' }
  return { kind: 'part', start, end: Math.min(end, size - 1) }
}

/**
 * Whether a `Range` still applies, given `If-Range`: only if the caller holds part of these very bytes. A date never
 * matches, since blobs have none, and a weak tag never promises the same bytes.
 *
 * Source: RFC 9110, section 13.1.5.
 */
export function rangeApplies(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag
}

/**
 * Whether the caller already has these bytes, by its `If-None-Match`.
 *
 * Source: RFC 9110, section 13.1.2 (the comparison is weak).
 */
export function hasCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

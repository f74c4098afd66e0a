import { Refusal } from '../refusal.ts'

/**
 * The filters and orders that lists take, which are few: what clients send of themselves. Anything else is refused with
 * the way out, since a list that silently ignored a filter would be wrong.
 */

/**
 * Pass if `filters` asks for nothing but committed versions, which is all that lists show.
 *
 * @throws Refusal `not_supported`
 */
export function assertListedCommitted(filters: string | null | undefined): void {
  const { state = 'COMMITTED', ...others } = parse(filters)
  if (state === 'COMMITTED' && Object.keys(others).length === 0) return
  throw new Refusal(
    'not_supported',
    'Lists of versions are filtered by {"state": "COMMITTED"} only: filter what they give',
  )
}

/**
 * Pass if versions are to come newest first, which is the order of their lists.
 *
 * @throws Refusal `not_supported`
 */
export function assertVersionOrder(order: string | null | undefined): void {
  if (order == null || /^-(created_?at|version_?index)$/i.test(order)) return
  throw new Refusal('not_supported', 'Versions are listed newest first ("-created_at"): order what the list gives')
}

/**
 * Pass if all collections or projects are asked for, by name.
 *
 * @throws Refusal `not_supported`
 */
export function assertUnfiltered(filters: string | null | undefined, order?: string | null | undefined): void {
  if (Object.keys(parse(filters)).length > 0) {
    throw new Refusal('not_supported', 'These lists take no filters here: filter what they give')
  }
  if (order != null && !/^\+?name$/.test(order)) {
    throw new Refusal('not_supported', 'These lists are ordered by "name" here: order what they give')
  }
}

function parse(filters: string | null | undefined): Record<string, unknown> {
  const filter: unknown = filters == null ? {} : JSON.parse(filters)
  if (filter === null) return {}
  if (typeof filter === 'object' && !Array.isArray(filter)) return filter as Record<string, unknown>
  throw new Refusal('invalid_request', 'Filters must be a JSON object')
}

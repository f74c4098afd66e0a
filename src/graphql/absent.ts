import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'
import { notFound } from '../refusal.ts'

/** Lists that the client reads whole, without pages. */
const WHOLE_LISTS = new Set(['members', 'teamMembers'])

/** Lists above which the client reads `null`, and says in its own words what is missing. */
const UNDERSTOOD = new Set(['runs'])

/**
 * `null`, the answer for what is absent or not for the caller to see; unless the query asks for a page of a list below
 * it. There the client takes `null` for an answer it cannot read, and says so instead of what is missing.
 *
 * - `what`: as the request names it.
 *
 * @throws Refusal `not_found`
 */
export function absent(info: GraphQLResolveInfo, what: string): null {
  const isAsked = info.fieldNodes.some(({ selectionSet }) => asksForList(selectionSet, info.fragments))
  if (isAsked) throw notFound(what)
  return null
}

/** Documents are known to be finite here: they were validated. */
function asksForList(set: SelectionSetNode | undefined, fragments: GraphQLResolveInfo['fragments']): boolean {
  return (set?.selections ?? []).some((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return asksForList(fragments[selection.name.value]?.selectionSet, fragments)
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return asksForList(selection.selectionSet, fragments)
    const name = selection.name.value
    if (UNDERSTOOD.has(name)) return false
    return name === 'pageInfo' || WHOLE_LISTS.has(name) || asksForList(selection.selectionSet, fragments)
  })
}

import { Refusal } from '../refusal.ts'
import { assertAlias, assertTag } from './names.ts'

/** Aliases or tags that one call may give or take. */
export const LABELS_MAX = 100

/**
 * The aliases a caller wants to give, each once, in the order given.
 *
 * @throws Refusal `alias_invalid` | `invalid_request`
 */
export function checkAliases(aliases: readonly string[] | undefined): string[] {
  const wanted = each(aliases, 'aliases')
  for (const alias of wanted) assertAlias(alias)
  return wanted
}

/**
 * The tags a caller wants to give, each once, in the order given.
 *
 * @throws Refusal `tag_invalid` | `invalid_request`
 */
export function checkTags(tags: readonly string[] | undefined): string[] {
  const wanted = each(tags, 'tags')
  for (const tag of wanted) assertTag(tag)
  return wanted
}

function each(labels: readonly string[] | undefined, kind: string): string[] {
  const wanted = [...new Set(labels ?? [])]
  if (wanted.length > LABELS_MAX) throw new Refusal('invalid_request', `At most ${LABELS_MAX} ${kind} in one call`)
  return wanted
}

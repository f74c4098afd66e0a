import type { Query } from '@tanstack/react-query'

/** Of lists that have been scrolled, all pages would be read anew: from here on they stay as they are. */
const PAGES_REFRESHED_MAX = 2

/** What an event may have changed, by the paths of the API. */
const TOUCHED =
  /\/(versions|collections|aliases|artifact-types|executions|deliveries|dead-letters|overview|events|runs|lineage)|\/automations$|\/projects\/\{entity\}$/

/** Whether an event may have changed the answer. */
export function isTouched({ queryKey: [, path] }: Query): boolean {
  return typeof path === 'string' && TOUCHED.test(path)
}

/** A list of so many pages that it is not read anew by itself; `lookForNews` says when it is outdated. */
export function isLongList({ state }: Query): boolean {
  const pages = (state.data as { pages?: unknown[] } | undefined)?.pages
  return pages !== undefined && pages.length > PAGES_REFRESHED_MAX
}

import { checkAliases, checkTags } from './labels.ts'

/**
 * What is asked for of an artifact that several runs make together. Each of them says it anew, with its own part of the
 * files.
 */
export type SharedDraft = {
  description: string | null
  /** A JSON object as text. */
  metadata: string
  ttlSeconds: number | null
  aliases: readonly string[]
  tags: readonly string[]
}

/**
 * All the aliases and tags; of what there is one of, what was said last.
 *
 * @throws Refusal `invalid_request` (too many together)
 */
export function joinDrafts(before: SharedDraft, now: SharedDraft): SharedDraft {
  return {
    description: now.description ?? before.description,
    metadata: now.metadata === '{}' ? before.metadata : now.metadata,
    ttlSeconds: now.ttlSeconds ?? before.ttlSeconds,
    aliases: checkAliases([...before.aliases, ...now.aliases]),
    tags: checkTags([...before.tags, ...now.tags]),
  }
}

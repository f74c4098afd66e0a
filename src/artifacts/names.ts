import { Refusal, type RefusalCode } from '../refusal.ts'

export const NAME_LENGTH_MAX = 128
export const DESCRIPTION_LENGTH_MAX = 65_536

/** What the name of a registry's project begins with; the rest is the registry's own name. */
export const REGISTRY_PREFIX = 'wandb-registry-'

export function isRegistryName(project: string): boolean {
  return project.startsWith(REGISTRY_PREFIX)
}

/**
 * Pass if a new project may be called `name`: at most 128 characters, none of `/ \ # ? % :` and no control characters.
 * A registry needs a name of its own after the prefix.
 *
 * @throws Refusal `name_invalid`
 */
export function assertProjectName(name: string): void {
  assertName(name, { kind: 'project', forbidden: '/\\#?%:', code: 'name_invalid' })
  if (name === '.' || name === '..' || name.trim() === REGISTRY_PREFIX) {
    throw new Refusal('name_invalid', `"${name}" cannot be the name of a project`)
  }
}

/**
 * Pass if a new collection may be called `name`: at most 128 characters, no `/` and no `:`, which separates a collection from its version
 * in every path.
 *
 * @throws Refusal `name_invalid`
 */
export function assertCollectionName(name: string): void {
  assertName(name, { kind: 'collection', forbidden: '/:', code: 'name_invalid' })
  if (name === '.' || name === '..') throw new Refusal('name_invalid', `"${name}" cannot be the name of a collection`)
}

/** @throws Refusal `name_invalid` at `path` */
export function assertTypeName(name: string, path = '/type'): void {
  assertName(name, { kind: 'artifact type', forbidden: '/:', code: 'name_invalid', path })
}

/**
 * Pass if `alias` may be given to a version: at most 128 characters, no `/` and no `:`, and not `v0`, `v1`, …, which
 * name versions for ever.
 *
 * @throws Refusal `alias_invalid`
 */
export function assertAlias(alias: string): void {
  assertName(alias, { kind: 'alias', forbidden: '/:', code: 'alias_invalid' })
  if (/^v\d+$/.test(alias)) {
    throw new Refusal('alias_invalid', `"${alias}" is a version number and cannot be an alias`, { details: { alias } })
  }
}

/** Words of letters, digits, `_` and `-`, with spaces between. Source: the wandb client's own check. */
const TAG = /^[-_\p{L}\p{N}]+(?: +[-_\p{L}\p{N}]+)*$/u

/** @throws Refusal `tag_invalid` */
export function assertTag(tag: string): void {
  if (tag.length <= NAME_LENGTH_MAX && TAG.test(tag)) return
  throw new Refusal(
    'tag_invalid',
    `The tag ${shown(tag)} must be 1 to ${NAME_LENGTH_MAX} letters, digits, "-" or "_", with single words divided by spaces`,
  )
}

/** @throws Refusal `invalid_request` */
export function assertDescription(description: string | null | undefined): void {
  if (description === null || description === undefined) return
  if (description.length > DESCRIPTION_LENGTH_MAX) {
    throw new Refusal('invalid_request', `A description has at most ${DESCRIPTION_LENGTH_MAX} characters`)
  }
  if (!isStorableText(description)) {
    throw new Refusal('invalid_request', 'A description must be well-formed text without NUL characters')
  }
}

/** Both databases keep it as it is: PostgreSQL takes no NUL, and half a surrogate pair has no UTF-8. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function assertName(name: string, rule: { kind: string; forbidden: string; code: RefusalCode; path?: string }): void {
  const problem = problemOf(name, rule.forbidden)
  if (problem === undefined) return
  const fields = rule.path === undefined ? [] : [{ path: rule.path, message: problem }]
  throw new Refusal(rule.code, `The ${rule.kind} ${shown(name)} ${problem}`, { fields })
}

const CONTROL = /[\x00-\x1f\x7f]/

function problemOf(name: string, forbidden: string): string | undefined {
  if (name.trim() === '') return 'must not be empty'
  if (name.length > NAME_LENGTH_MAX) return `is longer than ${NAME_LENGTH_MAX} characters`
  if (CONTROL.test(name) || !name.isWellFormed()) return 'must not contain control characters'
  const found = [...forbidden].find((character) => name.includes(character))
  return found === undefined ? undefined : `must not contain "${found}"`
}

/** What the caller sent, short enough and clean enough for a message. */
function shown(name: string): string {
  const short = name.length > 40 ? `${name.slice(0, 40)}…` : name
  return JSON.stringify(short.toWellFormed())
}

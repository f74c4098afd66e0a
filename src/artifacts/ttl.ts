import { Refusal } from '../refusal.ts'

/** On the wire: the rule of the collection, the team or the organization applies. */
export const INHERIT = -1
/** On the wire and stored: never expires. */
export const FOREVER = -2

/** A hundred years: what is longer is no plan, and no date. */
export const TTL_SECONDS_MAX = 3_155_760_000

/**
 * A time to live as it is stored: positive seconds, -2 for never, `null` to inherit.
 *
 * @throws Refusal `invalid_request`
 */
export function checkTtl(seconds: number | null | undefined): number | null {
  if (seconds === null || seconds === undefined || seconds === INHERIT) return null
  if (seconds === FOREVER) return seconds
  if (Number.isSafeInteger(seconds) && seconds > 0 && seconds <= TTL_SECONDS_MAX) return seconds
  throw new Refusal(
    'invalid_request',
    `A time to live is a number of seconds from 1 to ${TTL_SECONDS_MAX}, -1 to inherit, or -2 for none`,
  )
}

/**
 * How long a version lives: its own rule, else its collection's, else that of the entity it was logged in, else of that
 * team's organization, as far as each has one.
 *
 * - `seconds`: positive, or -2 for ever.
 */
export type TimeToLive = { seconds: number; isInherited: boolean }

/** The rules from the nearest to the farthest, as they are stored. */
export type TtlRules = {
  ttl_seconds: number | null
  collection_ttl_seconds: number | null
  entity_ttl_seconds: number | null
  organization_ttl_seconds: number | null
}

/** `type`: what the client makes of itself, such as code and tables of runs, goes with nothing but a deletion. */
export function timeToLive(rules: TtlRules, type: string): TimeToLive {
  const isInherited = rules.ttl_seconds === null
  if (isMadeByClient(type)) return { seconds: FOREVER, isInherited }
  const inherited = rules.collection_ttl_seconds ?? rules.entity_ttl_seconds ?? rules.organization_ttl_seconds
  return { seconds: rules.ttl_seconds ?? inherited ?? FOREVER, isInherited }
}

/** When that is over, in milliseconds; `null`: never, or later than there are dates. */
export function expiryOf({ seconds }: TimeToLive, createdAt: number): number | null {
  const at = createdAt + seconds * 1000
  return seconds < 0 || at > LAST_DATE_MS ? null : at
}

const LAST_DATE_MS = 8.64e15

/** The types of what the client logs without being told to, and how those begin that it keeps for itself. */
export const TYPES_MADE_BY_CLIENT = ['run_table', 'code', 'job']
export const TYPE_PREFIX_OF_CLIENT = 'wandb-'

function isMadeByClient(type: string): boolean {
  return TYPES_MADE_BY_CLIENT.includes(type) || type.startsWith(TYPE_PREFIX_OF_CLIENT)
}

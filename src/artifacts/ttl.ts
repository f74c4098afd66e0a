import { Refusal } from '../refusal.ts'

/** On the wire: the collection's or type's own rule applies. */
const INHERIT = -1
/** On the wire: never expires. */
const DISABLED = -2

/**
 * A time to live as it is stored: positive seconds, -2 for never, `null` to inherit.
 *
 * @throws Refusal `invalid_request`
 */
export function checkTtl(seconds: number | null | undefined): number | null {
  if (seconds === null || seconds === undefined || seconds === INHERIT) return null
  if (seconds === DISABLED || (Number.isSafeInteger(seconds) && seconds > 0)) return seconds
  throw new Refusal('invalid_request', 'A time to live is a number of seconds above 0, -1 to inherit, or -2 for none')
}

import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import type { Visitor } from './operations-sessions.ts'
import { ATTEMPTS_WINDOW_MS } from './session.ts'
import { countAttempts } from './store-sessions.ts'

/** Failed attempts within `ATTEMPTS_WINDOW_MS`: a person who mistypes has enough, and a password is not found by them. */
const ATTEMPTS_PER_ACCOUNT_MAX = 10

/** More, as many people may come from one address. */
const ATTEMPTS_PER_ADDRESS_MAX = 50

/**
 * Count an attempt that is about to be looked at, of an account and of an address.
 *
 * @throws Refusal `rate_limited`, which is not counted
 */
export async function countAttempt(world: World, of: { account: string | undefined; address: string }): Promise<void> {
  await world.db.transaction(async (tx) => {
    const now = world.now()
    const subjects = of.account === undefined ? [of.address] : [of.account, of.address]
    const counts = await countAttempts(tx, { subjects, now, sinceAfter: now - ATTEMPTS_WINDOW_MS })
    const spent = counts.find(({ subject: name, attempts }) => {
      return attempts > (name === of.address ? ATTEMPTS_PER_ADDRESS_MAX : ATTEMPTS_PER_ACCOUNT_MAX)
    })
    if (spent === undefined) return
    const retryAfterSeconds = Math.max(1, Math.ceil((spent.since + ATTEMPTS_WINDOW_MS - now) / 1_000))
    throw new Refusal(
      'rate_limited',
      `Too many attempts to sign in ${spent.subject === of.address ? 'from this address' : 'to this account'} have ` +
        `failed: try again in ${Math.ceil(retryAfterSeconds / 60)} min. Who is signed in stays so`,
      { details: { retryAfterSeconds } },
    )
  })
}

/** By its id; a name that nobody has counts alike. */
export function accountSubject(account: number | string): string {
  return subject('account', typeof account === 'number' ? `#${account}` : account.toLowerCase())
}

/** IPv6 by its network of 64 bits, of which every host has more addresses than it could try passwords. */
export function addressSubject({ address }: Visitor): string {
  if (!ipaddr.isValid(address)) return subject('address', address)
  const parsed = ipaddr.process(address)
  const parts = parsed.kind() === 'ipv4' ? parsed.toByteArray() : parsed.toByteArray().slice(0, 8)
  return subject('address', parts.join('.'))
}

function subject(kind: 'account' | 'address', name: string): string {
  return createHash('sha256').update(`${kind}:${name}`, 'utf8').digest('hex')
}

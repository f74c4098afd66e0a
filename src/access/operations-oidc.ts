import type { Tx } from '../database/database.ts'
import { Refusal } from '../refusal.ts'
import type { OidcSettings } from '../runtime/config-signing-in.ts'
import type { World } from '../world.ts'
import { assertEmailUsable, isReservedName } from './names.ts'
import { type Identity, isDomainAllowed, usernamesFor } from './oidc.ts'
import type { Flow } from './oidc-provider.ts'
import { addUser } from './operations-accounts.ts'
import { recordAudit } from './operations-audit.ts'
import { actorOf, type OpenSession, startSession, type Visitor } from './operations-sessions.ts'
import { findUserByEmail, takeTurn, type User, userExists } from './store.ts'
import { findTakenNames } from './store-entities.ts'
import { findUserByIdentity, hasIdentity, insertIdentity } from './store-identities.ts'

/** How long a sign-in at the provider may take. */
export const FLOW_MS_MAX = 10 * 60_000

const NAME_LENGTH_MAX = 200
const FLOW_LABEL = { entityId: 0, name: 'sign-in by OpenID Connect', version: 1 }

/** A sign-in under way, as the browser keeps it: sealed, so that it can neither be read nor made up. */
type KeptFlow = Flow & { next: string; endsAt: number }

/**
 * Where to send a browser to sign in, and what it has to keep meanwhile.
 *
 * - `next`: the path to go on to.
 *
 * @throws Refusal `identity_provider_failed`
 */
export async function beginOidc(world: World, next: string): Promise<{ url: string; kept: string }> {
  const { url, flow } = await asked(world, (provider) => provider.begin(callbackUrl(world)))
  const kept: KeptFlow = { ...flow, next, endsAt: world.now() + FLOW_MS_MAX }
  return { url, kept: world.keyring.seal(JSON.stringify(kept), FLOW_LABEL) }
}

/**
 * Let in who comes back from the provider, and tell where to go on to.
 *
 * - `query`: of the callback, from its `?` on.
 *
 * @throws Refusal `identity_refused` | `identity_provider_failed` | `sign_in_expired`
 */
export async function finishOidc(
  world: World,
  visitor: Visitor,
  input: { query: string; kept: string | undefined },
): Promise<{ session: OpenSession; next: string }> {
  const flow = openFlow(world, input.kept)
  const url = new URL(`${callbackUrl(world)}${input.query}`)
  const identity = await asked(world, (provider) => provider.finish(url, flow))
  const session = await signInByIdentity(world, visitor, identity)
  return { session, next: flow.next }
}

function openFlow(world: World, kept: string | undefined): KeptFlow {
  const expired = () =>
    new Refusal('sign_in_expired', 'This sign-in took too long, or was begun in another browser: begin again')
  if (kept === undefined) throw expired()
  try {
    const flow = JSON.parse(world.keyring.open(kept, FLOW_LABEL)) as KeptFlow
    if (flow.endsAt > world.now()) return flow
  } catch {
    // Not sealed by us, or damaged: as good as none.
  }
  throw expired()
}

/** What went wrong there is for the log alone: it may hold what was sent. */
async function asked<Result>(
  world: World,
  ask: (provider: NonNullable<World['oidc']>) => Promise<Result>,
): Promise<Result> {
  try {
    return await ask(world.oidc as NonNullable<World['oidc']>)
  } catch (error) {
    const { message, code, error: said } = error as { message?: string; code?: string; error?: string }
    world.log.warn({ code, said, message }, 'signing in by the identity provider failed')
    throw new Refusal(
      'identity_provider_failed',
      'The identity provider did not confirm who you are: begin again, or ask an administrator to look into the log',
    )
  }
}

function callbackUrl(world: World): string {
  return `${world.config.publicUrl}/oidc/callback`
}

/**
 * Begin a session for the account of this identity. The first time it is found by the verified e-mail address, or made.
 *
 * An account that the provider has another identity for is not given to this one: addresses are given to new people. Nor
 * is one whose address only its user vouches for, who could be waiting for the owner of the address.
 */
async function signInByIdentity(world: World, visitor: Visitor, identity: Identity): Promise<OpenSession> {
  const settings = world.config.oidc as OidcSettings
  if (!isDomainAllowed(identity, settings.allowedDomains)) {
    throw new Refusal(
      'identity_refused',
      'Only people with a verified e-mail address of this organization get in: ask an administrator',
    )
  }
  return world.db.transaction(async (tx) => {
    const known = await findUserByIdentity(tx, identity)
    const user = known ?? (await firstTime(world, tx, visitor, identity))
    return startSession(tx, visitor, { user, method: 'oidc' }, world.now())
  })
}

async function firstTime(world: World, tx: Tx, visitor: Visitor, identity: Identity): Promise<User> {
  await takeTurn(tx)
  const now = world.now()
  // In turn: two browsers may come back at once.
  const known = await findUserByIdentity(tx, identity)
  if (known !== undefined) return known
  const { issuer, subject } = identity
  const email = identity.emailVerified ? identity.email : undefined
  const owner = email === undefined ? undefined : await findUserByEmail(tx, email)
  if (owner !== undefined) await requireLinkable(tx, owner, issuer)
  const user = owner ?? (await createFor(world, tx, visitor, identity))
  await insertIdentity(tx, { issuer, subject, user_id: user.id, created_at: now })
  const linked = { action: 'identity.linked', entityId: null, subject: user.username, details: { issuer } }
  await recordAudit(tx, actorOf(visitor, user), linked, now)
  return user
}

async function requireLinkable(tx: Tx, owner: User, issuer: string): Promise<void> {
  const isTheirs = owner.kind === 'person' && owner.email_vouched === 1
  if (isTheirs && !(await hasIdentity(tx, { userId: owner.id, issuer }))) return
  throw new Refusal(
    'identity_refused',
    'There is an account with your e-mail address that this sign-in does not belong to: ask an administrator',
  )
}

async function createFor(world: World, tx: Tx, visitor: Visitor, identity: Identity): Promise<User> {
  const isAllowed = world.config.oidc?.createUsers === true
  if (!isAllowed || !(await userExists(tx))) {
    throw new Refusal(
      'identity_refused',
      isAllowed
        ? 'This server has no administrator yet: the link in its log makes the first one'
        : 'You have no account here yet: ask an administrator for an invite',
    )
  }
  const candidates = usernamesFor(identity).filter((name) => !isReservedName(name))
  const taken = await findTakenNames(tx, candidates)
  const username = candidates.find((name) => !taken.has(name.toLowerCase()))
  if (username === undefined) throw new Refusal('identity_refused', 'No username is free for you: ask an administrator')
  const email = identity.emailVerified ? identity.email : undefined
  if (email !== undefined) assertEmailUsable(email)
  const name = identity.name?.toWellFormed().replaceAll('\0', '').slice(0, NAME_LENGTH_MAX)
  const account = { username, name, email, passwordHash: null, admin: false, home: null }
  return addUser(tx, actorOf(visitor, null), account, world.now())
}

/** How a server comes by its first administrator. */
import { createHash, randomBytes } from 'node:crypto'
import type { Reader, Tx } from '../database/database.ts'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { ConfigError } from '../runtime/config.ts'
import type { World } from '../world.ts'
import { newApiKey } from './api-key.ts'
import { addUser, type NewUser, prepareUser } from './operations-accounts.ts'
import { type OpenSession, startSession, type Visitor } from './operations-sessions.ts'
import { deleteSetupTokens, findSetupTokenExpiry, putSetupToken, takeTurn, userExists } from './store.ts'

/** Long enough to be fetched from a log the next morning, short enough not to lie about in it. */
const SETUP_TOKEN_MS = 24 * 3_600_000

const SETUP_TOKEN_BYTES = 32

/**
 * Give a server without any user a way to its first one: the administrator the configuration names, or else a one-time
 * link that makes one and is valid for 24 hours. Once there is a user this does nothing, so every start may call it,
 * and several processes at once. Each start makes a link of its own; the first that is used ends them all.
 *
 * @throws ConfigError when the configured administrator cannot be created
 */
export async function bootstrap(
  world: Pick<World, 'config' | 'db' | 'now'>,
): Promise<{ setupUrl: string | undefined }> {
  const { admin, publicUrl } = world.config
  if (await userExists(world.db.read)) return { setupUrl: undefined }

  if (admin !== undefined) {
    await createConfiguredAdmin(world, admin)
    return { setupUrl: undefined }
  }

  assert(publicUrl !== undefined, 'the public URL is known once the server listens')
  const token = randomBytes(SETUP_TOKEN_BYTES).toString('base64url')
  await world.db.transaction((tx) =>
    putSetupToken(tx, { hash: hashToken(token), expiresAt: world.now() + SETUP_TOKEN_MS }),
  )
  return { setupUrl: `${publicUrl}/setup?token=${token}` }
}

async function createConfiguredAdmin(
  world: Pick<World, 'db' | 'now'>,
  admin: { username: string; apiKey: string },
): Promise<void> {
  try {
    const prepared = await prepareUser(admin)
    await world.db.transaction(async (tx) => {
      await takeTurn(tx)
      if (await userExists(tx)) return
      await addUser(tx, null, { ...prepared, admin: true, home: null }, world.now())
    })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const variable = error.code.startsWith('api_key') ? 'TRIPLINE_ADMIN_API_KEY' : 'TRIPLINE_ADMIN_USERNAME'
    throw new ConfigError([`${variable}: ${error.message}`])
  }
}

/** Whether there is somebody who can sign in. */
export async function isSetUp(world: Pick<World, 'db'>): Promise<boolean> {
  return userExists(world.db.read)
}

/**
 * Make the first administrator with the token of the set-up link, and a first API key, which is shown this once.
 *
 * - `visitor`: in whose browser a session begins.
 *
 * @throws Refusal `setup_done` | `setup_token_invalid` | those of a new user
 */
export async function setUp(
  world: Pick<World, 'db' | 'now'>,
  input: Omit<NewUser, 'apiKey'> & { token: string },
  visitor?: Visitor,
): Promise<{ username: string; apiKey: string; session: OpenSession | undefined }> {
  const { token, ...user } = input
  // Asked again below, in turn: here so that nobody without a link can make a server hash passwords.
  await requireSetupToken(world.db.read, token, world.now())
  const apiKey = newApiKey()
  const prepared = await prepareUser({ ...user, apiKey })
  const session = await world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const now = world.now()
    await requireSetupToken(tx, token, now)
    await deleteSetupTokens(tx)
    const made = await addUser(tx, null, { ...prepared, admin: true, home: null }, now)
    return visitor && startSession(tx, visitor, { user: made, method: 'setup' }, now)
  })
  return { username: input.username, apiKey, session }
}

/**
 * Make an administrator with the rights of whoever may open the database: for the terminal. Works also when there are
 * users, as the way back in when every administrator's key is lost.
 *
 * @throws Refusal those of a new user
 */
export async function createAdmin(
  world: Pick<World, 'db' | 'now'>,
  input: NewUser,
): Promise<{ username: string; apiKey: string }> {
  const apiKey = input.apiKey ?? newApiKey()
  const prepared = await prepareUser({ ...input, apiKey })
  await world.db.transaction(async (tx) => {
    await takeTurn(tx)
    await addUser(tx, null, { ...prepared, admin: true, home: null }, world.now())
  })
  return { username: input.username, apiKey }
}

async function requireSetupToken(db: Reader | Tx, token: string, now: number): Promise<void> {
  if (await userExists(db)) {
    throw new Refusal('setup_done', 'This server has users already: ask one of its administrators for an account')
  }
  const expiresAt = await findSetupTokenExpiry(db, hashToken(token))
  if (expiresAt !== undefined && expiresAt > now) return
  throw new Refusal(
    'setup_token_invalid',
    'The set-up link is wrong or more than 24 hours old: restart the server, which prints a new one',
  )
}

function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../database/database.ts'
import { type Config, ConfigError } from '../runtime/config.ts'
import { type Keyring, newMasterKey, parseKeyring } from './keyring.ts'

const KEY_CHECK = 'key_check'

/**
 * The keyring of this installation: from the configuration or, with the embedded database, from `secret.key` in the
 * data directory, which is made once, together with a new database.
 *
 * A row in the database tells a wrong key from the right one: with a wrong key the start refuses, since every secret
 * would be unreadable and everything saved from then on would be sealed under another key.
 *
 * @throws ConfigError when the key is missing, damaged or wrong
 */
export async function openKeyring(config: Config, db: Database): Promise<Keyring> {
  const check = await db.read.selectFrom('settings').select('value').where('name', '=', KEY_CHECK).executeTakeFirst()
  const keyring =
    config.secretKey === undefined ? keyringFromDataDir(config, check === undefined) : parseKeyring(config.secretKey)
  const verdict = check === undefined ? 'none' : keyring.verifyKeyCheck(check.value)
  if (verdict === 'newest') return keyring
  if (verdict === 'wrong') throw wrongKey(config)
  const stored = await storeKeyCheck(db, keyring.makeKeyCheck(), check?.value)
  // Two processes that start for the first time at once may have been given different keys: one of them is first.
  if (keyring.verifyKeyCheck(stored) === 'wrong') throw wrongKey(config)
  return keyring
}

/** Puts `value` in the place of `before`, unless somebody else was quicker; returns what stands there then. */
async function storeKeyCheck(db: Database, value: string, before: string | undefined): Promise<string> {
  return db.transaction(async (tx) => {
    if (before === undefined) {
      await tx
        .insertInto('settings')
        .values({ name: KEY_CHECK, value })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
    } else {
      await tx
        .updateTable('settings')
        .set({ value })
        .where('name', '=', KEY_CHECK)
        .where('value', '=', before)
        .execute()
    }
    const stored = await tx
      .selectFrom('settings')
      .select('value')
      .where('name', '=', KEY_CHECK)
      .executeTakeFirstOrThrow()
    return stored.value
  })
}

function wrongKey(config: Config): ConfigError {
  return new ConfigError([
    `${config.secretKey === undefined ? `The key in ${keyPath(config)}` : 'TRIPLINE_SECRET_KEY'} is not the one this ` +
      'database was written with: its secrets and webhook URLs could not be read. Put the old key back (at the end of ' +
      'the list if you are changing keys).',
  ])
}

function keyPath(config: Config): string {
  return join(config.dataDir, 'secret.key')
}

function keyringFromDataDir(config: Config, isDatabaseNew: boolean): Keyring {
  const path = keyPath(config)
  if (!existsSync(path)) {
    if (isDatabaseNew) return parseKeyring(makeKeyFile(config))
    throw new ConfigError([
      `${path} is missing, but the database next to it has secrets sealed with it. Restore the file from a backup, or set ` +
        'TRIPLINE_SECRET_KEY to its content.',
    ])
  }
  try {
    return parseKeyring(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError([
      `${path} does not hold a master key as it was made with the database: restore the file from a backup.`,
    ])
  }
}

/** Whole or not at all: a start that is cut off must not leave half a key. */
function makeKeyFile(config: Config): string {
  const key = newMasterKey()
  const unfinished = `${keyPath(config)}.new`
  const file = openSync(unfinished, 'w', 0o600)
  writeSync(file, `${key}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(unfinished, keyPath(config))
  const directory = openSync(config.dataDir, 'r')
  fsyncSync(directory)
  closeSync(directory)
  return key
}

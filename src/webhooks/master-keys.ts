import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../database/database.ts'
import { type Config, ConfigError } from '../runtime/config.ts'
import { type Keyring, keyIdOf, newMasterKey, parseKeyring, SealError } from './keyring.ts'

const KEY_CHECK = 'key_check'

/**
 * The keyring of this installation: from the configuration or, with the embedded database, from `secret.key` in the
 * data directory, which is made once, together with a new database.
 *
 * A row in the database tells a wrong key from the right one: with a wrong key the start refuses, since every secret
 * would be unreadable and everything saved from then on would be sealed under another key. The row names the key that no
 * process can do without: while keys are changed that is the old one, until everything has been sealed anew.
 *
 * @throws ConfigError when the key is missing, damaged or wrong
 */
export async function openKeyring(config: Config, db: Database): Promise<Keyring> {
  const check = await readKeyCheck(db)
  const keyring =
    config.secretKey === undefined ? keyringFromDataDir(config, check === undefined) : parseKeyring(config.secretKey)
  // Two processes that start for the first time at once may have been given different keys: one of them is first.
  const stored = check ?? (await storeKeyCheck(db, keyring.makeKeyCheck(), undefined))
  if (keyring.verifyKeyCheck(stored) === 'wrong') throw wrongKey(config, keyring, stored)
  return keyring
}

/** The id of the key without which no process starts. */
export async function keyNeededAtStart(db: Database): Promise<string | undefined> {
  const check = await readKeyCheck(db)
  return check === undefined ? undefined : keyIdOf(check)
}

/** From now on no process starts without the newest key: everything is sealed with it. */
export async function needNewestKeyAtStart(db: Database, keyring: Keyring): Promise<void> {
  const check = await readKeyCheck(db)
  if (check === undefined || keyring.verifyKeyCheck(check) !== 'older') return
  await storeKeyCheck(db, keyring.makeKeyCheck(), check)
}

async function readKeyCheck(db: Database): Promise<string | undefined> {
  const row = await db.read.selectFrom('settings').select('value').where('name', '=', KEY_CHECK).executeTakeFirst()
  return row?.value
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

function wrongKey(config: Config, keyring: Keyring, check: string): ConfigError {
  const where = config.secretKey === undefined ? `The key in ${keyPath(config)}` : 'TRIPLINE_SECRET_KEY'
  return new ConfigError([
    `${where} is not the one this database was written with: its secrets and webhook URLs could not be read. ` +
      `It needs the master key ${neededBy(check)}, and was given ${keyring.keyIds.join(', ')}. Put the old key back (at ` +
      'the end of the list if you are changing keys), and take it out once GET /api/v1/master-keys says it is removable.',
  ])
}

function neededBy(check: string): string {
  try {
    return keyIdOf(check)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    return 'of a check that is damaged'
  }
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

import { chmodSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
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
 * @throws ConfigError when the key is missing or wrong
 */
export async function openKeyring(config: Config, db: Database): Promise<Keyring> {
  const check = await db.read.selectFrom('settings').select('value').where('name', '=', KEY_CHECK).executeTakeFirst()
  const keyring = parseKeyring(config.secretKey ?? keyFromDataDir(config, check === undefined))
  const verdict = check === undefined ? 'older' : keyring.verifyKeyCheck(check.value)
  if (verdict === 'wrong') {
    throw new ConfigError([
      `${config.secretKey === undefined ? `The key in ${keyPath(config)}` : 'TRIPLINE_SECRET_KEY'} is not the one this ` +
        'database was written with: its secrets and webhook URLs could not be read. Put the old key back (at the end of ' +
        'the list if you are changing keys).',
    ])
  }
  if (verdict === 'older') {
    const value = keyring.makeKeyCheck()
    await db.transaction(async (tx) => {
      const known = await tx.selectFrom('settings').select('value').where('name', '=', KEY_CHECK).executeTakeFirst()
      if (known?.value === check?.value) {
        await tx
          .insertInto('settings')
          .values({ name: KEY_CHECK, value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute()
      }
    })
  }
  return keyring
}

function keyPath(config: Config): string {
  return join(config.dataDir, 'secret.key')
}

function keyFromDataDir(config: Config, databaseIsNew: boolean): string {
  const path = keyPath(config)
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  if (!databaseIsNew) {
    throw new ConfigError([
      `${path} is missing, but the database next to it has secrets sealed with it. Restore the file from a backup, or set ` +
        'TRIPLINE_SECRET_KEY to its content.',
    ])
  }
  const key = newMasterKey()
  const file = openSync(path, 'wx', 0o600)
  writeSync(file, `${key}\n`)
  fsyncSync(file)
  closeSync(file)
  chmodSync(path, 0o600)
  const directory = openSync(config.dataDir, 'r')
  fsyncSync(directory)
  closeSync(directory)
  return key
}

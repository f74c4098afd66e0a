import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NotUsable } from './manifest.ts'

const LOCK = 'lock'

/**
 * Keeps files in the directory of a backup until it is disposed of, or the process ends, however: `adding` is for any number
 * at a time, `removing` for one, alone. By locks of the file system, as the embedded engine has them.
 *
 * @throws NotUsable while somebody is at it whom this would disturb
 */
export async function lockBackup(directory: string, doing: 'adding' | 'removing'): Promise<Disposable> {
  const path = join(directory, LOCK)
  await writeFile(path, '', { flag: 'a', mode: 0o600 })
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = delete')
    lock.exec(doing === 'removing' ? 'begin exclusive' : 'begin; select count(*) from sqlite_schema')
  } catch (error) {
    lock.close()
    if (!/database is locked/.test((error as Error).message)) throw error
    throw new NotUsable(
      doing === 'removing'
        ? `A backup to ${directory} is being made, or pruned: try again when that has ended`
        : `${directory} is being pruned: try again when that has ended`,
    )
  }
  return { [Symbol.dispose]: () => lock.close() }
}

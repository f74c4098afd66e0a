import { giveUpAbandoned } from '../../artifacts/operations-garbage.ts'
import { NO_BLOBS } from '../../blobs/none.ts'
import { openBlobs } from '../../blobs/open.ts'
import {
  collectGarbage,
  type GarbageSummary,
  releaseOrphans,
  summarizeGarbage,
} from '../../blobs/operations-garbage.ts'
import { maskSignedUrl } from '../../blobs/signed-url.ts'
import { openPostgres } from '../../database/postgres.ts'
import { openSqlite } from '../../database/sqlite.ts'
import type { Config } from '../../runtime/config.ts'
import { createLog } from '../../runtime/log.ts'
import { openReader } from './reader.ts'

export type Collected = { removed: { count: number; bytes: number } | undefined; summary: GarbageSummary }

/**
 * Give up what was abandoned, look for blobs without rows, and remove what may go; `removed` is `undefined` in a dry run,
 * which only looks at what was let go of.
 *
 * @throws Error when the embedded database is in use by a server: it does all this by itself
 */
export async function collect(config: Config, { dryRun }: { dryRun: boolean }): Promise<Collected> {
  const log = createLog({ ...config, logLevel: 'warn' }, maskSignedUrl)
  if (dryRun) {
    const { read, engine, close } = await openReader(config)
    try {
      return { removed: undefined, summary: await summarizeGarbage({ db: { read, engine }, config, now: Date.now }) }
    } finally {
      await close()
    }
  }
  const db =
    config.databaseUrl === undefined
      ? await openSqlite({ directory: config.dataDir })
      : await openPostgres({ url: config.databaseUrl })
  let blobs = NO_BLOBS
  try {
    blobs = await openBlobs(config)
    const world = { db, blobs, log, now: db.now, config }
    while (await giveUpAbandoned(world));
    while (await releaseOrphans(world, { evenMost: true }));
    const removed = { count: 0, bytes: 0 }
    for (;;) {
      const batch = await collectGarbage(world)
      removed.count += batch.count
      removed.bytes += batch.bytes
      if (!batch.hasMore) return { removed, summary: await summarizeGarbage(world) }
    }
  } finally {
    await blobs.close()
    await db.close()
  }
}

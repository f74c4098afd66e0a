import { type RawBuilder, sql } from 'kysely'
import type { Tx } from './database.ts'

/**
 * Note that rows which refer to these blobs are about to go, in the transaction in which they do. What is left without
 * any is removed some time later; a blob that others still refer to stays.
 *
 * `blobs`: a `select` of `blob_key` and `size`, where a blob may be named more than once.
 */
export async function releaseBlobs(tx: Tx, blobs: RawBuilder<unknown>, now: number): Promise<void> {
  await sql`
    insert into released_blobs (blob_key, size, since)
    select blob_key, max(size), cast(${now} as bigint) from (${blobs}) as released group by blob_key order by blob_key
    on conflict (blob_key) do update set since = excluded.since
  `.execute(tx)
}

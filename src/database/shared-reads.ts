import type { CompiledQuery, DatabaseConnection } from 'kysely'

/** Statements that go over one connection at a time: behind one that is slow the others wait. */
const SHARED_MAX = 8

type Share = { connection: Promise<DatabaseConnection>; count: number; waiting: number; end(): void }

/**
 * Runs single reads. Those called in one turn of the event loop, as for one answer, are on their way together over one
 * connection of the pool: on one of its own each would wait for a process of PostgreSQL to wake up, which may have to plan
 * what another has planned long ago.
 *
 * - `withConnection`: calls `use` with a connection that is nobody else's until it ends.
 */
export function createSharedReads(
  withConnection: (use: (connection: DatabaseConnection) => Promise<void>) => Promise<void>,
): DatabaseConnection['executeQuery'] {
  let open: Share | undefined

  function begin(): Share {
    const connected = Promise.withResolvers<DatabaseConnection>()
    const ended = Promise.withResolvers<void>()
    withConnection((connection) => {
      connected.resolve(connection)
      return ended.promise
    }).catch(connected.reject)
    const share = { connection: connected.promise, count: 0, waiting: 0, end: () => ended.resolve() }
    process.nextTick(() => {
      if (open === share) open = undefined
    })
    return share
  }

  return async <Row>(query: CompiledQuery) => {
    if (open === undefined || open.count === SHARED_MAX) open = begin()
    const share = open
    share.count += 1
    share.waiting += 1
    try {
      const connection = await share.connection
      return await connection.executeQuery<Row>(query)
    } finally {
      share.waiting -= 1
      if (share.waiting === 0) share.end()
    }
  }
}

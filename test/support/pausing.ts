import type { CompiledQuery, QueryId } from 'kysely'
import type { Database, Reader } from '../../src/database/database.ts'
import { Parameter } from '../../src/database/parameter.ts'

/**
 * The same database, where the first statement that `isPoint` knows by its SQL is held still with its answer, inside its
 * transaction if it has one. `reached` resolves then, and `resume` lets it go on.
 */
export function pausingAt(
  db: Database,
  isPoint: (sql: string) => boolean,
): { db: Database; reached: Promise<void>; resume: () => void } {
  const reached = Promise.withResolvers<void>()
  const resumed = Promise.withResolvers<void>()
  let held: QueryId | undefined
  const pausing = <Connection extends Reader>(connection: Connection): Connection => {
    const watched = connection.withPlugin({
      transformQuery({ node, queryId }) {
        if (held !== undefined) return node
        const query: CompiledQuery = connection.getExecutor().compileQuery(node, queryId)
        const isKept = query.parameters.some((parameter) => parameter instanceof Parameter)
        if (!isKept && isPoint(query.sql)) held = queryId
        return node
      },
      async transformResult({ result, queryId }) {
        if (queryId !== held) return result
        reached.resolve()
        await resumed.promise
        return result
      },
    }) as Connection
    // Statements that are kept go this way, and are compiled already.
    const execute = watched.executeQuery.bind(watched)
    const executeQuery: typeof execute = async (asked, ...rest) => {
      const query = 'compile' in asked ? asked.compile() : asked
      const isHeld = held === undefined && isPoint(query.sql)
      if (isHeld) held = query.queryId
      const result = await execute(query, ...rest)
      if (!isHeld) return result
      reached.resolve()
      await resumed.promise
      return result
    }
    return Object.assign(watched, { executeQuery })
  }
  const paused = new Proxy(db, {
    get(target, name) {
      if (name === 'read') return pausing(target.read)
      if (name === 'transaction') {
        return (work: Parameters<Database['transaction']>[0]) => target.transaction((tx) => work(pausing(tx)))
      }
      const member = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { db: paused, reached: reached.promise, resume: resumed.resolve }
}

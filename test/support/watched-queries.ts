import type { CompiledQuery } from 'kysely'
import type { Tx } from '../../src/database/database.ts'
import { Parameter } from '../../src/database/parameter.ts'
import type { BatchedQuery } from '../../src/database/statement.ts'

/** The same transaction, telling of every statement before it runs: those that are built anew and those that are kept. */
export function watchQueries(tx: Tx, onQuery: (query: CompiledQuery) => void): Tx {
  const built = tx.withPlugin({
    transformQuery({ node, queryId }) {
      const query = tx.getExecutor().compileQuery(node, queryId)
      // One with gaps is being built to be kept: it is told of below, when it runs.
      if (!query.parameters.some((parameter) => parameter instanceof Parameter)) onQuery(query)
      return node
    },
    transformResult: async ({ result }) => result,
  })
  return new Proxy(built, {
    get(target, name) {
      const member = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'executeQuery') return member.bind(target)
      return (query: BatchedQuery) => {
        onQuery({ ...query, parameters: query.parametersOfEach?.[0] ?? query.parameters })
        return tx.executeQuery(query)
      }
    },
  })
}

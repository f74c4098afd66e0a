import type { ColumnTypes } from '../migrate.ts'

/**
 * The ids of transactions as events keep them become functions of the database, so that they can go on rising in a
 * cluster that begins to count anew (`postgres-transaction-ids.ts`). They are inlined, and cost nothing.
 */
export function statements({ engine }: ColumnTypes): string[] {
  return engine === 'postgres' ? transactionIdFunctions(0) : []
}

/** `offset`: what is added to the ids of the cluster. */
export function transactionIdFunctions(offset: number): string[] {
  return [
    `create or replace function tripline_transaction_id() returns bigint language sql stable as
      'select pg_current_xact_id()::text::bigint + ${offset}::bigint'`,
    `create or replace function tripline_feed_horizon() returns bigint language sql stable as
      'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + ${offset}::bigint'`,
  ]
}

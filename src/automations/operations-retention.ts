import type { Tx } from '../database/database.ts'
import { purgeDeliveries } from '../deliveries/operations-retention.ts'
import { deleteExecutions, listExecutionIds } from './store-executions.ts'

/** Delete the executions of these events and what they led to, in the transaction that deletes the events. */
export async function purgeExecutions(tx: Tx, eventIds: readonly number[]): Promise<void> {
  const ids = await listExecutionIds(tx, eventIds)
  await purgeDeliveries(tx, ids)
  await deleteExecutions(tx, ids)
}

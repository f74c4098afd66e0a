import type { Tx } from '../database/database.ts'
import { purgeDeliveries } from '../deliveries/operations-retention.ts'
import { deleteExecutions } from './store-executions.ts'

/** Delete the executions of these events and what they led to, in the transaction that deletes the events. */
export async function purgeExecutions(tx: Tx, eventIds: readonly number[]): Promise<void> {
  await purgeDeliveries(tx, eventIds)
  await deleteExecutions(tx, eventIds)
}

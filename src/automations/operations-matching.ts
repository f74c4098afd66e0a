import type { Tx } from '../database/database.ts'
import { enqueueDeliveries } from '../deliveries/operations.ts'
import type { Event } from '../events/event.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { type Filter, matchesEvent } from './filter.ts'
import { storedFilter } from './filter-cache.ts'
import { candidateKeys, matchAll } from './matching.ts'
import { type CandidateRow, findCandidates, insertExecutions } from './store.ts'

/**
 * Match events that `tx` has just recorded: an execution for each automation each of them fires, and a delivery for
 * each action of those. Part of the transaction of the change, so that all of it commits or none.
 *
 * Returns how many deliveries are waiting: once `tx` has committed and there are any, call `world.wakeWorkers()`.
 */
export async function matchEvents(world: World, tx: Tx, events: readonly Event[]): Promise<{ deliveries: number }> {
  if (events.length === 0) return { deliveries: 0 }
  const candidates = await findCandidates(tx, candidateKeys(events))
  if (candidates.length === 0) return { deliveries: 0 }
  const readable = candidates.map((row) => ({ ...row, parsed: storedFilter(world, row.filter) }))
  // A filter that cannot be read must not fail the change of whoever made it: the execution says why nothing happened.
  const matches = matchAll(
    events,
    readable,
    ({ parsed }, event, subject) => parsed === null || matchesEvent(parsed, event.snapshot, subject),
  )
  if (matches.length === 0) return { deliveries: 0 }

  const now = world.now()
  const executions = matches.map((match) => {
    const reason = skipReason(match.candidate)
    return {
      ...match,
      row: {
        public_id: newPublicId('ex'),
        automation_id: match.candidate.automationId,
        revision_id: match.candidate.revisionId,
        event_id: match.event.id,
        subject: match.subjectIndex,
        state: reason === null ? ('matched' as const) : ('skipped' as const),
        reason,
        created_at: now,
      },
    }
  })
  const ids = await insertExecutions(
    tx,
    world.db.engine,
    executions.map((execution) => execution.row),
  )

  const drafts = executions.flatMap(({ candidate, row }) =>
    row.state === 'skipped' || candidate.webhookId === null
      ? []
      : [
          {
            entityId: candidate.entityId,
            executionId: ids.get(row.public_id) as number,
            revisionId: candidate.revisionId,
            webhookId: candidate.webhookId,
          },
        ],
  )
  await enqueueDeliveries(world, tx, drafts)
  return { deliveries: drafts.length }
}

/** Why an automation that is due does nothing; `null` when it acts. */
function skipReason(candidate: CandidateRow & { parsed: Filter | null }): string | null {
  if (candidate.parsed === null) return 'filter_unreadable'
  if (candidate.webhookDeletedAt !== null) return 'webhook_deleted'
  return candidate.webhookOwnerLeft === 1 ? 'webhook_owner_left' : null
}

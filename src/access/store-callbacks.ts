import { statement } from '../database/statement.ts'
import { isRegistryWithRights, rankInRegistry } from './store-registries.ts'

/** Whose a delivery is, and how many automations led to its event. */
export const findCause = statement((db, input: { publicId: string }) =>
  db
    .selectFrom('deliveries as d')
    .innerJoin('executions as x', 'x.id', 'd.execution_id')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .select(['d.entity_id', 'e.depth'])
    .where('d.public_id', '=', input.publicId),
)

/**
 * The user who saved what a delivery was matched by, with rows as `findKeyOwner` has them. Of deleted users and
 * deleted automations there is none.
 */
export const findCallbackOwner = statement((db, input: { deliveryId: number }) =>
  db
    .selectFrom('deliveries as d')
    .innerJoin('executions as x', 'x.id', 'd.execution_id')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .innerJoin('users as u', 'u.id', 'r.created_by')
    .leftJoin('members as m', 'm.user_id', 'u.id')
    .leftJoin('projects as registry', (join) => join.on(isRegistryWithRights('m.entity_id')))
    .select(['d.public_id as delivery', 'e.depth', 'a.entity_id as automation_entity_id'])
    .select(['u.id', 'u.username', 'u.kind', 'u.is_admin', 'u.entity_id', 'u.default_entity_id'])
    .select(['m.entity_id as member_of', 'm.role'])
    .select(['registry.id as registry_id', 'registry.access as registry_access'])
    .select(rankInRegistry('u.id').as('registry_rank'))
    .where('d.id', '=', input.deliveryId)
    .where('a.deleted_at', 'is', null)
    .where('u.deleted_at', 'is', null),
)

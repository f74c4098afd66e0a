import { type RawBuilder, type SqlBool, sql } from 'kysely'

/**
 * What a statement that finds a user's memberships adds to find, for an organization, its registries (joined as
 * `registry`) where the role in the organization does not say all: restricted ones, and those with members.
 *
 * Written out in each statement: the embedded engine would make a view of it anew, of all registries, for every request.
 */
export function isRegistryWithRights(memberEntityId: string): RawBuilder<SqlBool> {
  return sql`registry.entity_id = ${sql.ref(memberEntityId)} and registry.is_registry = 1 and (
    registry.access = 'RESTRICTED'
    or exists (select 1 from registry_members where registry_members.project_id = registry.id)
  )`
}

/** Of the user's own and its teams' memberships of that registry the highest: 3 admin, 2 member, 1 viewer; or null. */
export function rankInRegistry(userId: string): RawBuilder<number | null> {
  return sql`(
    select max(case own.role when 'admin' then 3 when 'member' then 2 else 1 end)
    from registry_members as own
    where own.project_id = registry.id and (
      own.user_id = ${sql.ref(userId)}
      or own.team_id in (select team.entity_id from members as team where team.user_id = ${sql.ref(userId)})
    )
  )`
}

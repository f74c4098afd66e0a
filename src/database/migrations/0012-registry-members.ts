import type { ColumnTypes } from '../migrate.ts'

/** Who may do what in a registry beyond their role in the organization, and who may see a restricted one. */
export function statements({ id, text }: ColumnTypes): string[] {
  return [
    `create table registry_members (
      id ${id},
      project_id bigint not null references projects (id),
      user_id bigint references users (id),
      team_id bigint references entities (id),
      role ${text} not null check (role in ('admin', 'member', 'viewer')),
      created_at bigint not null,
      constraint registry_members_are_users_or_teams check ((user_id is null) <> (team_id is null))
    )`,
    'create unique index registry_members_by_user on registry_members (project_id, user_id) where user_id is not null',
    'create unique index registry_members_by_team on registry_members (project_id, team_id) where team_id is not null',
    'create index registries_by_entity on projects (entity_id) where is_registry = 1',
    // One row for each registry of a user's organizations where the role in the organization does not say all: it is
    // restricted, or the user, or a team of the user, is a member. `role_rank` is that of the highest membership.
    `create view registry_rights as
      select m.user_id, p.id as project_id, p.entity_id, p.access, (${roleRank}) as role_rank
      from members m
      join projects p on p.entity_id = m.entity_id and p.is_registry = 1
      where p.access = 'RESTRICTED' or (${roleRank}) is not null`,
  ]
}

const roleRank = `select max(case r.role when 'admin' then 3 when 'member' then 2 else 1 end)
  from registry_members r
  where r.project_id = p.id
    and (r.user_id = m.user_id or r.team_id in (select t.entity_id from members t where t.user_id = m.user_id))`

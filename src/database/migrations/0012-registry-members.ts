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
    // Whether a registry has members at all: asked at every request of a member of the organization.
    'create index registry_members_by_project on registry_members (project_id)',
    'create unique index registry_members_by_user on registry_members (project_id, user_id) where user_id is not null',
    'create unique index registry_members_by_team on registry_members (project_id, team_id) where team_id is not null',
    // The same for its registries.
    'create index registries_by_entity on projects (entity_id) where is_registry = 1',
  ]
}

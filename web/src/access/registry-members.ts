import { api, type Schemas } from '../api/client'

export type Registry = { entity: string; project: string; headers: Record<string, string> | undefined }

export type RegistryMember = Schemas['RegistryMember']

export const MEMBERS_PATH = '/api/v1/projects/{entity}/{project}/members'

/** Makes a user or team a member, or gives it another role; what the server refused, if it did. */
export async function putRegistryMember(
  { entity, project, headers }: Registry,
  { kind, name, role }: RegistryMember,
): Promise<unknown> {
  const path = { entity, project }
  const { error } =
    kind === 'user'
      ? await api.PUT('/api/v1/projects/{entity}/{project}/members/users/{username}', {
          params: { path: { ...path, username: name } },
          body: { role },
          headers,
        })
      : await api.PUT('/api/v1/projects/{entity}/{project}/members/teams/{team}', {
          params: { path: { ...path, team: name } },
          body: { role },
          headers,
        })
  return error
}

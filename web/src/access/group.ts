import { api, type Schemas } from '../api/client'
import type { Role } from './role-select'

/** What has members: a team or an organization, which have paths of their own in the API. */
export type Group = { kind: 'team' | 'organization'; name: string; headers: Record<string, string> | undefined }

export type Member = Schemas['Member']

/** The key of what is read of members, to be read anew after a change. */
export const membersKey = ({ kind, name }: Group) => ['members', kind, name]

export async function readMembers({ kind, name, headers }: Group, cursor: string | null) {
  const params = { path: { name }, query: { limit: 100, ...(cursor === null ? {} : { cursor }) } }
  const { data, error } =
    kind === 'team'
      ? await api.GET('/api/v1/teams/{name}/members', { params, headers })
      : await api.GET('/api/v1/organizations/{name}/members', { params, headers })
  if (data === undefined) throw error
  return data
}

export async function putMember({ kind, name, headers }: Group, username: string, role: Role): Promise<unknown> {
  const init = { params: { path: { name, username } }, body: { role }, headers }
  const { error } =
    kind === 'team'
      ? await api.PUT('/api/v1/teams/{name}/members/{username}', init)
      : await api.PUT('/api/v1/organizations/{name}/members/{username}', init)
  return error
}

export async function removeMember({ kind, name, headers }: Group, username: string): Promise<unknown> {
  const init = { params: { path: { name, username } }, headers }
  const { error } =
    kind === 'team'
      ? await api.DELETE('/api/v1/teams/{name}/members/{username}', init)
      : await api.DELETE('/api/v1/organizations/{name}/members/{username}', init)
  return error
}

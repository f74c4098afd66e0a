import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { RestAnswer, TestServer } from './server.ts'

/** One field of every item of a list. */
export const column = (answer: RestAnswer, field: string): string[] =>
  answer.body.items.map((item: Record<string, string>) => item[field])

/** Any key the client takes. */
export const someKey = () => randomBytes(20).toString('hex')

let names = 100
/** Of one prefix, in the order in which they were made, also by name. */
export const newName = (prefix: string) => `${prefix}-${++names}`

export const as = (key: string | null, headers: Record<string, string> = {}) => ({ key, headers })

export const everywhere = { headers: { 'use-admin-privileges': 'true' } }

export const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) })

/** What makes people and groups through the REST API of a server, which may be started after this is called. */
export function peopleOf(serverNow: () => TestServer) {
  async function givenUser(input: Record<string, unknown> = {}): Promise<{ username: string; key: string }> {
    const user = { username: newName('user'), key: someKey() }
    const { status, text } = await serverNow().rest('POST', '/users', {
      username: user.username,
      apiKey: user.key,
      ...input,
    })
    expect(status, text).toBe(201)
    return user
  }

  async function givenOrganization(): Promise<string> {
    const name = newName('org')
    expect((await serverNow().rest('POST', '/organizations', { name })).status).toBe(201)
    return name
  }

  async function givenTeam(input: Record<string, unknown> = {}): Promise<string> {
    const name = newName('team')
    expect((await serverNow().rest('POST', '/teams', { name, ...input })).status).toBe(201)
    return name
  }

  async function givenMember(team: string, role: string): Promise<{ username: string; key: string }> {
    const user = await givenUser()
    expect((await serverNow().rest('PUT', `/teams/${team}/members/${user.username}`, { role })).status).toBe(200)
    return user
  }

  async function givenServiceAccount(team: string, role = 'member'): Promise<{ username: string; key: string }> {
    const username = newName('bot')
    const { status, body } = await serverNow().rest('POST', `/teams/${team}/service-accounts`, { username, role })
    expect(status).toBe(201)
    return { username, key: body.key }
  }

  async function memberNames(path: string): Promise<string[]> {
    const { body } = await serverNow().rest('GET', `${path}/members?limit=1000`, undefined, everywhere)
    return body.items.map((member: { username: string; role: string }) => `${member.username}:${member.role}`)
  }

  async function auditOf(path: string): Promise<{ action: string; subject: string; details: object; actor: string }[]> {
    const { status, body } = await serverNow().rest('GET', `${path}?limit=1000`, undefined, everywhere)
    expect(status).toBe(200)
    return body.items
  }

  return { givenUser, givenOrganization, givenTeam, givenMember, givenServiceAccount, memberNames, auditOf }
}

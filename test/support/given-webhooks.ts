import { expect } from 'vitest'
import { unique } from './given-automations.ts'
import type { RestAnswer, TestServer } from './server.ts'

export type Json = RestAnswer['body']

/** Nobody listens there. */
export const NOWHERE = 'http://127.0.0.1:9/'

export const pathOf = (team: string, id = '') => `/entities/${team}/webhooks${id === '' ? '' : `/${id}`}`

/** What makes webhooks through the REST API of a server, which may be started after this is called. */
export function webhooksOf(serverNow: () => TestServer) {
  const create = (team: string, settings: Json) =>
    serverNow().rest('POST', pathOf(team), { name: unique('hook'), url: NOWHERE, ...settings })

  async function idOf(team: string, settings: Json = {}): Promise<string> {
    const { status, text, body } = await create(team, settings)
    expect(status, text).toBe(201)
    return body.id
  }

  return { create, idOf }
}

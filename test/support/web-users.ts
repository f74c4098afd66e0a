import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { createBrowser, type TestBrowser } from './browser.ts'
import type { RestAnswer, TestServer } from './server.ts'

export type WebUser = { username: string; key: string }

/** Some password that is taken. */
export const PASSWORD = 'correct horse battery'

let made = 0

/** A user with an API key and, unless `input` has one, no password: to hash one takes a while. */
export async function givenWebUser(server: TestServer, input: Record<string, unknown> = {}): Promise<WebUser> {
  const user = { username: `web-user-${++made}`, key: randomBytes(20).toString('hex') }
  const body = { username: user.username, apiKey: user.key, ...input }
  const { status, text } = await server.rest('POST', '/users', body)
  expect(status, text).toBe(201)
  return user
}

/** Signed in by the user's key. */
export async function givenSignedIn(server: TestServer, user?: WebUser): Promise<TestBrowser & WebUser> {
  const { username, key } = user ?? (await givenWebUser(server))
  const browser = createBrowser(server.url)
  expect(await browser.signIn({ apiKey: key })).toMatchObject({ status: 201 })
  return Object.assign(browser, { username, key })
}

/** Moves the server's clock for as long as `work` takes. */
export async function later<Result>(server: TestServer, ms: number, work: () => Promise<Result>): Promise<Result> {
  const { now } = server.world
  server.world.now = () => now() + ms
  try {
    return await work()
  } finally {
    server.world.now = now
  }
}

export type AuditEntry = { action: string; via: string; actor: string | null; subject: string; details: object }

/** What the server's audit has about this subject, newest first. */
export async function auditOf(server: TestServer, subject: string): Promise<AuditEntry[]> {
  const { body }: RestAnswer = await server.rest('GET', '/audit?limit=1000')
  return body.items.filter((entry: AuditEntry) => entry.subject === subject)
}

export const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) })

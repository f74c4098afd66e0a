/** Versions whose time to live has run out are deleted, as by hand; those that something points to are not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expireVersions } from '../src/artifacts/operations.ts'
import type { World } from '../src/world.ts'
import {
  collectionPath,
  givenProject,
  givenVersion,
  inShort,
  log,
  type ProjectName,
  type SeenEvent,
  watchEvents,
} from './support/given-artifacts.ts'
import { givenOrganization, givenTeam, unique } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const HOUR = 3_600

forEachEngine((engine) => {
  let server: TestServer
  let organization: string
  let team: string
  let project: ProjectName
  let events: () => Promise<SeenEvent[]>
  beforeAll(async () => {
    server = await startTestServer(engine)
    organization = await givenOrganization(server)
  })
  afterAll(async () => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    team = await givenTeam(server, organization)
    project = await givenProject(server, team)
    events = watchEvents(server)
    await events()
  })

  const at = (collection: string) => collectionPath(project, collection)
  async function call(method: string, path: string, body?: unknown) {
    const answer = await server.rest(method, path, body)
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.body
  }
  /** The same server so many seconds later. */
  const later = (seconds: number): World => ({ ...server.world, now: () => Date.now() + seconds * 1_000 })
  async function expire(seconds: number): Promise<void> {
    while (await expireVersions(later(seconds))) {}
  }
  const versions = async (collection: string): Promise<string[]> =>
    (await call('GET', `${at(collection)}/versions`)).items.map(({ version }: { version: string }) => version)
  const expiries = async () =>
    (await call('GET', `/entities/${team}/audit`)).items.filter(
      ({ action }: { action: string }) => action === 'version.expired',
    )

  describe('a version with a time to live of its own', () => {
    test('is gone when that has run out, with the events of a deletion, and its number is not given again', async () => {
      await givenVersion(server, project, 'churn', { timeToLive: 'never' })
      const made = await givenVersion(server, project, 'churn', { timeToLive: HOUR, tags: ['old'] })
      expect(made).toMatchObject({ version: 'v1', timeToLive: HOUR })
      const [created] = (await call('GET', `${at('churn')}/versions`)).items
      expect(Date.parse(created.expiresAt) - Date.parse(created.addedAt)).toBeGreaterThan((HOUR - 5) * 1_000)
      await events()

      await expire(HOUR - 5)
      expect(await versions('churn')).toEqual(['v1', 'v0'])
      await expire(HOUR + 5)
      expect(await versions('churn')).toEqual(['v0'])
      const told = await events()
      expect(told.map(inShort)).toEqual([
        'REMOVE_ARTIFACT_ALIAS churn:v1 latest',
        'UNLINK_ARTIFACT churn:v1',
        'DELETE_ARTIFACT churn:v1',
      ])
      expect(told.map(({ snapshot }) => snapshot.actor)).toContainEqual(
        expect.objectContaining({ username: null, kind: 'system', via: 'system' }),
      )
      expect(await expiries()).toEqual([
        expect.objectContaining({
          actor: null,
          subject: `${team}/${project.project}/churn:v1`,
          details: { ttlSeconds: HOUR, createdAt: expect.any(String) },
        }),
      ])
      expect((await server.rest('GET', `${at('churn')}/versions/v1`)).status).toBe(404)
      expect(await givenVersion(server, project, 'churn')).toMatchObject({ version: 'v2' })
    })

    test('can be given another, and none', async () => {
      await givenVersion(server, project, 'churn', { timeToLive: HOUR })
      await givenVersion(server, project, 'churn', { timeToLive: HOUR })
      await call('PATCH', `${at('churn')}/versions/v0`, { timeToLive: 10 * HOUR })
      expect(await call('PATCH', `${at('churn')}/versions/v1`, { timeToLive: 'never' })).toMatchObject({
        timeToLive: 'never',
        expiresAt: null,
      })
      await expire(2 * HOUR)
      expect(await versions('churn')).toEqual(['v1', 'v0'])
      await expire(11 * HOUR)
      expect(await versions('churn')).toEqual(['v1'])
    })

    test('takes its links in plain projects along', async () => {
      await givenVersion(server, project, 'churn', { timeToLive: HOUR })
      const source = { entity: team, project: project.project, collection: 'churn', version: 'v0' }
      await call('POST', `${at('linked')}/links`, { source })
      await events()
      await expire(HOUR + 5)
      expect((await events()).map(inShort)).toEqual([
        'REMOVE_ARTIFACT_ALIAS churn:v0 latest',
        'UNLINK_ARTIFACT churn:v0',
        'REMOVE_ARTIFACT_ALIAS linked:v0 latest',
        'UNLINK_ARTIFACT linked:v0',
        'DELETE_ARTIFACT churn:v0',
      ])
    })
  })

  describe('what protects a version', () => {
    test('an alias other than latest, here or where it is linked, for as long as it has it', async () => {
      await givenVersion(server, project, 'churn', { timeToLive: HOUR, aliases: ['production'] })
      await givenVersion(server, project, 'churn', { timeToLive: HOUR })
      await givenVersion(server, project, 'churn', { timeToLive: HOUR })
      const source = { entity: team, project: project.project, collection: 'churn', version: 'v1' }
      await call('POST', `${at('linked')}/links`, { source, aliases: ['stable'] })
      await expire(2 * HOUR)
      expect(await versions('churn')).toEqual(['v1', 'v0'])
      await call('DELETE', `${at('churn')}/aliases/production`)
      await call('DELETE', `${at('linked')}/aliases/stable`)
      await expire(2 * HOUR)
      expect(await versions('churn')).toEqual([])
    })

    test('a link into a registry', async () => {
      const registry = unique('registry')
      await call('POST', `/projects/${organization}`, { name: registry, registry: true })
      await givenVersion(server, project, 'churn', { timeToLive: HOUR })
      const source = { entity: team, project: project.project, collection: 'churn', version: 'v0' }
      const links = `/projects/${organization}/wandb-registry-${registry}/collections/churn/links`
      await call('POST', links, { source })
      await expire(2 * HOUR)
      expect(await versions('churn')).toEqual(['v0'])
      await call('DELETE', `${links}/v0`)
      await expire(2 * HOUR)
      expect(await versions('churn')).toEqual([])
    })

    test('that it is code or a table which the client logs by itself', async () => {
      await givenVersion(server, project, 'source', { type: 'code', timeToLive: HOUR })
      await givenVersion(server, project, 'table', { type: 'run_table' })
      await call('PUT', `/entities/${team}/time-to-live`, { timeToLive: HOUR })
      await expire(2 * HOUR)
      expect([await versions('source'), await versions('table')]).toEqual([['v0'], ['v0']])
    })
  })

  describe('a version that inherits', () => {
    test('lives as long as its collection says, else its team, else its organization', async () => {
      for (const collection of ['own', 'churn', 'other']) await givenVersion(server, project, collection)
      await call('PATCH', `${at('own')}`, { timeToLive: 'never' })
      await call('PATCH', `${at('churn')}`, { timeToLive: HOUR })
      expect((await call('GET', `${at('churn')}/versions`)).items).toMatchObject([
        { timeToLive: 'inherit', expiresAt: expect.stringMatching(/^\d{4}-/) },
      ])
      await call('PUT', `/entities/${team}/time-to-live`, { timeToLive: 3 * HOUR })
      await expire(2 * HOUR)
      expect([await versions('own'), await versions('churn'), await versions('other')]).toEqual([['v0'], [], ['v0']])
      await expire(4 * HOUR)
      expect([await versions('own'), await versions('other')]).toEqual([['v0'], []])

      // Of the organization, where the team says nothing.
      await call('PUT', `/entities/${organization}/time-to-live`, { timeToLive: HOUR })
      await givenVersion(server, project, 'other')
      await expire(2 * HOUR)
      expect(await versions('other')).toEqual(['v1'])
      await call('PUT', `/entities/${team}/time-to-live`, { timeToLive: 'inherit' })
      await expire(2 * HOUR)
      expect(await versions('other')).toEqual([])
      expect(await versions('own')).toEqual(['v0'])
      await call('PUT', `/entities/${organization}/time-to-live`, { timeToLive: 'inherit' })
      const audit = (await call('GET', `/entities/${team}/audit`)).items
      expect(audit.filter(({ action }: { action: string }) => action === 'time_to_live.changed')).toMatchObject([
        { subject: team, details: { before: 3 * HOUR, after: null } },
        { subject: team, details: { before: null, after: 3 * HOUR } },
        { subject: `${team}/${project.project}/churn`, details: { before: null, after: HOUR } },
        { subject: `${team}/${project.project}/own`, details: { before: null, after: -2 } },
      ])
    })
  })

  test('several processes delete each version once, in batches', { timeout: 60_000 }, async () => {
    const collections = Array.from({ length: 6 }, (_, index) => `many-${index}`)
    await Promise.all(
      collections.map(async (collection) => {
        for (let count = 0; count < 20; count++) await log(server, project, collection, { timeToLive: HOUR })
      }),
    )
    await events()
    await Promise.all(Array.from({ length: 4 }, () => expire(2 * HOUR)))
    await expire(2 * HOUR)
    const told = (await events()).map(inShort).filter((line) => line.startsWith('DELETE_ARTIFACT'))
    expect([told.length, new Set(told).size]).toEqual([120, 120])
    expect((await call('GET', `/entities/${team}/audit?limit=100`)).items).toHaveLength(100)
  })

  test('what is no time to live is refused', async () => {
    await givenVersion(server, project, 'churn')
    const wrong = [0, -1, 1.5, 'forever', 10 ** 12, null]
    for (const timeToLive of wrong) {
      for (const path of [`${at('churn')}/versions/v0`, at('churn')]) {
        expect(await server.rest('PATCH', path, { timeToLive })).toMatchObject({ status: 400 })
      }
      expect(await server.rest('PUT', `/entities/${team}/time-to-live`, { timeToLive })).toMatchObject({ status: 400 })
    }
    await call('POST', `${at('linked')}/links`, {
      source: { entity: team, project: project.project, collection: 'churn', version: 'v0' },
    })
    const portfolio = await server.rest('PATCH', at('linked'), { timeToLive: HOUR })
    expect(portfolio).toMatchObject({ status: 400, body: { detail: expect.stringContaining('holds links only') } })
  })
})

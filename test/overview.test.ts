/** The first screen: how everything does that somebody belongs to, in one answer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenProject, givenVersion } from './support/given-artifacts.ts'
import { givenTeam, givenUser } from './support/given-automations.ts'
import { fire, givenPipeline, inState, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test('the overview counts what is in trouble, of each entity that one belongs to, and no other', async () => {
    await using receiver = await startReceiver(204, 400, 400, 204)
    const [team, quiet, foreign] = [await givenTeam(server), await givenTeam(server), await givenTeam(server)]
    const person = await givenUser(server)
    for (const [each, role] of [
      [team, 'viewer'],
      [quiet, 'admin'],
    ] as const)
      await succeeds(server, 'PUT', `/teams/${each}/members/${person.username}`, { role })

    const well = await givenPipeline(server, receiver.url, { team })
    const failing = await givenPipeline(server, receiver.url, { team })
    await givenPipeline(server, receiver.url, { team, webhook: { paused: true } })
    const elsewhere = await givenPipeline(server, receiver.url, { team: foreign })
    await inState(server, await fire(server, well, 'one'), 'succeeded')
    const failed = await fire(server, failing, 'two')
    await inState(server, failed, 'failed')
    await inState(server, await fire(server, elsewhere, 'three'), 'failed')
    await givenVersion(server, await givenProject(server, quiet), 'churn')

    const overview = await succeeds(server, 'GET', '/overview', undefined, person.key)
    const none = { failing: 0, held: 0, never_fired: 0, healthy: 0 }
    const rest = {
      displayName: null,
      webhooks: { paused: 0, out: 0 },
      deadLetters: 0,
      hasVersions: false,
      automations: none,
    }
    const expected = [
      {
        ...rest,
        name: team,
        kind: 'team',
        role: 'viewer',
        automations: { failing: 1, held: 1, never_fired: 0, healthy: 1 },
        webhooks: { paused: 1, out: 0 },
        deadLetters: 1,
      },
      { ...rest, name: quiet, kind: 'team', role: 'admin', hasVersions: true },
      { ...rest, name: person.username, kind: 'user', role: 'admin' },
    ]
    expect(overview.entities).toEqual(expected.sort((one, other) => (one.name < other.name ? -1 : 1)))
    expect(overview.executions.map(({ event }: RestAnswer['body']) => event.alias)).toEqual(['two', 'one'])

    // A replay takes the dead letter's place.
    await succeeds(server, 'POST', `/deliveries/${failed}/replay`, {})
    await expect
      .poll(async () => {
        const { entities } = await succeeds(server, 'GET', '/overview', undefined, person.key)
        return entities.find(({ name }: RestAnswer['body']) => name === team).automations.failing
      })
      .toBe(0)
  })
})

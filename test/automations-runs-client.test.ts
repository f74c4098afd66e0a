/** The unmodified client makes automations on runs, and a run of it fires them, in each version the tests drive. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WANDB_VERSIONS } from '../scripts/provision.ts'
import { givenMember, givenOrganization, givenTeam, unique } from './support/given-automations.ts'
import { runPython } from './support/python.ts'
import { startReceiver } from './support/receiver.ts'
import { type EngineName, forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const SCRIPT_TIMEOUT_MS = 100_000

for (const version of WANDB_VERSIONS) {
  describeWithTool(`wandb-${version}`, `the client ${version}`, () => {
    const isNewest = version === WANDB_VERSIONS[0]
    const onEngines = isNewest ? forEachEngine : (body: (engine: EngineName) => void) => body('sqlite')
    onEngines((engine) => {
      let server: TestServer
      beforeAll(async () => {
        server = await startTestServer(engine)
      })
      afterAll(async () => server[Symbol.asyncDispose]())

      test('a run that logs fires each automation it meets, once', {
        timeout: SCRIPT_TIMEOUT_MS + 10_000,
      }, async () => {
        await using receiver = await startReceiver()
        await using slack = await startReceiver({ status: 200, body: 'ok' })
        const team = await givenTeam(server, await givenOrganization(server))
        const user = await givenMember(server, team, 'admin')
        const project = unique('trials')
        expect((await server.rest('POST', `/projects/${team}`, { name: project })).status).toBe(201)
        const hook = { name: 'hook', url: receiver.url }
        expect((await server.rest('POST', `/entities/${team}/webhooks`, hook)).status).toBe(201)
        const integration = {
          name: 'slack',
          url: slack.url,
          target: 'slack',
          slack: { workspace: 'Acme', channel: '#ml-alerts' },
        }
        expect((await server.rest('POST', `/entities/${team}/webhooks`, integration)).status).toBe(201)

        const run = await runPython(join(import.meta.dirname, 'clients/automations_runs.py'), {
          version,
          env: {
            WANDB_BASE_URL: server.url,
            WANDB_API_KEY: user.key,
            WANDB_SILENT: 'true',
            PYTHONDONTWRITEBYTECODE: '1',
            TEAM: team,
            PROJECT: project,
          },
          timeoutMs: SCRIPT_TIMEOUT_MS,
        })
        expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0)
        const made = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as string[]
        const expected = made.filter((name) => name !== 'other runs' && name !== 'slack').sort()
        await receiver.waitFor(expected.length)
        const bodies = receiver.received.map(({ body }) => JSON.parse(body))
        expect(bodies.map(({ name }) => name).sort()).toEqual(expected)
        for (const body of bodies) expect(body).toMatchObject({ run: 'watched closely' })
        const said = Object.fromEntries(bodies.map(({ name, state, condition }) => [name, { state, condition }]))
        expect(said).toMatchObject({
          average: { condition: 'average of the last 5 of loss > 3' },
          increase: { condition: 'average of the last 2 of loss increases by at least 5 from the 2 before' },
          relative: { condition: 'loss changes by at least 50 % from the value before' },
          'z-score': { condition: 'z-score of loss among the 5 values before >= 2' },
          started: { state: 'running' },
          ended: { state: 'finished' },
        })
        const [message] = await slack.waitFor(1)
        expect(JSON.parse(message!.body)).toMatchObject({
          channel: '#ml-alerts',
          text: ':rotating_light: watched closely ended\nSee for yourself',
        })
      })
    })
  })
}

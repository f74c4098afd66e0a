/** The unmodified client keeps automations, in each version the tests drive. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WANDB_VERSIONS } from '../scripts/provision.ts'
import {
  givenMember,
  givenOrganization,
  givenPlace,
  givenTeam,
  givenWebhook,
  unique,
} from './support/given-automations.ts'
import { runPython } from './support/python.ts'
import { type EngineName, forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const SCRIPT_TIMEOUT_MS = 100_000

for (const version of WANDB_VERSIONS) {
  describeWithTool(`wandb-${version}`, `the client ${version}`, () => {
    // Older clients are a smoke on one engine: what differs between them is not the database.
    const isNewest = version === WANDB_VERSIONS[0]
    const onEngines = isNewest ? forEachEngine : (body: (engine: EngineName) => void) => body('sqlite')
    onEngines((engine) => {
      let server: TestServer
      beforeAll(async () => {
        server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
      })
      afterAll(async () => server[Symbol.asyncDispose]())

      test('makes, reads, changes and deletes automations', { timeout: SCRIPT_TIMEOUT_MS + 10_000 }, async () => {
        const organization = await givenOrganization(server)
        const team = await givenTeam(server, organization)
        const user = await givenMember(server, team, 'admin')
        const member = `/organizations/${organization}/members/${user.username}`
        expect((await server.rest('PUT', member, { role: 'admin' })).status).toBe(200)
        const project = unique('project')
        expect((await server.rest('POST', `/projects/${team}`, { name: project })).status).toBe(201)
        const collections = `/projects/${team}/${project}/collections`
        const logged = await server.rest('POST', `${collections}/logged/versions`, { type: 'model' })
        expect(logged.status, logged.text).toBe(201)
        const source = { entity: team, project, collection: 'logged', version: 'v0' }
        expect((await server.rest('POST', `${collections}/linked/links`, { source })).status).toBe(200)
        await givenPlace(server, organization, { project: 'wandb-registry-models', kind: 'PORTFOLIO' })
        await givenWebhook(server, team)
        await givenWebhook(server, organization)
        const hidden = {
          name: 'hidden',
          event: 'DELETE_ARTIFACT',
          scope: { type: 'project', project },
          action: { type: 'nothing' },
        }
        expect((await server.rest('POST', `/entities/${team}/automations`, hidden)).status).toBe(201)

        const run = await runPython(join(import.meta.dirname, 'clients/automations.py'), {
          version,
          env: {
            WANDB_BASE_URL: server.url,
            WANDB_API_KEY: user.key,
            WANDB_SILENT: 'true',
            PYTHONDONTWRITEBYTECODE: '1',
            TEAM: team,
            ORG: organization,
            PROJECT: project,
          },
          timeoutMs: SCRIPT_TIMEOUT_MS,
        })
        expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0)
        expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')).toEqual({
          taken: expect.stringContaining('exists'),
          hidden: expect.stringContaining('exists'),
          deleted: expect.stringContaining('not found'),
          updated: expect.stringContaining('not found'),
        })
      })
    })
  })
}

/** What happens in a restricted registry shows in no list to those who may not see it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenVersion } from './support/given-artifacts.ts'
import { givenOrganization, givenTeam, givenUser, givenWebhook, unique } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { PATIENCE } from './support/patience.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

/** In the name of everything that is in the registry or fires there. */
const HIDDEN = 'undisclosed'

forEachEngine((engine) => {
  let server: TestServer
  let organization: string
  let team: string
  let webhook: string
  let member: string
  let colleague: string
  let project: string
  let registry: string
  beforeAll(async () => {
    server = await startTestServer(engine)
    organization = await givenOrganization(server)
    team = await givenTeam(server, organization)
    webhook = await givenWebhook(server, organization, { paused: true })
    registry = `wandb-registry-${HIDDEN}`
    const path = `/projects/${organization}/${registry}`
    await succeeds(server, 'POST', `/projects/${organization}`, { name: HIDDEN, registry: true, access: 'RESTRICTED' })
    const givenColleague = async () => {
      const user = await givenUser(server)
      await succeeds(server, 'PUT', `/organizations/${organization}/members/${user.username}`, { role: 'viewer' })
      await succeeds(server, 'PUT', `/teams/${team}/members/${user.username}`, { role: 'viewer' })
      return user
    }
    const [inside, outside] = [await givenColleague(), await givenColleague()]
    await succeeds(server, 'PUT', `${path}/members/users/${inside.username}`, { role: 'viewer' })
    member = inside.key
    colleague = outside.key

    await succeeds(server, 'POST', `/entities/${organization}/automations`, {
      name: `${HIDDEN} automation`,
      scope: { type: 'project', project: registry },
      event: 'LINK_ARTIFACT',
      action: { type: 'webhook', webhook },
    })
    project = unique('project')
    await succeeds(server, 'POST', `/projects/${team}`, { name: project })
    await givenVersion(server, { entity: team, project }, 'churn')
    const source = { entity: team, project, collection: 'churn', version: 'v0' }
    await succeeds(server, 'POST', `${path}/collections/${HIDDEN}-shelf/links`, { source })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const version = () => `/projects/${team}/${project}/collections/churn/versions/v0`
  const lists: Record<string, () => string> = {
    'the overview': () => '/overview',
    'the executions of the organization': () => `/entities/${organization}/executions`,
    'those with a delivery that waits': () => `/entities/${organization}/executions?delivery=pending`,
    'those in the registry': () => `/entities/${organization}/executions?place=${registry}`,
    'those in its collection': () =>
      `/entities/${organization}/executions?place=${organization}/${registry}/${HIDDEN}-shelf`,
    'the executions of the version': () => `${version()}/executions`,
    'the lineage of the version': () => `${version()}/lineage`,
    'what is found': () => `/search?q=${HIDDEN}`,
    'the automations of the organization': () => `/entities/${organization}/automations`,
    'the deliveries of the organization': () => `/entities/${organization}/deliveries`,
    'the events of the organization': () => `/entities/${organization}/events`,
    'the projects of the organization': () => `/projects/${organization}`,
  }

  describe('a restricted registry shows to its members alone in', () => {
    test.each(Object.entries(lists))('%s', async (_, path) => {
      const asks = async (key: string) => (await server.rest('GET', path(), undefined, { key })).text
      await expect.poll(() => asks(member), PATIENCE).toContain(HIDDEN)
      expect(await asks(colleague)).not.toContain(HIDDEN)
    })

    test('the numbers of the overview', async () => {
      const numbers = async (key: string) => {
        const { entities } = await succeeds(server, 'GET', '/overview', undefined, key)
        return entities.find(({ name }: { name: string }) => name === organization).automations.held
      }
      expect([await numbers(member), await numbers(colleague)]).toEqual([1, 0])
    })
  })
})

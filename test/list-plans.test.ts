/** However much there is, what a screen shows is read from indexes, a page of it, by a number of statements that is fixed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenOrganization, givenTeam } from './support/given-automations.ts'
import { fire, givenPipeline, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { fillLists, plansOf, wholeReads } from './support/list-plans.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

/** More than any of these makes: one that asks in a loop makes hundreds. */
const STATEMENTS_MAX = 20

forEachEngine((engine) => {
  let server: TestServer
  let pipeline: Pipeline
  beforeAll(async () => {
    server = await startTestServer(engine)
    const team = await givenTeam(server, await givenOrganization(server))
    pipeline = await givenPipeline(server, 'http://127.0.0.1:9/', { team, webhook: { paused: true } })
    await fire(server, pipeline, 'first')
    await fillLists(
      server,
      { automation: pipeline.automation, project: pipeline.place },
      { automations: 500, count: 10_000 },
    )
  }, 120_000)
  afterAll(async () => server[Symbol.asyncDispose]())

  const executions = (query = '') => `/entities/${pipeline.team}/executions${query}`
  const place = () => `${pipeline.team}/${pipeline.place.project}/${pipeline.place.collection}`
  const lists: [what: string, path: () => string, index?: string][] = [
    ['executions', executions, 'executions_by_automation'],
    ['those of a type', () => executions('?event=LINK_ARTIFACT')],
    ['skipped ones', () => executions('?state=skipped'), 'executions_skipped'],
    ['those that failed', () => executions('?delivery=failed'), 'deliveries_given_up'],
    ['those that wait', () => executions('?delivery=pending')],
    ['those that arrived', () => executions('?delivery=succeeded'), 'deliveries_by_execution'],
    ['those of an automation', () => executions(`?automation=${pipeline.automation}`), 'executions_by_automation'],
    ['those in a project', () => executions(`?place=${pipeline.place.project}`)],
    ['those in a collection', () => executions(`?place=${place()}`), 'executions_by_collection'],
    ['those of a window', () => executions('?createdAfter=1970-01-01T00:00:01Z&createdBefore=1970-01-01T00:00:02Z')],
    ['the overview', () => '/overview', 'executions_by_automation'],
    ['runs', () => `/projects/${pipeline.team}/${pipeline.place.project}/runs`, 'runs_by_age'],
    ['automations', () => `/entities/${pipeline.team}/automations`, 'executions_by_automation'],
    [
      'those that reach a project',
      () => `/entities/${pipeline.team}/automations?reaches=${pipeline.place.project}`,
      'executions_by_automation',
    ],
    ['failing automations', () => `/entities/${pipeline.team}/automations?health=failing`, 'executions_by_automation'],
    ['webhooks', () => `/entities/${pipeline.team}/webhooks`, 'deliveries_by_webhook'],
  ]

  describe('with 500 automations and 10,000 of each thing', () => {
    test.each(lists)('%s', async (_, path, index) => {
      const plans = await plansOf(server, () => succeeds(server, 'GET', path()))
      expect(wholeReads(server, plans)).toEqual([])
      if (index !== undefined) expect(plans.flatMap(({ plan }) => plan).join('\n')).toContain(index)
      expect(plans.length).toBeLessThan(STATEMENTS_MAX)
    })

    test('what is found, which looks at every name, once for each kind of thing', async () => {
      const plans = await plansOf(server, () => succeeds(server, 'GET', '/search?q=copy'))
      expect(plans.length).toBeLessThan(STATEMENTS_MAX)
    })
  })
})

/** Presets of payloads: each is a template the server takes, and comes to what its receiver asks for. */
import { describe, expect, test } from 'vitest'
import { parseTemplate, readableBody, renderTemplate, warningsForEventType } from '../src/automations/template.ts'
import { EVENT_TYPES, type EventType } from '../src/events/event.ts'
import { TARGETS } from '../src/webhooks/target.ts'
import { presetsOfTarget, type TargetPreset } from '../src/webhooks/target-presets.ts'
import { givenProject, givenVersion } from './support/given-artifacts.ts'
import { givenTeam } from './support/given-automations.ts'
import { givenSecrets, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { sampleContext, sampleEvent } from './support/sample-event.ts'
import { forEachEngine, startTestServer } from './support/server.ts'
import { PAYLOAD_CHECKS } from './support/target-payloads.ts'

const SECRETS = {
  GITLAB_TRIGGER_TOKEN: 'glptt-secret-of-gitlab',
  PAGERDUTY_ROUTING_KEY: 'r0uting-key-of-pagerduty-32-chars',
}

/** What is wrong with a body, as its receiver would say. */
function complaints(preset: string, body: string): string[] {
  const check = PAYLOAD_CHECKS[preset]
  return check === undefined ? [`nobody checks "${preset}"`] : check(JSON.parse(body))
}

describe.each(EVENT_TYPES)('presets for %s', (type) => {
  const presets = TARGETS.flatMap((target) => presetsOfTarget(target, type).map((preset) => ({ target, ...preset })))

  test('are one at least for each target, under names of their own', () => {
    expect(new Set(presets.map(({ target }) => target))).toEqual(new Set(TARGETS))
    expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length)
  })

  test.each(presets)('$id is taken without a warning, and comes to what its receiver asks for', (preset) => {
    const parsed = parseTemplate(preset.template, { knownSecrets: preset.secrets })
    expect([...parsed.warnings, ...warningsForEventType(parsed.template, type)]).toEqual([])
    const event = sampleEvent(type)
    const rendering = renderTemplate(parsed.template, event, sampleContext(event))
    expect(rendering).toMatchObject({ kind: 'rendered', warnings: [] })
    expect(complaints(preset.id, rendering.kind === 'rendered' ? readableBody(rendering.body) : '')).toEqual([])
  })

  test('cannot be made to call everyone in a channel', () => {
    const { snapshot } = sampleEvent(type)
    const subjects = snapshot.subjects.map((each) => ({ ...each, collection: '<!channel> @everyone' }))
    const event = sampleEvent(type, { subjects })
    for (const { id, template } of presets.filter(({ target }) => target.startsWith('slack'))) {
      const parsed = parseTemplate(template, { knownSecrets: [] })
      const rendering = renderTemplate(parsed.template, event, sampleContext(event))
      expect(complaints(id, rendering.kind === 'rendered' ? readableBody(rendering.body) : '')).toEqual([])
    }
  })
})

type Offered = { target: string; presets: TargetPreset[] }

forEachEngine((engine) => {
  test('what is offered for an event is saved as it stands, and arrives as its receiver asks for', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver()
    const team = await givenTeam(server)
    const project = await givenProject(server, team)
    await givenSecrets(server, team, SECRETS)
    await givenVersion(server, project, 'churn')

    const automate = async (event: EventType, filter: object | null) => {
      const { items } = await succeeds(server, 'GET', `/webhook-targets?event=${event}`)
      const all = (items as Offered[]).flatMap(({ target, presets }) => presets.map((preset) => ({ target, preset })))
      for (const { target, preset } of all) {
        const { id: webhook } = await succeeds(server, 'POST', `/entities/${team}/webhooks`, {
          name: `${event} ${preset.id}`.replaceAll('_', '-').toLowerCase(),
          url: `${receiver.url}/${event}/${preset.id}`,
          target,
          secrets: preset.secrets,
        })
        const made = await succeeds(server, 'POST', `/entities/${team}/automations`, {
          name: `${event} ${preset.id}`,
          scope: { type: 'project', project: project.project },
          event,
          filter,
          action: { type: 'webhook', webhook, payload: preset.template },
        })
        expect(made.warnings, preset.id).toEqual([])
      }
      return all.map(({ preset }) => `/hook/${event}/${preset.id}`)
    }
    const expected = [
      ...(await automate('ADD_ARTIFACT_ALIAS', null)),
      ...(await automate('RUN_STATE', { run_filter: {}, run_state_filter: { states: ['RUNNING'] } })),
    ]
    const path = `/projects/${project.entity}/${project.project}/collections/churn/aliases/production`
    await succeeds(server, 'PUT', path, { version: 'v0' })
    const { errors } = await server.graphql(
      'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
      { input: { entityName: project.entity, modelName: project.project, name: 'aa', displayName: 'calm' } },
    )
    expect(errors).toBeUndefined()
    await receiver.waitFor(expected.length)

    expect(receiver.received.map((request) => request.path).sort()).toEqual(expected.sort())
    for (const request of receiver.received) {
      const preset = request.path.split('/').at(-1) as string
      expect(complaints(preset, request.body), `${request.path}: ${request.body}`).toEqual([])
      expect(request.body).not.toContain('${')
    }
  })
})

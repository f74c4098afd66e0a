import { expect, test } from 'vitest'
import { troublesOf } from './troubles'

const entity = {
  name: 'vision',
  kind: 'team' as const,
  displayName: null,
  role: 'member' as const,
  automations: { failing: 0, held: 0, never_fired: 2, healthy: 5 },
  webhooks: { paused: 0, out: 0 },
  deadLetters: 0,
  hasVersions: true,
}

test('nothing is in trouble where all is well', () => {
  expect(troublesOf({ entities: [entity] })).toEqual([])
})

test('what fails comes before what waits, each with the page to mend it on', () => {
  const held = { ...entity, name: 'acme', kind: 'organization' as const, webhooks: { paused: 1, out: 0 } }
  const failing = { ...entity, automations: { ...entity.automations, failing: 1 }, deadLetters: 3 }
  expect(troublesOf({ entities: [held, failing] })).toEqual([
    { kind: 'failing', entity: 'vision', text: '1 automation failing', to: '/teams/vision/automations?health=failing' },
    { kind: 'letters', entity: 'vision', text: '3 dead letters today', to: '/teams/vision/history?tab=dead-letters' },
    { kind: 'held', entity: 'acme', text: '1 webhook paused', to: '/orgs/acme/webhooks' },
  ])
})

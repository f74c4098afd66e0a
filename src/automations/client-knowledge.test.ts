import { expect, test } from 'vitest'
import { canRead, knowledgeOf, NEWEST_CLIENT } from './client-knowledge.ts'

const client = (version: string) => knowledgeOf(`W&B Public Client ${version}`)

test.each([
  ['0.26.0', false, false],
  ['0.27.99', false, false],
  ['0.28.0', true, false],
  ['0.28.1', true, false],
  ['0.28.2', true, true],
  ['0.28.10', true, true],
  ['0.30.0', true, true],
  ['0.100.0', true, true],
  ['1.0.0', true, true],
  ['0.31.0.dev1', true, true],
])('the client %s reads unlinks: %s, whole entities: %s', (version, unlinks, entities) => {
  const knowledge = client(version)
  expect(canRead(knowledge, { eventType: 'ADD_ARTIFACT_ALIAS', scope: { kind: 'PROJECT' } })).toBe(true)
  expect(canRead(knowledge, { eventType: 'UNLINK_ARTIFACT', scope: { kind: 'PROJECT' } })).toBe(unlinks)
  expect(canRead(knowledge, { eventType: 'ADD_ARTIFACT_ALIAS', scope: { kind: 'ENTITY' } })).toBe(entities)
  expect(canRead(knowledge, { eventType: 'DELETE_ARTIFACT', scope: { kind: 'PROJECT' } })).toBe(false)
})

test('whoever gives no version is taken for the newest', () => {
  for (const userAgent of [null, '', 'wandb-core', 'curl/8.5.0', 'W&B Public Client', 'W&B Public Client x.y.z']) {
    expect(knowledgeOf(userAgent)).toBe(NEWEST_CLIENT)
  }
})

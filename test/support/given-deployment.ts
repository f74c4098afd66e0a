import { expect } from 'vitest'
import { collectionPath, givenVersion, type ProjectName } from './given-artifacts.ts'
import type { TestServer } from './server.ts'

const PROJECT: ProjectName = { entity: 'vision', project: 'cats' }

/** A team with a model of two versions, a webhook, and an automation that fires when a version becomes production. */
export async function givenDeployment(server: TestServer, url: string, webhook: object = {}): Promise<void> {
  await server.rest('POST', '/teams', { name: 'vision' })
  await server.rest('POST', '/projects/vision', { name: 'cats' })
  await givenVersion(server, PROJECT, 'resnet')
  await givenVersion(server, PROJECT, 'resnet')
  const made = await server.rest('POST', '/entities/vision/webhooks', { name: 'deploy hook', url, ...webhook })
  expect(made.status, made.text).toBe(201)
  await givenAutomation(server, { name: 'deploy to production', filter: { alias: 'production' } })
}

export async function givenAutomation(server: TestServer, input: { name: string; filter: object }): Promise<void> {
  const made = await server.rest('POST', '/entities/vision/automations', {
    ...input,
    scope: { type: 'project', project: 'cats' },
    event: 'ADD_ARTIFACT_ALIAS',
    action: { type: 'webhook', webhook: 'deploy hook', payload: { version: '${artifact_version_string}' } },
  })
  expect(made.status, made.text).toBe(201)
}

export async function moveAlias(server: TestServer, version: string): Promise<void> {
  const moved = await server.rest('PUT', `${collectionPath(PROJECT, 'resnet')}/aliases/production`, { version })
  expect(moved.status, moved.text).toBe(200)
}

/** Runs as the client makes them, by its own protocol. */
import { expect } from 'vitest'
import type { EventAlert } from '../../src/events/event.ts'
import type { ProjectName } from './given-artifacts.ts'
import type { TestServer } from './server.ts'

/** A run named `calm` that has logged these losses, one a step, by the client's own protocol. */
export async function streamRun(
  server: TestServer,
  place: { entity: string; project: string },
  name: string,
  losses: number[],
) {
  const { entity, project } = place
  const { errors } = await server.graphql(
    'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
    { input: { entityName: entity, modelName: project, name, displayName: 'calm' } },
  )
  expect(errors).toBeUndefined()
  const content = losses.map((loss, step) => JSON.stringify({ loss, _step: step }))
  const response = await fetch(`${server.url}/files/${entity}/${project}/${name}/file_stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`api:${server.adminKey}`).toString('base64')}`,
    },
    body: JSON.stringify({ files: { 'wandb-history.jsonl': { offset: 0, content } } }),
  })
  expect(response.status).toBe(200)
}

/** What a script tells by `run.alert(…)`. */
export async function raiseAlert(
  server: TestServer,
  { entity, project }: ProjectName,
  run: string,
  alert: EventAlert,
): Promise<void> {
  const { errors } = await server.graphql(
    'mutation ($input: NotifyScriptableRunAlertInput!) { notifyScriptableRunAlert(input: $input) { success } }',
    { input: { entityName: entity, projectName: project, runName: run, ...alert } },
  )
  expect(errors).toBeUndefined()
}

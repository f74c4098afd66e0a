/** A team whose one automation sends to a receiver, and what its deliveries come to. */
import { expect } from 'vitest'
import type { DeliveryState } from '../../src/database/schema.ts'
import type { CollectionSubject } from '../../src/events/event.ts'
import { callerWith, draft, givenPlace, givenTeam, record, unique } from './given-automations.ts'
import type { RestAnswer, TestServer } from './server.ts'

type Json = RestAnswer['body']

export type Pipeline = {
  team: string
  /** Its public id, and the path of its REST. */
  webhook: string
  webhookPath: string
  automation: string
  place: CollectionSubject
}

/** Stores secrets as the administrator. */
export async function givenSecrets(server: TestServer, team: string, secrets: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const { status, text } = await server.rest('PUT', `/entities/${team}/secrets/${name}`, { value })
    expect([200, 201], text).toContain(status)
  }
}

/** The answer of a call that has to succeed. */
export async function succeeds(
  server: TestServer,
  method: string,
  path: string,
  body?: unknown,
  key = server.adminKey,
): Promise<Json> {
  const answer = await server.rest(method, path, body, { key })
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
  return answer.body
}

/** An automation for every alias that is added in a team, and the webhook it sends to. */
export async function givenPipeline(
  server: TestServer,
  url: string,
  options: { team?: string; secrets?: Record<string, string>; webhook?: Json; payload?: unknown } = {},
): Promise<Pipeline> {
  const team = options.team ?? (await givenTeam(server))
  await givenSecrets(server, team, options.secrets ?? {})
  const webhook = await succeeds(server, 'POST', `/entities/${team}/webhooks`, {
    name: unique('hook'),
    url,
    ...options.webhook,
  })
  const place = await givenPlace(server, team)
  const automation = await succeeds(server, 'POST', `/entities/${team}/automations`, {
    name: unique('automation'),
    scope: { type: 'collection', project: place.project, collection: place.collection },
    event: 'ADD_ARTIFACT_ALIAS',
    action: {
      type: 'webhook',
      webhook: webhook.id,
      ...(options.payload === undefined ? {} : { payload: options.payload }),
    },
  })
  const webhookPath = `/entities/${team}/webhooks/${webhook.id}`
  return { team, webhook: webhook.id, webhookPath, automation: automation.id, place }
}

/** Add an alias, so that the automation fires; the public id of the delivery it makes. */
export async function fire(server: TestServer, pipeline: Pipeline, alias = 'production'): Promise<string> {
  const caller = await callerWith(server, server.adminKey)
  expect(await record(server, caller, draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias }))).toBe(1)
  server.world.wakeWorkers()
  const { public_id } = await server.world.db.read
    .selectFrom('deliveries as d')
    .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .select('d.public_id')
    .where('a.public_id', '=', pipeline.automation)
    .orderBy('d.id', 'desc')
    .executeTakeFirstOrThrow()
  return public_id
}

/** A delivery with its history, once it is in this state after this many attempts, or in one that is final. */
export async function inState(
  server: TestServer,
  delivery: string,
  state: DeliveryState,
  attempts?: number,
): Promise<Json> {
  let answer: Json
  await expect
    .poll(
      async () => {
        answer = await succeeds(server, 'GET', `/deliveries/${delivery}`)
        return attempts === undefined ? [answer.state] : [answer.state, answer.history.length]
      },
      { timeout: 20_000, interval: 20 },
    )
    .toEqual(attempts === undefined ? [state] : [state, attempts])
  return answer
}

/**
 * What waits for its retry falls due now, and its webhook may be sent to, as if the time had passed. `wake`: and workers
 * hear of it.
 */
export async function makeDue(server: TestServer, delivery: string, { wake = true } = {}): Promise<void> {
  const { world } = server
  await world.db.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('deliveries')
      .set({ next_attempt_at: 1 })
      .where('public_id', '=', delivery)
      .where('state', '=', 'pending')
      .executeTakeFirstOrThrow()
    expect(numUpdatedRows).toBe(1n)
    await tx
      .updateTable('webhooks')
      .set({ held_until: null, next_slot_at: null })
      .where('id', '=', (query) =>
        query.selectFrom('deliveries').select('webhook_id').where('public_id', '=', delivery),
      )
      .execute()
  })
  if (wake) world.wakeWorkers()
}

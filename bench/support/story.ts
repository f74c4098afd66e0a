import type { Tripline } from './tripline.ts'

export const SIGNING_SECRET = 'correct horse battery staple'

const VERSIONS = 20
const COLLECTION = '/projects/vision/churn/collections/churn-model'

/**
 * A team with a collection of 20 versions, and automations that call signed webhooks when `production` moves.
 *
 * - `automations`: how many fire at once, each for the next of the webhooks.
 * - `webhooks`: how many, all to the same receiver; one unless it is said.
 */
export async function givenStory(
  server: Tripline,
  input: { receiverUrl: string; automations: number; webhooks?: number; concurrencyMax?: number },
): Promise<{
  /** Pauses all of the webhooks, or resumes them. */
  pause(paused: boolean): Promise<void>
  /** The version that comes next, such as `v3`; after the last one the first. */
  nextVersion(): string
  /** Moves the alias to a version, whose name the webhook's body holds too. */
  moveAlias(version?: string): Promise<void>
}> {
  const { call } = server
  await call('POST', '/teams', { name: 'vision' })
  await call('PUT', '/entities/vision/secrets/DEPLOY_SIGNING', { value: SIGNING_SECRET })
  const webhooks: { id: string; name: string }[] = []
  for (let at = 0; at < (input.webhooks ?? 1); at++) {
    const webhook = await call('POST', '/entities/vision/webhooks', {
      name: `deployer ${at}`,
      url: input.receiverUrl,
      signingSecret: 'DEPLOY_SIGNING',
      ...(input.concurrencyMax === undefined ? {} : { concurrencyMax: input.concurrencyMax }),
    })
    webhooks.push(webhook)
  }
  await call('POST', '/projects/vision', { name: 'churn' })
  for (let at = 0; at < VERSIONS; at++) {
    await call('POST', `${COLLECTION}/versions`, {
      type: 'model',
      metadata: { accuracy: 0.9 + at / 1_000, trained: { on: 'customers', epochs: 12, rate: 0.001 } },
      files: [{ path: 'model.bin', content: Buffer.from(`model ${at}`).toString('base64') }],
    })
  }
  for (let at = 0; at < input.automations; at++) {
    await call('POST', '/entities/vision/automations', {
      name: `deploy ${at}`,
      scope: { type: 'project', project: 'churn' },
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: 'production' },
      action: {
        type: 'webhook',
        webhook: webhooks[at % webhooks.length]!.name,
        payload: {
          event_type: 'deploy',
          client_payload: {
            version: '${version}',
            name: '${artifact_version_string}',
            collection: '${artifact_collection_name}',
            project: '${project_name}',
            entity: '${entity_name}',
            author: '${event_author}',
            accuracy: '${artifact_metadata.accuracy|json}',
          },
        },
      },
    })
  }
  let moves = 0
  const nextVersion = () => `v${moves++ % VERSIONS}`
  return {
    async pause(paused) {
      await Promise.all(webhooks.map(({ id }) => call('PATCH', `/entities/vision/webhooks/${id}`, { paused })))
    },
    nextVersion,
    async moveAlias(version = nextVersion()) {
      await call('PUT', `${COLLECTION}/aliases/production`, { version })
    },
  }
}

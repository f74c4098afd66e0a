import { may } from '../access/rights.ts'
import { builder } from '../graphql/builder.ts'
import {
  type Connection,
  connectionOf,
  connectionType,
  pageArguments,
  pageOf,
  wholeConnection,
} from '../graphql/connection.ts'
import { encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { Entity } from '../graphql/refs.ts'
import { createWebhook, listWebhooks, loadWebhooks, type WebhookView } from '../webhooks/operations.ts'

// What the client calls integrations are, for now, webhooks.

export const webhookById = batched<number, WebhookView>((context, ids) =>
  loadWebhooks(context.world, context.caller, ids),
)

const GenericWebhookIntegration = builder.objectRef<WebhookView>('GenericWebhookIntegration').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (webhook) => encodeId('Integration', webhook.id) }),
    name: t.exposeString('name', { nullable: false }),
    urlEndpoint: t.string({
      nullable: false,
      description: 'Whole for administrators, because it may be a credential.',
      resolve: (webhook) => webhook.url ?? webhook.urlMasked,
    }),
  }),
})

// In the client's documents; there are none here.
const SlackIntegration = builder.objectRef<{ slack: true }>('SlackIntegration').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: () => '' }),
    teamName: t.string({ nullable: false, resolve: () => '' }),
    channelName: t.string({ nullable: false, resolve: () => '' }),
  }),
})

export const Integration = builder.unionType('Integration', {
  types: [GenericWebhookIntegration, SlackIntegration],
  resolveType: () => GenericWebhookIntegration,
})
const IntegrationConnection = connectionType('Integration', Integration)

builder.objectFields(Entity, (t) => ({
  integrations: t.field({
    type: IntegrationConnection,
    args: pageArguments(),
    resolve: async (entity, args, { world, caller }): Promise<Connection<WebhookView>> => {
      if (!may(caller, 'viewer', entity.id)) return wholeConnection([])
      const { limit, after } = pageOf(args, 'string')
      const rows = await listWebhooks(world, caller, { entity: entity.name, after, limit: limit + 1 })
      const items = rows.slice(0, limit)
      return connectionOf({ items, nextKey: rows.length > limit ? items.at(-1)?.name : undefined })
    },
  }),
}))

const CreateGenericWebhookIntegrationInput = builder.inputType('CreateGenericWebhookIntegrationInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    name: t.string({ required: true }),
    urlEndpoint: t.string({ required: true }),
    accessTokenRef: t.string(),
    secretRef: t.string(),
    clientMutationId: t.string(),
  }),
})

const CreateGenericWebhookIntegrationPayload = builder
  .objectRef<{ webhook: WebhookView }>('CreateGenericWebhookIntegrationPayload')
  .implement({
    fields: (t) => ({
      integration: t.field({ type: Integration, nullable: false, resolve: (payload) => payload.webhook }),
    }),
  })

builder.mutationFields((t) => ({
  createGenericWebhookIntegration: t.field({
    type: CreateGenericWebhookIntegrationPayload,
    args: { input: t.arg({ type: CreateGenericWebhookIntegrationInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      webhook: await createWebhook(world, caller, {
        entity: input.entityName,
        settings: {
          name: input.name,
          url: input.urlEndpoint,
          accessTokenSecret: input.accessTokenRef ?? null,
          signingSecret: input.secretRef ?? null,
        },
      }),
    }),
  }),
}))

import { may } from '../access/rights.ts'
import { builder } from '../graphql/builder.ts'
import { type Connection, connectionType, limitOf, pageArguments, wholeConnection } from '../graphql/connection.ts'
import { encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { Entity } from '../graphql/refs.ts'
import { decodeCursor, encodeCursor } from '../http/paging.ts'
import { createWebhook, listWebhooks, loadWebhooks, type WebhookView } from '../webhooks/operations.ts'

// What the client calls integrations are webhooks: those that take notifications are Slack's, the others generic.

export const webhookById = batched<number, WebhookView>((context, ids) =>
  loadWebhooks(context.world, context.caller, ids),
)

/** What an action uses is shown as what it uses it for, whatever it has become since: the client takes nothing else. */
export type IntegrationNode = { as: 'webhook' | 'slack'; webhook: WebhookView }

function integrationOf(webhook: WebhookView): IntegrationNode {
  return { as: webhook.slack === null ? 'webhook' : 'slack', webhook }
}

const GenericWebhookIntegration = builder.objectRef<IntegrationNode>('GenericWebhookIntegration').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: ({ webhook }) => encodeId('Integration', webhook.id) }),
    name: t.string({ nullable: false, resolve: ({ webhook }) => webhook.name }),
    urlEndpoint: t.string({
      nullable: false,
      description: 'Whole for administrators, because it may be a credential.',
      resolve: ({ webhook }) => webhook.url ?? webhook.urlMasked,
    }),
  }),
})

const SlackIntegration = builder.objectRef<IntegrationNode>('SlackIntegration').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: ({ webhook }) => encodeId('Integration', webhook.id) }),
    teamName: t.string({
      nullable: false,
      description: 'The workspace.',
      resolve: ({ webhook }) => webhook.slack?.workspace ?? '',
    }),
    channelName: t.string({ nullable: false, resolve: ({ webhook }) => webhook.slack?.channel ?? '' }),
  }),
})

export const Integration = builder.unionType('Integration', {
  types: [GenericWebhookIntegration, SlackIntegration],
  resolveType: (integration) => (integration.as === 'slack' ? SlackIntegration : GenericWebhookIntegration),
})
const IntegrationConnection = connectionType('Integration', Integration)

builder.objectFields(Entity, (t) => ({
  integrations: t.field({
    type: IntegrationConnection,
    args: pageArguments(),
    resolve: async (entity, args, { world, caller }): Promise<Connection<IntegrationNode>> => {
      if (!may(caller, 'viewer', entity.id)) return wholeConnection([])
      const limit = Math.max(limitOf(args), KINDS.length)
      const after = decodeCursor(args.after || undefined, ['string', 'string']) ?? ['', '']
      const lists = await Promise.all(
        KINDS.map((slack, at) =>
          listWebhooks(world, caller, { entity: entity.name, slack, after: String(after[at]), limit: limit + 1 }),
        ),
      )
      const all = inTurns(lists)
      const items = all.slice(0, limit)
      const last = KINDS.map(
        (slack, at) => items.findLast((each) => (each.slack !== null) === slack)?.name ?? after[at],
      )
      const cursor = encodeCursor(last as [string, string])
      return {
        edges: items.map((webhook) => ({ node: integrationOf(webhook), cursor })),
        hasNextPage: all.length > items.length,
      }
    },
  }),
}))

/** Whether it is Slack's. */
const KINDS = [false, true]

/**
 * The client asks for all and looks for one kind among them; a page without any ends its list. So the kinds take turns, and
 * every page of two or more has one of each as long as there are some.
 */
function inTurns(lists: readonly (readonly WebhookView[])[]): WebhookView[] {
  const length = Math.max(...lists.map((list) => list.length))
  return Array.from({ length }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat()
}

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
      integration: t.field({
        type: Integration,
        nullable: false,
        resolve: (payload) => integrationOf(payload.webhook),
      }),
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

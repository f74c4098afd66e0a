import { z } from 'zod'
import { requireEntity } from '../access/operations.ts'
import { previewPayload } from '../deliveries/operations-preview.ts'
import { EVENT_TYPES } from '../events/event.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name, text } from '../http/schemas.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { AutomationDraft, actionInput, scopeInput } from './http.ts'
import { checkPayload } from './operations-checking.ts'
import type { TriedWith } from './operations-trying.ts'
import { describeVariables } from './operations-variables.ts'

const Problems = z.array(z.object({ path: z.string(), message: z.string() }))

const PreviewBody = z
  .strictObject({
    automation: AutomationDraft,
    event: Name.optional().describe('The id of an event that happened.'),
    at: z
      .strictObject({
        entity: Name.optional(),
        project: Name,
        collection: Name.optional(),
        version: Name.optional().describe('`v3`, or an alias.'),
        run: Name.optional(),
      })
      .optional()
      .describe('A version or a run, as if the event had just happened there. Without it and an event: an example.'),
    alias: text({ min: 1, max: 128 }).optional(),
    tag: text({ min: 1, max: 256 }).optional(),
  })
  .meta({ id: 'PayloadPreviewRequest' })

const PreviewAnswer = z
  .object({
    event: z.object({ id: z.string(), type: z.enum(EVENT_TYPES), isExample: z.boolean() }),
    filterMatches: z.boolean().describe('Whether its filter would let it fire on this event.'),
    because: Problems.describe('The clauses that do not hold.'),
    request: z
      .object({
        webhook: z.object({ id: z.string(), name: z.string() }),
        url: z.string().describe('Scheme, host and last four characters.'),
        headers: z.record(z.string(), z.string()).describe('Those of its settings only for admins of the webhook.'),
        contentType: z.string(),
        body: z.string().nullable().describe('With `${NAME}` where a secret goes.'),
        bytes: z.number().int().describe('Of the body as it is shown.'),
        problem: z.string().nullable().describe('Why it cannot be rendered for this event, or not be sent now.'),
      })
      .nullable()
      .describe('null: nothing is sent.'),
    warnings: Problems,
  })
  .meta({ id: 'PayloadPreview' })

const CheckBody = z
  .strictObject({
    payload: z.unknown().optional().describe('The template: a JSON object, or its text. Absent: the default body.'),
    event: z.enum(EVENT_TYPES).default('ADD_ARTIFACT_ALIAS').describe('What it is checked, and tried, with.'),
    webhook: Name.optional().describe('The id of the webhook: whose secrets it may name.'),
    secrets: z
      .array(text({ min: 1, max: 128 }))
      .max(102)
      .optional()
      .describe('Without a webhook: the names of the secrets that it may name.'),
  })
  .meta({ id: 'PayloadCheckRequest' })

const CheckAnswer = z
  .object({
    body: z.string().nullable().describe('For an example event, with `${NAME}` where a secret goes.'),
    problem: z.string().nullable().describe('Why it cannot be rendered for that event.'),
    warnings: Problems,
  })
  .meta({ id: 'PayloadCheck' })

const VariablesQuery = z.strictObject({
  event: z.enum(EVENT_TYPES).optional().describe('Only what this type of event can have.'),
  webhook: Name.optional().describe('The id of the webhook: whose secrets a template may name.'),
  project: Name.optional().describe('With a collection and a version: whose values are given in place of examples.'),
  collection: Name.optional(),
  version: Name.optional(),
  run: Name.optional(),
})

const VariablesAnswer = z
  .object({
    variables: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        origin: z.enum(['wandb', 'tripline']),
        hasPath: z.boolean().describe('Takes a path: `${name.key}`.'),
        events: z.array(z.enum(EVENT_TYPES)),
        value: z.string().nullable().describe('As a text: of the version given, or an example. null: empty.'),
      }),
    ),
    metadata: z
      .array(z.object({ path: z.string(), value: z.string() }))
      .describe('What `${artifact_metadata.…}` can name in the version given.'),
    secrets: z.array(z.string()).describe('Names that a template may use in the same way.'),
  })
  .meta({ id: 'TemplateVariables' })

export function previewRoutes(app: RestApp, world: World): void {
  app.post(
    '/entities/:entity/automations/preview',
    {
      schema: {
        operationId: 'previewAutomation',
        summary: 'What an automation that is not saved would send for an event',
        description:
          'Exactly, with secrets left in place. Nothing is sent or kept. A template that cannot be read is refused as when ' +
          'it is saved, with the place of each problem in `fields`.',
        tags: ['automations'],
        params: z.strictObject({ entity: Name }),
        body: PreviewBody,
        response: { 200: PreviewAnswer },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const entity = await requireEntity(world.db.read, caller, request.params.entity, 'viewer')
      const { automation, event, at, alias, tag } = request.body
      const { scope, action, ...rest } = automation
      const preview = await previewPayload(world, caller, {
        entity: entity.name,
        automation: { ...rest, scope: scopeInput(scope, entity.id), action: actionInput(action) },
        tried: triedWith({ event, at, alias, tag }),
      })
      const { publicId, ...shown } = preview.event
      const asked = preview.request
      return {
        ...preview,
        event: { id: publicId, ...shown },
        request:
          asked === null ? null : { ...asked, webhook: { id: asked.webhook.publicId, name: asked.webhook.name } },
      }
    },
  )

  app.post(
    '/entities/:entity/payloads/check',
    {
      schema: {
        operationId: 'checkPayload',
        summary: 'What a payload template comes to for an example event',
        description:
          'Nothing is sent or kept. A template that cannot be read is refused as when it is saved, with the place of each ' +
          'problem in `positions`.',
        tags: ['automations'],
        params: z.strictObject({ entity: Name }),
        body: CheckBody,
        response: { 200: CheckAnswer },
      },
    },
    async (request) => {
      const { event, ...about } = request.body
      return checkPayload(world, callerOf(request), { ...request.params, ...about, eventType: event })
    },
  )

  app.get(
    '/entities/:entity/template-variables',
    {
      schema: {
        operationId: 'listTemplateVariables',
        summary: 'What a payload template may name',
        tags: ['automations'],
        params: z.strictObject({ entity: Name }),
        querystring: VariablesQuery,
        response: { 200: VariablesAnswer },
      },
    },
    async (request) => {
      const { event, webhook, project, ...at } = request.query
      const about = {
        entity: request.params.entity,
        eventType: event,
        webhook,
        tried: project === undefined ? undefined : { at: { project, ...at } },
      }
      const { variables, ...rest } = await describeVariables(world, callerOf(request), about)
      return {
        variables: variables.map(({ variable: { name, description, origin, hasPath, events }, value }) => ({
          ...{ name, description, origin, hasPath, events: [...events], value },
        })),
        ...rest,
      }
    },
  )
}

/** @throws Refusal `invalid_request` when both are named */
function triedWith({
  event,
  at,
  ...about
}: Pick<z.output<typeof PreviewBody>, 'event' | 'at' | 'alias' | 'tag'>): TriedWith | undefined {
  if (event !== undefined && at !== undefined) {
    const message = 'Name an event or a place, not both'
    const fields = [
      { path: '/event', message },
      { path: '/at', message },
    ]
    throw new Refusal('invalid_request', message, { fields })
  }
  if (event !== undefined) return { event }
  return at === undefined ? undefined : { at, ...about }
}

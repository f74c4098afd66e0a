import { z } from 'zod'
import { EVENT_TYPES } from '../events/event.ts'
import type { RestApp } from '../http/rest.ts'
import { headersOfTarget, rateLimitOfTarget, TARGETS, targetWarning } from './target.ts'
import { TARGET_GUIDES } from './target-guide.ts'
import { presetsOfTarget } from './target-presets.ts'

const Headers = z.record(z.string(), z.string())

const Preset = z
  .object({
    id: z.string(),
    label: z.string(),
    note: z.string().nullable().describe('What to know, or to fill in, before it is used.'),
    secrets: z.array(z.string()).describe('Secrets it names: the webhook needs them among its further secrets.'),
    template: z.string().describe('The payload, as JSON laid out for reading.'),
  })
  .meta({ id: 'PayloadPreset' })

const Target = z
  .object({
    target: z.enum(TARGETS),
    label: z.string(),
    urlExample: z.string().describe('The form of its URL.'),
    needs: z.string().describe('Which tokens and settings it wants.'),
    success: z.string().describe('Which answers count as arrived.'),
    sentHeaders: Headers.describe('Sent to it by themselves; a header of the webhook takes their place.'),
    headers: Headers.describe('To be set on the webhook; `${NAME}` is a secret that has to be stored.'),
    rateLimitPerMinute: z.number().nullable().describe('What it bears, where that is known.'),
    warning: z.string().nullable().describe('What speaks against choosing it.'),
    presets: z.array(Preset).describe('Payloads to begin with, the most usual one first.'),
  })
  .meta({ id: 'WebhookTarget' })

export function targetRoutes(app: RestApp): void {
  app.get(
    '/webhook-targets',
    {
      schema: {
        operationId: 'listWebhookTargets',
        summary: 'What webhooks can be, with what each wants and payloads to begin with',
        tags: ['webhooks'],
        querystring: z.strictObject({
          event: z
            .enum(EVENT_TYPES)
            .default('ADD_ARTIFACT_ALIAS')
            .describe('What the presets are for: they name only what such an event has.'),
        }),
        response: { 200: z.object({ items: z.array(Target) }) },
      },
    },
    async ({ query: { event } }) => ({
      items: TARGETS.map((target) => ({
        target,
        ...TARGET_GUIDES[target],
        sentHeaders: headersOfTarget(target),
        rateLimitPerMinute: rateLimitOfTarget(target) ?? null,
        warning: targetWarning(target) ?? null,
        presets: presetsOfTarget(target, event),
      })),
    }),
  )
}

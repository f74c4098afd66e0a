import { z } from 'zod'
import { EVENT_TYPES, type VersionRef } from '../events/event.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { ShownSubject } from './http.ts'
import {
  type CollectionChange,
  type Rehearsal,
  rehearseChange,
  rehearseCollectionChange,
  type VersionChange,
} from './operations-rehearsal.ts'

const Label = text({ min: 1, max: 256 })

const TAG_CHANGES = [z.strictObject({ addTag: Label }), z.strictObject({ removeTag: Label })] as const
const Deletion = z.strictObject({ delete: z.literal(true) })

const ChangeOfCollection = z
  .union([...TAG_CHANGES, Deletion])
  .meta({ id: 'CollectionChange', description: 'One change of a collection, not made but looked at.' })

const Change = z
  .union([
    z.strictObject({ addAlias: Label }),
    z.strictObject({ removeAlias: Label }),
    ...TAG_CHANGES,
    z.strictObject({
      link: z.strictObject({
        entity: Name,
        project: Name,
        collection: Name,
        aliases: z.array(Label).max(100).default([]),
      }),
    }),
    z.strictObject({ unlink: z.literal(true) }),
    Deletion,
  ])
  .meta({ id: 'VersionChange', description: 'One change of a version, not made but looked at.' })

const VersionThere = z.object({ version: z.string(), artifact: z.string() }).nullable()

const NOTHING_HAPPENS = 'Nothing is changed, recorded or sent. It needs the rights that the change needs.'

const RehearsalOutput = z
  .object({
    events: z
      .array(
        z.object({
          type: z.enum(EVENT_TYPES),
          words: z.string(),
          subject: ShownSubject,
          alias: z.string().nullable(),
          tag: z.string().nullable(),
          previousVersion: VersionThere.describe('Which version the alias is taken from.'),
          movedTo: VersionThere.describe('Which version the alias goes to.'),
        }),
      )
      .describe('What would be recorded, in order; nothing if the change changes nothing.'),
    automations: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          entity: z.string(),
          event: z.number().int().describe('Which of the events fires it, from 0.'),
          state: z.enum(['matched', 'skipped']),
          reason: z.string().nullable().describe('Why it would do nothing.'),
          webhook: z
            .object({ id: z.string(), name: z.string(), paused: z.boolean(), circuitOpen: z.boolean() })
            .nullable()
            .describe('Where it would send; of one that is paused or out, later.'),
        }),
      )
      .describe('What would fire, of the automations that you may see.'),
  })
  .meta({ id: 'ChangeRehearsal' })

export function rehearsalRoutes(app: RestApp, world: World): void {
  app.post(
    '/projects/:entity/:project/collections/:collection/versions/:version/preview',
    {
      // Labels that are taken away are not looked at so closely.
      config: { wrongField: { alias_invalid: '/addAlias', tag_invalid: '/addTag' } },
      schema: {
        operationId: 'previewVersionChange',
        summary: 'Which events a change of a version would make now, and which automations would fire',
        description: NOTHING_HAPPENS,
        tags: ['versions'],
        params: z.strictObject({ entity: Name, project: Name, collection: Name, version: Name }),
        body: Change,
        response: { 200: RehearsalOutput },
      },
    },
    async (request) => {
      const about = { ...request.params, change: changeOf(request.body) }
      return asOutput(await rehearseChange(world, callerOf(request), about))
    },
  )

  app.post(
    '/projects/:entity/:project/collections/:collection/preview',
    {
      config: { wrongField: { tag_invalid: '/addTag' } },
      schema: {
        operationId: 'previewCollectionChange',
        summary: 'Which events a change of a collection would make now, and which automations would fire',
        description: NOTHING_HAPPENS,
        tags: ['collections'],
        params: z.strictObject({ entity: Name, project: Name, collection: Name }),
        body: ChangeOfCollection,
        response: { 200: RehearsalOutput },
      },
    },
    async (request) => {
      const { body, params } = request
      const about = { ...params, change: 'delete' in body ? ({ kind: 'delete' } as const) : tagChangeOf(body) }
      return asOutput(await rehearseCollectionChange(world, callerOf(request), about))
    },
  )
}

function asOutput({ events, automations }: Rehearsal): z.input<typeof RehearsalOutput> {
  return {
    events: events.map((event) => ({
      ...event,
      subject: { ...event.subject, version: event.subject.version === null ? null : `v${event.subject.version}` },
      previousVersion: asVersion(event.previousVersion),
      movedTo: asVersion(event.movedTo),
    })),
    automations: automations.map(({ publicId, webhook, ...rest }) => ({
      id: publicId,
      ...rest,
      webhook: webhook === null ? null : { ...webhook, id: webhook.publicId },
    })),
  }
}

function tagChangeOf(body: { addTag: string } | { removeTag: string }): CollectionChange & { tag: string } {
  return 'addTag' in body ? { kind: 'add-tag', tag: body.addTag } : { kind: 'remove-tag', tag: body.removeTag }
}

function changeOf(body: z.output<typeof Change>): VersionChange {
  if ('addAlias' in body) return { kind: 'add-alias', alias: body.addAlias }
  if ('removeAlias' in body) return { kind: 'remove-alias', alias: body.removeAlias }
  if ('addTag' in body || 'removeTag' in body) return tagChangeOf(body)
  if ('unlink' in body) return { kind: 'unlink' }
  if ('delete' in body) return { kind: 'delete' }
  const { aliases, ...target } = body.link
  return { kind: 'link', target, aliases }
}

function asVersion(ref: VersionRef | null) {
  return ref === null ? null : { version: `v${ref.version}`, artifact: ref.artifactPublicId }
}

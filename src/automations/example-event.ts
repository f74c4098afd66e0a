import type { Event } from '../events/event.ts'

/**
 * What test calls fill payloads from, since no event has happened: version 7 of a model gets the alias `production`.
 *
 * - `entity`: whose name stands in it.
 */
export function exampleEvent(entity: string, nowMs: number): Event {
  const subject = {
    entityId: 0,
    entity,
    organizationId: null,
    projectId: 0,
    project: 'example-project',
    collectionId: 0,
    collection: 'example-model',
    collectionKind: 'PORTFOLIO' as const,
    version: 7,
    aliases: ['latest', 'production'],
  }
  return {
    id: 0,
    publicId: 'ev_example',
    type: 'ADD_ARTIFACT_ALIAS',
    occurredAt: nowMs,
    causedBy: null,
    depth: 0,
    snapshot: {
      actor: { username: 'example-user', kind: 'user', via: 'rest', userAgent: null, requestId: null },
      subjects: [subject],
      artifact: {
        id: 0,
        publicId: 'ar_example',
        type: 'model',
        digest: '00000000000000000000000000000000',
        size: 1_048_576,
        fileCount: 1,
        description: 'An example, sent by a test call',
        metadata: { accuracy: 0.93 },
        tags: ['example'],
        createdAt: nowMs,
        source: { entity, project: 'example-project', collection: 'example-model', version: 7 },
        run: { entity, project: 'example-project', name: 'example1', displayName: 'example-run-1' },
      },
      alias: 'production',
      tag: null,
      previousVersion: { version: 6, artifactId: 0, artifactPublicId: 'ar_example_before' },
      movedTo: null,
    },
  }
}

import { type Event, type EventSnapshot, type EventType, isMetricEventType, isRunEventType } from '../events/event.ts'

/**
 * What payloads are filled from where no event has happened, for test calls too: version 7 of a model gets the alias
 * `production`; of a type about runs, what a run has come to.
 *
 * - `entity`: whose name stands in it.
 */
export function exampleEvent(entity: string, nowMs: number, type: EventType = 'ADD_ARTIFACT_ALIAS'): Event {
  const event = { ...exampleOfVersion(entity, nowMs), type }
  return isRunEventType(type) ? { ...event, snapshot: { ...event.snapshot, ...aboutRun(event, type) } } : event
}

function aboutRun({ snapshot }: Event, type: EventType): Partial<EventSnapshot> {
  const none = { collectionId: null, collection: null, collectionKind: null, version: null, aliases: [] }
  const state = type === 'RUN_STATE' ? ('failed' as const) : ('running' as const)
  return {
    subjects: snapshot.subjects.map((subject) => ({ ...subject, ...none })),
    artifact: null,
    alias: null,
    previousVersion: null,
    run: { ...EXAMPLE_RUN, state, stateBefore: type === 'RUN_STATE' ? 'running' : null },
    metric: isMetricEventType(type) ? { ...EXAMPLE_METRIC, prior: type === 'RUN_METRIC' ? null : 1.5 } : null,
    alert:
      type === 'RUN_ALERT' ? { title: 'loss diverges', text: 'The loss is 4.2 at epoch 3', severity: 'WARN' } : null,
  }
}

const EXAMPLE_RUN = {
  ...{ id: 0, name: 'example1', displayName: 'example-run-1', username: 'example-user' },
  ...{ group: null, jobType: 'train', tags: ['example'] },
}

const EXAMPLE_METRIC = { name: 'loss', condition: 'loss > 3', key: '', value: 3.25, logged: 3.25, step: 1200 }

function exampleOfVersion(entity: string, nowMs: number): Event {
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

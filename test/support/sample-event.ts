import type { RenderContext } from '../../src/automations/payload-variables.ts'
import {
  type CollectionSubject,
  type Event,
  type EventAlert,
  type EventArtifact,
  type EventMetric,
  type EventRun,
  type EventSnapshot,
  type EventSubject,
  type EventType,
  isMetricEventType,
  isRunEventType,
  type RunEventType,
} from '../../src/events/event.ts'

/** Where the guides' example happens: version 7 of a registry's collection, which the alias `production` moves to. */
export const SAMPLE_SUBJECT: CollectionSubject = {
  entityId: 1,
  entity: 'acme',
  organizationId: 1,
  projectId: 2,
  project: 'wandb-registry-model',
  collectionId: 3,
  collection: 'churn-model',
  collectionKind: 'PORTFOLIO',
  version: 7,
  aliases: ['latest', 'production'],
}

export const SAMPLE_ARTIFACT: EventArtifact = {
  id: 42,
  publicId: 'ar_91c8d6f0a35b2e47',
  type: 'model',
  digest: '2a3f4c5d6e7f8091a2b3c4d5e6f70819',
  size: 104857600,
  fileCount: 3,
  description: 'Trained on the November export',
  metadata: {
    framework: 'xgboost',
    eval: { accuracy: 0.93, passed: true, notes: 'good "overall"\nslow on Mondays' },
    'train.rows': 120000,
    labels: ['churn', 'stay'],
    reviewer: null,
  },
  tags: ['approved'],
  createdAt: Date.parse('2026-11-23T11:40:00.000Z'),
  source: { entity: 'acme', project: 'churn', collection: 'churn-model', version: 12 },
  run: { entity: 'acme', project: 'churn', name: '3kd8s0x1', displayName: 'glowing-sunset-42' },
}

/** The run that logged the sample, and the project it is in. */
const SAMPLE_RUN: EventRun = {
  id: 7,
  name: '3kd8s0x1',
  displayName: 'glowing-sunset-42',
  username: 'maya',
  group: null,
  jobType: 'train',
  tags: ['baseline'],
  state: 'failed',
  stateBefore: 'running',
}

const SAMPLE_RUN_SUBJECT: EventSubject = {
  ...SAMPLE_SUBJECT,
  entityId: 4,
  projectId: 5,
  project: 'churn',
  collectionId: null,
  collection: null,
  collectionKind: null,
  version: null,
  aliases: [],
}

const SAMPLE_METRIC: EventMetric = {
  name: 'loss',
  condition: 'average of the last 5 of loss > 3',
  key: JSON.stringify({
    aggregate: 'AVERAGE',
    compare: '$gt',
    kind: 'threshold',
    name: 'loss',
    threshold: 3,
    window: 5,
  }),
  value: 3.25,
  prior: null,
  logged: 4,
  step: 1200,
}

const SAMPLE_ALERT: EventAlert = { title: 'loss diverges', text: 'The loss is 4.2 at epoch 3', severity: 'WARN' }

function sampleRunEvent(type: RunEventType, snapshot: Partial<EventSnapshot>): Event {
  const isOfMetric = isMetricEventType(type)
  return sampleEvent('DELETE_ARTIFACT', {
    subjects: [SAMPLE_RUN_SUBJECT],
    artifact: null,
    run: isOfMetric ? { ...SAMPLE_RUN, state: 'running', stateBefore: null } : SAMPLE_RUN,
    metric: isOfMetric ? { ...SAMPLE_METRIC, prior: type === 'RUN_METRIC' ? null : 1.5 } : null,
    alert: type === 'RUN_ALERT' ? SAMPLE_ALERT : null,
    ...snapshot,
  })
}

/**
 * One event of each type, as the guides show them: of alias `production`, tag `approved`, version 7; of runs, of the
 * sample run.
 *
 * - `snapshot`: what is to differ.
 */
export function sampleEvent(type: EventType = 'ADD_ARTIFACT_ALIAS', snapshot: Partial<EventSnapshot> = {}): Event {
  if (isRunEventType(type)) return { ...sampleRunEvent(type, snapshot), type }
  const isOfCollection = type === 'ADD_COLLECTION_TAG' || type === 'REMOVE_COLLECTION_TAG'
  const isOfAlias = type === 'ADD_ARTIFACT_ALIAS' || type === 'REMOVE_ARTIFACT_ALIAS'
  return {
    id: 1001,
    publicId: 'ev_4f1d2a7be0939c55',
    type,
    occurredAt: Date.parse('2026-11-23T12:00:00.000Z'),
    causedBy: null,
    depth: 0,
    snapshot: {
      actor: { username: 'maya', kind: 'user', via: 'wandb', userAgent: 'wandb-core', requestId: null },
      subjects: [isOfCollection ? { ...SAMPLE_SUBJECT, version: null, aliases: [] } : SAMPLE_SUBJECT],
      artifact: isOfCollection ? null : SAMPLE_ARTIFACT,
      alias: isOfAlias ? 'production' : null,
      tag: type.endsWith('_TAG') ? 'approved' : null,
      previousVersion:
        type === 'ADD_ARTIFACT_ALIAS' ? { version: 6, artifactId: 41, artifactPublicId: 'ar_5e0b7a9911c64d2f' } : null,
      movedTo:
        type === 'REMOVE_ARTIFACT_ALIAS'
          ? { version: 8, artifactId: 43, artifactPublicId: 'ar_b3f86c20d7594e1a' }
          : null,
      ...snapshot,
    },
  }
}

/** What the guides' examples are rendered with. */
export function sampleContext(event: Event): RenderContext {
  return {
    subject: event.snapshot.subjects[0]!,
    messageId: 'msg_2c9f6d1c8f0b4c3e',
    deliveryId: 'dl_9b1e6f0a7c3d2845',
    digest: null,
    automation: { publicId: 'au_7d30c1f95e2b8a64', name: 'deploy on production' },
    publicUrl: 'https://tripline.example.com',
  }
}

/** The artifact of the sample with other metadata. */
export function sampleArtifact(metadata: Record<string, unknown>): EventArtifact {
  return { ...SAMPLE_ARTIFACT, metadata }
}

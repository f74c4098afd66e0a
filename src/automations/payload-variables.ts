import {
  ARTIFACT_EVENT_TYPES,
  EVENT_TYPES,
  type Event,
  type EventRun,
  type EventSubject,
  type EventType,
  METRIC_EVENT_TYPES,
  RUN_EVENT_TYPES,
} from '../events/event.ts'

/**
 * The variables a payload template may name, with what they mean: `docs/templates.md` carries this table.
 *
 * The first ones are W&B's, under W&B's names and meanings; the others are ours.
 */

/** What a payload is rendered from besides the event. */
export type RenderContext = {
  /** The place the automation matched in: one of the event's subjects. */
  subject: EventSubject
  /** The `webhook-id` header of the delivery, the same on every attempt. */
  messageId: string
  /** The public id of the delivery. */
  deliveryId: string
  /** What the delivery stands for, if its automation gathers; `null`: the one event. */
  digest: { count: number; firstVersion: number | null } | null
  automation: { publicId: string; name: string }
  /** The base of links, such as `https://tripline.example.com`, without a slash at the end. */
  publicUrl: string
}

export type PayloadVariable = {
  name: string
  origin: 'wandb' | 'tripline'
  description: string
  /** The events that can have a value. For any other it renders as an empty text, and saving warns of it. */
  events: readonly EventType[]
  /** As it renders in a text. */
  example: string
  /** Whether `${name.path}` reaches into the value. */
  hasPath: boolean
  /** The value, `null` or `undefined` when this event has none. */
  value(event: Event, context: RenderContext): unknown
}

/** Not in the table: it is a secret, and no event has it. */
export const ACCESS_TOKEN = 'ACCESS_TOKEN'

/** Neither is this: an API key made for the delivery at each attempt. Empty in test calls, which have no delivery. */
export const CALLBACK_TOKEN = 'callback_token'

/** Nor this, which only notifications have: the channel of the Slack integration, as it is at each attempt. */
export const SLACK_CHANNEL = 'slack_channel'

const OF_AN_ARTIFACT: readonly EventType[] = ARTIFACT_EVENT_TYPES
const OF_A_VERSION = OF_AN_ARTIFACT.filter((type) => type !== 'ADD_COLLECTION_TAG' && type !== 'REMOVE_COLLECTION_TAG')
const OF_A_RUN: readonly EventType[] = [...OF_A_VERSION, ...RUN_EVENT_TYPES]
const OF_RUNS: readonly EventType[] = RUN_EVENT_TYPES
const OF_A_METRIC: readonly EventType[] = METRIC_EVENT_TYPES
const OF_AN_ALIAS: EventType[] = ['ADD_ARTIFACT_ALIAS', 'REMOVE_ARTIFACT_ALIAS']
const OF_A_TAG: EventType[] = ['ADD_ARTIFACT_TAG', 'REMOVE_ARTIFACT_TAG', 'ADD_COLLECTION_TAG', 'REMOVE_COLLECTION_TAG']

export const PAYLOAD_VARIABLES: readonly PayloadVariable[] = [
  variable('wandb', 'event_type', {
    description: 'The type of the event. A link is always `LINK_ARTIFACT`, also where the client says `LINK_MODEL`',
    example: 'ADD_ARTIFACT_ALIAS',
    value: (event) => event.type,
  }),
  variable('wandb', 'event_author', {
    description: 'The username of whoever made the change; empty when the server did',
    example: 'maya',
    value: (event) => event.snapshot.actor.username,
  }),
  variable('wandb', 'entity_name', {
    description: 'The team, user or organization the change was made in; for a link, where it was linked to',
    example: 'acme',
    value: (_event, { subject }) => subject.entity,
  }),
  variable('wandb', 'project_name', {
    description: 'The project the change was made in; for a link, where it was linked to',
    example: 'wandb-registry-model',
    value: (_event, { subject }) => subject.project,
  }),
  variable('wandb', 'artifact_collection_name', {
    description: 'The collection the change was made in',
    events: OF_AN_ARTIFACT,
    example: 'churn-model',
    value: (_event, { subject }) => subject.collection,
  }),
  variable('wandb', 'artifact_version', {
    description: 'The version as a reference that `wandb` artifacts can hold',
    events: OF_A_VERSION,
    example: 'wandb-artifact://_id/QXJ0aWZhY3Q6NDI=',
    value: ({ snapshot }) => snapshot.artifact && artifactUri(snapshot.artifact.id),
  }),
  variable('wandb', 'artifact_version_string', {
    description:
      'The version by its path, for `api.artifact(…)`: with the alias when one was just added, else with the number',
    events: OF_A_VERSION,
    example: 'acme/wandb-registry-model/churn-model:production',
    value: ({ type, snapshot }, { subject }) => {
      if (subject.version === null) return null
      const name = type === 'ADD_ARTIFACT_ALIAS' && snapshot.alias !== null ? snapshot.alias : `v${subject.version}`
      return `${subject.entity}/${subject.project}/${subject.collection}:${name}`
    },
  }),
  variable('wandb', 'artifact_metadata', {
    description: 'A value of the metadata by its key, `${artifact_metadata.eval.accuracy}`; without a key, all of it',
    events: OF_A_VERSION,
    example: '0.93',
    hasPath: true,
    value: ({ snapshot }) => snapshot.artifact?.metadata,
  }),
  variable('wandb', 'alias', {
    description: 'The alias that was added or removed',
    events: OF_AN_ALIAS,
    example: 'production',
    value: ({ snapshot }) => snapshot.alias,
  }),
  variable('wandb', 'tag', {
    description: 'The tag that was added or removed',
    events: OF_A_TAG,
    example: 'approved',
    value: ({ snapshot }) => snapshot.tag,
  }),

  variable('tripline', 'message_id', {
    description: 'The id of the message, the same on every attempt and in the `webhook-id` header',
    example: 'msg_2c9f6d1c8f0b4c3e',
    value: (_event, { messageId }) => messageId,
  }),
  variable('tripline', 'delivery_id', {
    description: 'The same as `message_id`, under the name GitHub workflows know',
    example: 'msg_2c9f6d1c8f0b4c3e',
    value: (_event, { messageId }) => messageId,
  }),
  variable('tripline', 'callback_id', {
    description: 'What to send back as `X-Tripline-Caused-By`, so that loops are noticed',
    example: 'dl_9b1e6f0a7c3d2845',
    value: (_event, { deliveryId }) => deliveryId,
  }),
  variable('tripline', 'event_id', {
    description: 'The id of the event; the deliveries of several automations can share it',
    example: 'ev_4f1d2a7be0939c55',
    value: (event) => event.publicId,
  }),
  variable('tripline', 'event_url', {
    description: 'A link to the event in the web app, which tells what fired for it and why',
    example: 'https://tripline.example.com/events/ev_4f1d2a7be0939c55',
    value: (event, { publicUrl }) => link(publicUrl, ['events', event.publicId]),
  }),
  variable('tripline', 'event_time', {
    description: 'When the change was made: ISO 8601, UTC, milliseconds',
    example: '2026-11-23T12:00:00.000Z',
    value: (event) => isoTime(event.occurredAt),
  }),
  variable('tripline', 'event_via', {
    description: 'By what the change was made: `wandb`, `rest`, `web` or `system`',
    example: 'wandb',
    value: (event) => event.snapshot.actor.via,
  }),
  variable('tripline', 'automation_id', {
    description: 'The id of the automation',
    example: 'au_7d30c1f95e2b8a64',
    value: (_event, { automation }) => automation.publicId,
  }),
  variable('tripline', 'automation_name', {
    description: 'The name of the automation',
    example: 'deploy on production',
    value: (_event, { automation }) => automation.name,
  }),
  variable('tripline', 'version', {
    description: 'The version in the collection',
    events: OF_A_VERSION,
    example: 'v7',
    value: (_event, { subject }) => versionName(subject.version),
  }),
  variable('tripline', 'version_number', {
    description: 'The number of the version, a number under `|json`',
    events: OF_A_VERSION,
    example: '7',
    value: (_event, { subject }) => subject.version,
  }),
  variable('tripline', 'digest_count', {
    description:
      'How many events it stands for, a number under `|json`: more than one only where the automation debounces',
    example: '1',
    value: (_event, { digest }) => digest?.count ?? 1,
  }),
  variable('tripline', 'digest_first_version', {
    description: 'The version of the first of those events; `version` is that of the latest',
    events: OF_A_VERSION,
    example: 'v7',
    value: (_event, { subject, digest }) => versionName(digest === null ? subject.version : digest.firstVersion),
  }),
  variable('tripline', 'previous_version', {
    description: 'The version that held the alias before; empty when none did',
    events: ['ADD_ARTIFACT_ALIAS'],
    example: 'v6',
    value: ({ snapshot }) => versionName(snapshot.previousVersion?.version),
  }),
  variable('tripline', 'previous_artifact_version', {
    description: 'The version that held the alias before, in the form of `artifact_version`',
    events: ['ADD_ARTIFACT_ALIAS'],
    example: 'wandb-artifact://_id/QXJ0aWZhY3Q6NDE=',
    value: ({ snapshot }) => snapshot.previousVersion && artifactUri(snapshot.previousVersion.artifactId),
  }),
  variable('tripline', 'moved_to_version', {
    description: 'The version the alias went to; empty when it was only removed',
    events: ['REMOVE_ARTIFACT_ALIAS'],
    example: 'v8',
    value: ({ snapshot }) => versionName(snapshot.movedTo?.version),
  }),
  variable('tripline', 'artifact_id', {
    description: 'The id of the artifact in the REST API',
    events: OF_A_VERSION,
    example: 'ar_91c8d6f0a35b2e47',
    value: ({ snapshot }) => snapshot.artifact?.publicId,
  }),
  variable('tripline', 'artifact_type', {
    description: 'The type of the artifact',
    events: OF_A_VERSION,
    example: 'model',
    value: ({ snapshot }) => snapshot.artifact?.type,
  }),
  variable('tripline', 'artifact_url', {
    description: 'A link to the version in the web app',
    events: OF_A_VERSION,
    example: 'https://tripline.example.com/acme/wandb-registry-model/artifacts/model/churn-model/v7',
    value: ({ snapshot }, { subject, publicUrl }) =>
      snapshot.artifact && subject.version !== null
        ? link(publicUrl, [
            subject.entity,
            subject.project,
            'artifacts',
            snapshot.artifact.type,
            subject.collection ?? '',
            `v${subject.version}`,
          ])
        : null,
  }),
  variable('tripline', 'artifact_digest', {
    description: 'The digest of the content: the same content has the same one',
    events: OF_A_VERSION,
    example: '2a3f4c5d6e7f8091a2b3c4d5e6f70819',
    value: ({ snapshot }) => snapshot.artifact?.digest,
  }),
  variable('tripline', 'artifact_size', {
    description: 'The bytes of all files, a number under `|json`',
    events: OF_A_VERSION,
    example: '104857600',
    value: ({ snapshot }) => snapshot.artifact?.size,
  }),
  variable('tripline', 'artifact_file_count', {
    description: 'The number of files, a number under `|json`',
    events: OF_A_VERSION,
    example: '3',
    value: ({ snapshot }) => snapshot.artifact?.fileCount,
  }),
  variable('tripline', 'artifact_description', {
    description: 'The description of the artifact',
    events: OF_A_VERSION,
    example: 'Trained on the November export',
    value: ({ snapshot }) => snapshot.artifact?.description,
  }),
  variable('tripline', 'artifact_tags', {
    description: 'The tags of the artifact, a list',
    events: OF_A_VERSION,
    example: '["approved"]',
    value: ({ snapshot }) => snapshot.artifact?.tags,
  }),
  variable('tripline', 'artifact_aliases', {
    description: 'The aliases of the version in this collection after the change, a list',
    events: OF_A_VERSION,
    example: '["latest","production"]',
    value: ({ snapshot }, { subject }) => snapshot.artifact && subject.aliases,
  }),
  variable('tripline', 'artifact_created_at', {
    description: 'When the artifact was made: ISO 8601, UTC, milliseconds',
    events: OF_A_VERSION,
    example: '2026-11-23T11:40:00.000Z',
    value: ({ snapshot }) => snapshot.artifact && isoTime(snapshot.artifact.createdAt),
  }),
  variable('tripline', 'source_version_string', {
    description: 'The version as it was first logged; for a link, what was linked',
    events: OF_A_VERSION,
    example: 'acme/churn/churn-model:v12',
    value: ({ snapshot }) => {
      const source = snapshot.artifact?.source
      return source && `${source.entity}/${source.project}/${source.collection}:v${source.version}`
    },
  }),
  variable('tripline', 'run_name', {
    description: 'The run that logged the artifact, or that the event is about: the name people see',
    events: OF_A_RUN,
    example: 'glowing-sunset-42',
    value: (event, { subject }) => runOf(event, subject)?.displayName,
  }),
  variable('tripline', 'run_path', {
    description: 'The same run, for `api.run(…)`',
    events: OF_A_RUN,
    example: 'acme/churn/3kd8s0x1',
    value: (event, { subject }) => {
      const run = runOf(event, subject)
      return run && `${run.entity}/${run.project}/${run.name}`
    },
  }),
  variable('tripline', 'run_url', {
    description: 'A link to that run in the web app',
    events: OF_A_RUN,
    example: 'https://tripline.example.com/acme/churn/runs/3kd8s0x1',
    value: (event, { subject, publicUrl }) => {
      const run = runOf(event, subject)
      return run && link(publicUrl, [run.entity, run.project, 'runs', run.name])
    },
  }),
  variable('tripline', 'run_state', {
    description: 'The state of the run, after a change of it: `running`, `finished`, `failed` or `crashed`',
    events: OF_RUNS,
    example: 'running',
    value: ({ snapshot }) => snapshot.run?.state,
  }),
  variable('tripline', 'run_user', {
    description: 'The username of whoever made the run',
    events: OF_RUNS,
    example: 'maya',
    value: ({ snapshot }) => snapshot.run?.username,
  }),
  variable('tripline', 'run_tags', {
    description: 'The tags of the run, a list',
    events: OF_RUNS,
    example: '["baseline"]',
    value: ({ snapshot }) => snapshot.run?.tags,
  }),
  variable('tripline', 'metric_name', {
    description: 'The metric whose condition was met',
    events: OF_A_METRIC,
    example: 'loss',
    value: ({ snapshot }) => snapshot.metric?.name,
  }),
  variable('tripline', 'metric_condition', {
    description: 'The condition that was met, in words',
    events: OF_A_METRIC,
    example: 'average of the last 5 of loss > 3',
    value: ({ snapshot }) => snapshot.metric?.condition,
  }),
  variable('tripline', 'metric_value', {
    description:
      'What met the condition: the value or aggregate, the change of it, or the z-score; a number under `|json`',
    events: OF_A_METRIC,
    example: '3.25',
    value: ({ snapshot }) => snapshot.metric?.value,
  }),
  variable('tripline', 'metric_prior', {
    description: "The aggregate of the prior window of a change, or the mean of a z-score's, a number under `|json`",
    events: ['RUN_METRIC_CHANGE', 'RUN_METRIC_ZSCORE'],
    example: '1.5',
    value: ({ snapshot }) => snapshot.metric?.prior,
  }),
  variable('tripline', 'metric_step', {
    description: 'The step at which it was met, a number under `|json`',
    events: OF_A_METRIC,
    example: '1200',
    value: ({ snapshot }) => snapshot.metric?.step,
  }),
  variable('tripline', 'alert_title', {
    description: 'The title of the alert that the run sent',
    events: ['RUN_ALERT'],
    example: 'loss diverges',
    value: ({ snapshot }) => snapshot.alert?.title,
  }),
  variable('tripline', 'alert_text', {
    description: 'The text of that alert',
    events: ['RUN_ALERT'],
    example: 'The loss is 4.2 at epoch 3',
    value: ({ snapshot }) => snapshot.alert?.text,
  }),
  variable('tripline', 'alert_severity', {
    description: 'Its level: `INFO`, `WARN` or `ERROR`',
    events: ['RUN_ALERT'],
    example: 'WARN',
    value: ({ snapshot }) => snapshot.alert?.severity,
  }),
]

const BY_NAME = new Map(PAYLOAD_VARIABLES.map((each) => [each.name, each]))

export function payloadVariable(name: string): PayloadVariable | undefined {
  return BY_NAME.get(name)
}

/** A time as payloads carry it: ISO 8601 in UTC with milliseconds. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function variable(
  origin: PayloadVariable['origin'],
  name: string,
  rest: Pick<PayloadVariable, 'description' | 'example' | 'value'> & {
    events?: readonly EventType[]
    hasPath?: boolean
  },
): PayloadVariable {
  return { origin, name, events: EVENT_TYPES, hasPath: false, ...rest }
}

/** The run an event is about, or that logged its artifact. */
function runOf(
  { snapshot }: Event,
  { entity, project }: EventSubject,
): (Pick<EventRun, 'name' | 'displayName'> & { entity: string; project: string }) | null | undefined {
  return snapshot.run == null ? snapshot.artifact?.run : { ...snapshot.run, entity, project }
}

function artifactUri(artifactId: number): string {
  return `wandb-artifact://_id/${Buffer.from(`Artifact:${artifactId}`).toString('base64')}`
}

function versionName(version: number | null | undefined): string | null {
  return version === null || version === undefined ? null : `v${version}`
}

/** Names may hold anything but `/`, lone surrogates included, which have no percent-encoding. */
function link(publicUrl: string, segments: string[]): string {
  return [publicUrl, ...segments.map((segment) => encodeURIComponent(segment.toWellFormed()))].join('/')
}

/**
 * The catalogue of events: committed facts about artifacts and runs, under W&B's names.
 *
 * An event is written in the transaction of the change it tells of and never changes. It holds a full snapshot, so
 * that a payload rendered later, or replayed a year later, still says what was true then.
 */

export const ARTIFACT_EVENT_TYPES = [
  'CREATE_ARTIFACT',
  'LINK_ARTIFACT',
  'UNLINK_ARTIFACT',
  'ADD_ARTIFACT_ALIAS',
  'REMOVE_ARTIFACT_ALIAS',
  'ADD_ARTIFACT_TAG',
  'REMOVE_ARTIFACT_TAG',
  'ADD_COLLECTION_TAG',
  'REMOVE_COLLECTION_TAG',
  'DELETE_ARTIFACT',
] as const

/** A condition on a metric is a fact once it is met and an automation asks for it. */
export const METRIC_EVENT_TYPES = ['RUN_METRIC', 'RUN_METRIC_CHANGE', 'RUN_METRIC_ZSCORE'] as const

/** A change of state and an alert always are facts. `RUN_ALERT` is none of W&B's names: there, alerts go to people. */
export const RUN_EVENT_TYPES = [...METRIC_EVENT_TYPES, 'RUN_STATE', 'RUN_ALERT'] as const

export const EVENT_TYPES = [...ARTIFACT_EVENT_TYPES, ...RUN_EVENT_TYPES] as const

export type RunEventType = (typeof RUN_EVENT_TYPES)[number]

export function isRunEventType(type: string): type is RunEventType {
  return (RUN_EVENT_TYPES as readonly string[]).includes(type)
}

export function isMetricEventType(type: string): boolean {
  return (METRIC_EVENT_TYPES as readonly string[]).includes(type)
}

export type EventType = (typeof EVENT_TYPES)[number]

/**
 * By what a change was made. `import`: it was made elsewhere before, and is only brought here; it is recorded, and fires
 * no automations.
 */
export type Via = 'wandb' | 'rest' | 'web' | 'system' | 'import'

export type EventActor = {
  /** `null`: the system itself, for instance an expiry. */
  username: string | null
  kind: 'user' | 'service' | 'system'
  via: Via
  userAgent: string | null
  requestId: string | null
}

/**
 * A place the event happened in: one collection, with the version there if the event is about a version; of runs, a
 * project. Most events have one; a tag on an artifact names every membership of it.
 */
export type EventSubject = {
  entityId: number
  entity: string
  /** The organization's entity id: of the team, or of itself for a registry; `null` outside organizations. */
  organizationId: number | null
  projectId: number
  project: string
  /** The collection; `null`, all three, for events about runs. */
  collectionId: number | null
  collection: string | null
  collectionKind: 'SEQUENCE' | 'PORTFOLIO' | null
  /** The version number in this collection; `null` for events about the collection itself, and about runs. */
  version: number | null
  /** Aliases of that version there, after the change, sorted; when the version is gone from there, those it lost. */
  aliases: string[]
}

/** One of an event about artifacts. */
export type CollectionSubject = EventSubject & {
  collectionId: number
  collection: string
  collectionKind: 'SEQUENCE' | 'PORTFOLIO'
}

/** A version of the same collection, as an alias's previous or next holder. */
export type VersionRef = { version: number; artifactId: number; artifactPublicId: string }

export type EventArtifact = {
  id: number
  publicId: string
  /** The artifact type, such as `model`. */
  type: string
  digest: string
  /** Bytes of all files. */
  size: number
  fileCount: number
  description: string | null
  metadata: Record<string, unknown>
  tags: string[]
  createdAt: number
  /** The collection and version it was logged as; `null` once that sequence is gone. */
  source: { entity: string; project: string; collection: string; version: number } | null
  /** The run that logged it. */
  run: { entity: string; project: string; name: string; displayName: string } | null
}

export const RUN_STATES = ['running', 'finished', 'failed', 'crashed'] as const
export type RunState = (typeof RUN_STATES)[number]

/** As it was at the event. */
export type EventRun = {
  id: number
  /** What people call the id of the run. */
  name: string
  displayName: string
  /** Whose run it is. */
  username: string | null
  group: string | null
  jobType: string | null
  tags: string[]
  state: RunState
  /** `RUN_STATE`: the state before; `null` of a new run. */
  stateBefore: RunState | null
}

/** What a condition on a metric saw when it was met. */
export type EventMetric = {
  name: string
  /** The condition, in words, such as `average of the last 5 of loss > 3`. */
  condition: string
  /** What automations know the condition by. */
  key: string
  /** What was compared: the value or aggregate, the change of it, or the z-score. */
  value: number
  /** The aggregate of the prior window of a change, or the mean of a z-score's. */
  prior: number | null
  /** The last value that was logged. */
  logged: number
  step: number | null
}

export const ALERT_SEVERITIES = ['INFO', 'WARN', 'ERROR'] as const

/** What a run told by `run.alert(…)`. */
export type EventAlert = { title: string; text: string; severity: (typeof ALERT_SEVERITIES)[number] }

export type EventSnapshot = {
  actor: EventActor
  subjects: EventSubject[]
  /** `null` for events about a collection or a run. */
  artifact: EventArtifact | null
  /** Of events about runs; absent from those that were written before there were any. */
  run?: EventRun | null
  metric?: EventMetric | null
  alert?: EventAlert | null
  alias: string | null
  tag: string | null
  /** `ADD_ARTIFACT_ALIAS`: the version that held the alias before. */
  previousVersion: VersionRef | null
  /** `REMOVE_ARTIFACT_ALIAS` by a move: the version that holds it now. */
  movedTo: VersionRef | null
}

/** An event as it is read back. `depth` counts the automations that led to it, 0 for a person's own change. */
export type Event = {
  id: number
  publicId: string
  type: EventType
  occurredAt: number
  causedBy: string | null
  depth: number
  snapshot: EventSnapshot
  /** Who ran an automation by hand: then this is no fact, but what that run was about. */
  runBy?: string | null
}

/**
 * The catalogue of events: committed facts about artifacts, under W&B's names.
 *
 * An event is written in the transaction of the change it tells of and never changes. It holds a full snapshot, so
 * that a payload rendered later, or replayed a year later, still says what was true then.
 */

export const EVENT_TYPES = [
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
 * A place the event happened in: one collection, with the version there if the event is about a version. Most events
 * have one; a tag on an artifact names every membership of it.
 */
export type EventSubject = {
  entityId: number
  entity: string
  /** The organization's entity id: of the team, or of itself for a registry; `null` outside organizations. */
  organizationId: number | null
  projectId: number
  project: string
  collectionId: number
  collection: string
  collectionKind: 'SEQUENCE' | 'PORTFOLIO'
  /** The version number in this collection; `null` for events about the collection itself. */
  version: number | null
  /** Aliases of that version there, after the change, sorted; when the version is gone from there, those it lost. */
  aliases: string[]
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

export type EventSnapshot = {
  actor: EventActor
  subjects: EventSubject[]
  /** `null` for events about a collection. */
  artifact: EventArtifact | null
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

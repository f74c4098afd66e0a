import { z } from 'zod'
import { encodeCursor } from '../http/paging.ts'
import { isoTime, isoTimeOrNull, Name, Time, text } from '../http/schemas.ts'
import type { CollectionDescription, VersionDescription } from './operations.ts'
import { expiryOf, FOREVER, INHERIT, TTL_SECONDS_MAX } from './ttl.ts'
import type { Page, ProjectView } from './types.ts'

/** What the REST doors of this folder take and answer. */

/** A page of views as a list answers it. */
export function answerPage<View, Item>(
  found: Page<View>,
  render: (view: View) => Item,
): { items: Item[]; cursor?: string } {
  const items = found.items.map(render)
  return found.nextKey === undefined ? { items } : { items, cursor: encodeCursor([found.nextKey]) }
}

export const ProjectPath = z.strictObject({ entity: Name, project: Name })
export const CollectionPath = z.strictObject({ entity: Name, project: Name, collection: Name })
export const VersionPath = z.strictObject({
  entity: Name,
  project: Name,
  collection: Name,
  version: Name.describe('A number such as `v3`, or an alias.'),
})

export const Description = text({ max: 65_536 })
export const Label = text({ min: 1, max: 128 })

export const TimeToLive = z
  .union([z.literal('inherit'), z.literal('never'), z.number().int().min(1).max(TTL_SECONDS_MAX)])
  .describe('How long versions live, in seconds from their creation.')

/** As the operations take it. */
export function ttlSecondsOf(timeToLive: z.output<typeof TimeToLive>): number {
  return timeToLive === 'inherit' ? INHERIT : timeToLive === 'never' ? FOREVER : timeToLive
}

/** As the operations answer it. */
export function ttlOutput(seconds: number | null): z.input<typeof TimeToLive> {
  return seconds === null ? 'inherit' : seconds === FOREVER ? 'never' : seconds
}

export const ProjectOutput = z
  .object({
    entity: z.string(),
    name: z.string(),
    registry: z.boolean().describe('Holds links only, of the whole organization.'),
    description: z.string().nullable(),
    access: z.enum(['PRIVATE', 'RESTRICTED']),
    allowAllTypes: z.boolean().describe('Of a registry: takes every artifact type.'),
    role: z.enum(['admin', 'member', 'viewer']).describe('Yours here.'),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Project' })

export function projectOutput(view: ProjectView): z.input<typeof ProjectOutput> {
  return {
    entity: view.entity,
    name: view.name,
    registry: view.isRegistry,
    description: view.description,
    access: view.access,
    allowAllTypes: view.allowAllTypes,
    role: view.role,
    createdAt: isoTime(view.createdAt),
    updatedAt: isoTime(view.updatedAt),
  }
}

export const CollectionOutput = z
  .object({
    id: z.string(),
    entity: z.string(),
    project: z.string(),
    name: z.string(),
    kind: z.enum(['SEQUENCE', 'PORTFOLIO']).describe('SEQUENCE: runs log there. PORTFOLIO: versions are linked there.'),
    type: z.string(),
    description: z.string().nullable(),
    tags: z.array(z.string()),
    latestVersion: z.string().nullable().describe('The newest version, such as `v3`.'),
    versionCount: z.number().int(),
    timeToLive: TimeToLive.describe('Of its versions that have no time to live of their own, in seconds.'),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Collection' })

export function collectionOutput(described: CollectionDescription): z.input<typeof CollectionOutput> {
  const { collection, tags, latest, versions } = described
  return {
    id: collection.publicId,
    entity: collection.project.entity,
    project: collection.project.name,
    name: collection.name,
    kind: collection.kind,
    type: collection.type,
    description: collection.description,
    tags,
    latestVersion: latest,
    versionCount: versions,
    timeToLive: ttlOutput(collection.ttlSeconds),
    createdAt: isoTime(collection.createdAt),
    updatedAt: isoTime(collection.updatedAt),
  }
}

export const VersionOutput = z
  .object({
    entity: z.string(),
    project: z.string(),
    collection: z.string(),
    version: z.string().describe('Its number in this collection, such as `v3`.'),
    aliases: z.array(z.string()).describe('Its aliases in this collection.'),
    artifactId: z.string().describe('The same wherever the artifact is linked.'),
    type: z.string(),
    digest: z.string(),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
    size: z.number().describe('Bytes of all files, references included.'),
    fileCount: z.number(),
    source: z
      .object({ entity: z.string(), project: z.string(), collection: z.string(), version: z.string() })
      .nullable()
      .describe('Where it was logged; `null` where you may not see it.'),
    run: z
      .object({ entity: z.string(), project: z.string(), name: z.string(), displayName: z.string() })
      .nullable()
      .describe('The run that logged it.'),
    timeToLive: TimeToLive.describe('Of its own, in seconds.'),
    expiresAt: Time.nullable().describe(
      'When its time to live, or that it inherits, runs out. Until it is neither linked into a registry nor has an ' +
        'alias other than `latest`, it is kept even then.',
    ),
    addedAt: Time.describe('When it came into this collection.'),
    committedAt: Time.nullable(),
    updatedAt: Time,
  })
  .meta({ id: 'Version' })

export function versionOutput(described: VersionDescription): z.input<typeof VersionOutput> {
  const { membership, artifact, run } = described
  const { collection } = membership
  const { sequence } = artifact
  return {
    entity: collection.project.entity,
    project: collection.project.name,
    collection: collection.name,
    version: `v${membership.version}`,
    aliases: described.aliases,
    artifactId: artifact.publicId,
    type: artifact.type,
    digest: artifact.digest,
    description: artifact.description,
    metadata: JSON.parse(artifact.metadata) as Record<string, unknown>,
    tags: described.tags,
    size: artifact.size,
    fileCount: artifact.fileCount,
    source:
      sequence.project !== null && artifact.version !== null
        ? {
            entity: sequence.project.entity,
            project: sequence.project.name,
            collection: sequence.name,
            version: `v${artifact.version}`,
          }
        : null,
    run:
      run === null
        ? null
        : { entity: run.project.entity, project: run.project.name, name: run.name, displayName: run.displayName },
    timeToLive: artifact.ttl.isInherited ? 'inherit' : ttlOutput(artifact.ttl.seconds),
    expiresAt: isoTimeOrNull(expiryOf(artifact.ttl, artifact.createdAt)),
    addedAt: isoTime(membership.createdAt),
    committedAt: isoTimeOrNull(artifact.committedAt),
    updatedAt: isoTime(artifact.updatedAt),
  }
}

export const FileOutput = z
  .object({
    path: z.string(),
    size: z.number(),
    md5: z.string().describe('In base64.'),
    url: z.string().describe('Needs no credentials; lasts 12 hours.'),
  })
  .meta({ id: 'ArtifactFile' })

/** One line of a manifest. */
export const EntryOutput = z
  .object({
    path: z.string(),
    size: z.number().describe('In bytes; of a reference 0 if nobody said.'),
    reference: z.string().nullable().describe('Where the bytes are, of what Tripline does not hold.'),
  })
  .meta({ id: 'ArtifactEntry' })

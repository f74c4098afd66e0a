import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Caller } from '../../src/access/rights.ts'
import {
  commitArtifact,
  createArtifact,
  createArtifactFiles,
  createManifest,
  type FilePlace,
} from '../../src/artifacts/operations.ts'
import type { EventSnapshot, EventType } from '../../src/events/event.ts'
import { unique } from './given-automations.ts'
import type { RestAnswer, TestServer } from './server.ts'

export type ProjectName = { entity: string; project: string }

export const md5 = (content: string | Buffer) => createHash('md5').update(content).digest('base64')
export const base64 = (content: string | Buffer) => Buffer.from(content).toString('base64')

/** A plain project of the entity. */
export async function givenProject(server: TestServer, entity: string, key?: string): Promise<ProjectName> {
  const project = unique('project')
  const { status, text } = await server.rest('POST', `/projects/${entity}`, { name: project }, withKey(key))
  expect(status, text).toBe(201)
  return { entity, project }
}

const withKey = (key: string | undefined) => (key === undefined ? {} : { key })

export const collectionPath = ({ entity, project }: ProjectName, collection: string) =>
  `/projects/${entity}/${project}/collections/${collection}`

/** Log a version by one REST call. `files`: text by path. */
export async function log(
  server: TestServer,
  project: ProjectName,
  collection: string,
  version: Record<string, unknown> & { files?: Record<string, string> } = {},
  key?: string,
): Promise<RestAnswer> {
  const { files = { 'model.txt': unique('weights') }, ...rest } = version
  const body = {
    type: 'model',
    ...rest,
    files: Object.entries(files).map(([path, content]) => ({ path, content: base64(content) })),
  }
  return server.rest('POST', `${collectionPath(project, collection)}/versions`, body, withKey(key))
}

/** The same, expected to make a new version. */
export async function givenVersion(...call: Parameters<typeof log>): Promise<{ version: string; artifactId: string }> {
  const { status, body } = await log(...call)
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

/** What the wandb client uploads as the manifest of these files. */
export function clientManifest(
  contents: Record<string, { digest: string; size: number; birthArtifactID?: string; ref?: string }>,
): string {
  const entries = Object.entries(contents).map(([path, entry]) => [
    path,
    { ...entry, local_path: `/home/maya/${path}`, skip_cache: false },
  ])
  return JSON.stringify({
    version: 1,
    storagePolicy: 'wandb-storage-policy-v1',
    storagePolicyConfig: { storageLayout: 'V2' },
    contents: Object.fromEntries(entries),
  })
}

export async function put(place: { upload: FilePlace['upload'] }, content: string | Buffer): Promise<Response> {
  expect(place.upload).not.toBeNull()
  const { url, headers } = place.upload!
  return fetch(url, {
    method: 'PUT',
    body: content,
    headers: Object.fromEntries(headers.map((line) => line.split(':', 2) as [string, string])),
  })
}

/** A pending artifact, logged as the client does, with its files and manifest uploaded and not yet committed. */
export async function givenUploaded(
  server: TestServer,
  caller: Caller,
  input: Omit<Parameters<typeof createArtifact>[2], 'digest' | 'type' | 'run' | 'deduplicate'> & {
    type?: string
    run?: string | null
    files: Record<string, string>
  },
): Promise<number> {
  const { files, ...rest } = input
  const created = await createArtifact(server.world, caller, {
    type: 'model',
    run: null,
    deduplicate: false,
    ...rest,
    digest: createHash('md5').update(JSON.stringify(files)).digest('hex'),
  })
  const { artifactId } = created
  const paths = Object.keys(files)
  const places = await createArtifactFiles(
    server.world,
    caller,
    paths.map((path) => ({ artifactId, path, digest: md5(files[path]!) })),
  )
  for (const [index, place] of places.entries()) {
    if (place.upload !== null) expect((await put(place, files[paths[index]!]!)).status).toBe(200)
  }
  const manifest = clientManifest(
    Object.fromEntries(
      paths.map((path) => [path, { digest: md5(files[path]!), size: Buffer.byteLength(files[path]!) }]),
    ),
  )
  await givenManifest(server, caller, artifactId, manifest)
  return artifactId
}

export async function givenManifest(
  server: TestServer,
  caller: Caller,
  artifactId: number,
  text: string,
  more: Partial<Parameters<typeof createManifest>[2]> = {},
): Promise<void> {
  const created = await createManifest(server.world, caller, {
    artifactId,
    kind: 'FULL',
    name: 'wandb_manifest.json',
    digest: md5(text),
    withUpload: true,
    ...more,
  })
  expect((await put(created, text)).status).toBe(200)
}

export async function givenCommitted(...call: Parameters<typeof givenUploaded>): Promise<number> {
  const artifactId = await givenUploaded(...call)
  await commitArtifact(call[0].world, call[1], artifactId)
  return artifactId
}

export type SeenEvent = { type: EventType; snapshot: EventSnapshot }

/** What happened since the last call, in order: for a server on which one thing happens at a time. */
export function watchEvents(server: TestServer): () => Promise<SeenEvent[]> {
  let last = 0
  return async () => {
    const rows = await server.world.db.read
      .selectFrom('events')
      .select(['id', 'type', 'snapshot'])
      .where('id', '>', last)
      .orderBy('id')
      .execute()
    last = rows.at(-1)?.id ?? last
    return rows.map((row) => ({ type: row.type as EventType, snapshot: JSON.parse(row.snapshot) as EventSnapshot }))
  }
}

/** An event in one line, such as `ADD_ARTIFACT_ALIAS churn:v1 production from v0`. */
export function inShort({ type, snapshot }: SeenEvent): string {
  const { subjects, alias, tag, previousVersion, movedTo } = snapshot
  const places = subjects.map(({ collection, version }) =>
    version === null ? collection : `${collection}:v${version}`,
  )
  const from = previousVersion === null ? [] : [`from v${previousVersion.version}`]
  const to = movedTo === null ? [] : [`to v${movedTo.version}`]
  return [type, places.join('+'), ...[alias ?? tag].filter((label) => label !== null), ...from, ...to].join(' ')
}

/**
 * The least that the client of `bench/client.ts` can do with: answers of GraphQL out of memory, bytes written to a
 * directory as they come, and one sync of the file system when a version commits. No rights, no sums, no database.
 *
 * Arguments: the directory; and where to keep notes, as JSON, if it is to be durable. Then it looks the key up for every
 * call, and keeps each step of an upload in a transaction.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { buildASTSchema, type DocumentNode, execute, parse } from 'graphql'
import { openNotes } from './durable-notes.ts'
import { offer } from './processes.ts'

const directory = process.argv[2]!
const notes = process.argv[3] === undefined ? undefined : await openNotes(JSON.parse(process.argv[3]))
const schemaText = readFileSync(join(import.meta.dirname, '..', '..', 'schema.graphql'), 'utf8')
const schema = buildASTSchema(parse(schemaText, { noLocation: true }), { assumeValid: true })
const documents = new Map<string, DocumentNode>()

const FEATURES = [
  'CLIENT_IDS',
  'LARGE_FILENAMES',
  'ARTIFACT_TAGS',
  'ARTIFACT_COLLECTION_MEMBERSHIP_FILES',
  'ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER',
  'PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP',
]
const NOW = new Date().toISOString()
const ENTITY = { id: idOf('Entity', 1), name: 'vision' }
const PROJECT = {
  id: idOf('Project', 1),
  internalId: idOf('ProjectInternalId', 1),
  name: 'churn',
  entity: ENTITY,
  entityName: 'vision',
}

type Version = ReturnType<typeof newVersion>
type BareFile = { name: string; directUrl: string }
const versions: Version[] = []
const latest = new Map<string, Version>()
let putCount = 0
let listed = { name: '', versions: 0 }

function idOf(type: string, number: number): string {
  return Buffer.from(`${type}:${number}`).toString('base64')
}

function newVersion(number: number, name: string, digest: string) {
  const sequence = { __typename: 'ArtifactSequence', id: idOf('Collection', 1), name, project: PROJECT }
  return {
    id: idOf('Artifact', number),
    state: 'PENDING',
    artifactSequence: sequence,
    artifactType: { id: idOf('Type', 1), name: 'dataset' },
    versionIndex: 0,
    metadata: null as string | null,
    ttlDurationSeconds: -2,
    ttlIsInherited: true,
    tags: [],
    aliases: [{ id: idOf('Alias', 1), alias: 'latest', artifactCollection: sequence }],
    digest,
    size: 0,
    fileCount: 0,
    createdAt: NOW,
    updatedAt: NOW,
    currentManifest: { id: idOf('Manifest', number), file: { id: idOf('File', 0), directUrl: '' } },
    bareFiles: [] as BareFile[],
  }
}

function versionOf(id: string): Version {
  const version = versions[Number(Buffer.from(id, 'base64').toString().split(':')[1])]
  if (version === undefined) throw new Error(`no artifact ${id}`)
  return version
}

function nextUrl(): string {
  putCount += 1
  return `${url}/wandb_artifacts/${putCount}`
}

type Paging = { after?: string | null; first?: number | null }

function pageOf<Node>(count: number, nodeAt: (at: number) => Node, { after, first }: Paging) {
  const start = after === undefined || after === null ? 0 : Number(after)
  const end = Math.min(count, start + (first ?? 50))
  const edges = Array.from({ length: end - start }, (_, at) => ({
    cursor: String(start + at + 1),
    version: `v${start + at}`,
    node: nodeAt(start + at),
  }))
  return { totalCount: count, edges, pageInfo: { endCursor: String(end), hasNextPage: end < count } }
}

function membershipOf(version: Version) {
  return {
    id: idOf('Membership', 1),
    versionIndex: 0,
    createdAt: NOW,
    aliases: version.aliases,
    artifactCollection: version.artifactSequence,
    artifact: version,
    files: (paging: Paging) =>
      pageOf(version.bareFiles.length, (at) => ({ __typename: 'File', ...version.bareFiles[at]! }), paging),
  }
}

/** The versions of a long collection, all alike. */
function listedCollection() {
  const one = { ...newVersion(0, listed.name, 'digest'), state: 'COMMITTED' }
  return {
    __typename: 'ArtifactSequence',
    id: idOf('Collection', 2),
    name: listed.name,
    artifacts: (paging: Paging) =>
      pageOf(listed.versions, (at) => ({ ...one, id: idOf('Artifact', at), versionIndex: at }), paging),
  }
}

const project = {
  ...PROJECT,
  artifact: ({ name }: { name: string }) => latest.get(name.split(':')[0]!) ?? null,
  artifactCollectionMembership: ({ name }: { name: string }) => membershipOf(latest.get(name.split(':')[0]!)!),
  artifactCollection: ({ name }: { name: string }) => ({
    __typename: 'ArtifactSequence',
    artifactMembership: () => membershipOf(latest.get(name)!),
  }),
  artifactType: () => ({ name: 'dataset', artifactCollection: listedCollection }),
}

type ManifestInput = { artifactID: string; digest: string }
type FilesInput = { artifactFiles: { artifactID: string; name: string; md5: string }[] }

const root = {
  viewer: {
    id: idOf('User', 1),
    name: 'bench',
    username: 'bench',
    entity: 'vision',
    admin: false,
    teams: { edges: [{ node: ENTITY }] },
  },
  serverInfo: { features: FEATURES.map((name) => ({ name, isEnabled: true })) },
  entity: ENTITY,
  project,
  model: project,
  artifact: ({ id }: { id: string }) => versionOf(id),
  upsertBucket: ({ input }: { input: { name?: string } }) => ({
    inserted: true,
    bucket: {
      id: idOf('Run', 1),
      name: input.name ?? 'run',
      displayName: 'bare-run-1',
      config: '{}',
      project,
      historyLineCount: 0,
    },
  }),
  createRunFiles: ({ input }: { input: { files: string[] } }) => ({
    runID: idOf('Run', 1),
    uploadHeaders: [],
    files: input.files.map((name) => ({ name, uploadUrl: nextUrl() })),
  }),
  async createArtifact({ input }: { input: { artifactCollectionName: string; digest: string } }) {
    await notes?.keep(JSON.stringify(input))
    const version = newVersion(versions.length, input.artifactCollectionName, input.digest)
    versions.push(version)
    return { artifact: { ...version, artifactSequence: { ...version.artifactSequence, latestArtifact: null } } }
  },
  async createArtifactManifest({ input }: { input: ManifestInput }) {
    await notes?.keep(JSON.stringify(input))
    const version = versionOf(input.artifactID)
    if (input.digest === '') return { artifactManifest: version.currentManifest }
    const { id, file } = version.currentManifest
    file.directUrl = `${nextUrl()}/wandb_manifest.json`
    return { artifactManifest: { id, file: { ...file, uploadUrl: file.directUrl, uploadHeaders: [] } } }
  },
  async createArtifactFiles({ input }: { input: FilesInput }) {
    await notes?.keep(JSON.stringify(input))
    const edges = input.artifactFiles.map(({ artifactID, name }) => {
      const file = { name, directUrl: nextUrl() }
      versionOf(artifactID).bareFiles.push(file)
      const node = {
        name,
        uploadUrl: file.directUrl,
        uploadHeaders: [],
        storagePath: name,
        artifact: { id: artifactID },
      }
      return { node }
    })
    return { files: { edges } }
  },
  async commitArtifact({ input }: { input: { artifactID: string } }) {
    const version = versionOf(input.artifactID)
    await promisify(execFile)('sync', ['-f', directory])
    await notes?.keep(JSON.stringify(input))
    version.state = 'COMMITTED'
    version.fileCount = version.bareFiles.length
    latest.set(version.artifactSequence.name, version)
    return { artifact: version }
  },
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!.split('?')[0]!
  const number = /^\/wandb_artifacts\/(\d+)/.exec(path)?.[1]
  if (number !== undefined) return answerBytes(join(directory, number), request, response)
  await notes?.key()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (path !== '/graphql') {
    response.writeHead(path.endsWith('/file_stream') ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
    return
  }
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
  const document = documents.get(query) ?? parse(query, { noLocation: true })
  documents.set(query, document)
  const result = await execute({ schema, document, rootValue: root, variableValues: variables })
  if (result.errors !== undefined) console.error(query.slice(0, 300), result.errors.map(String))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
}

async function answerBytes(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(file, { highWaterMark: 256 * 1024 }))
    response.writeHead(200).end()
    return
  }
  const { size } = statSync(file)
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(range?.[1] ?? 0)
  const end = Math.min(size - 1, range?.[2] ? Number(range[2]) : size - 1)
  const headers = { 'content-length': end - start + 1, 'accept-ranges': 'bytes' }
  const ranged = { ...headers, 'content-range': `bytes ${start}-${end}/${size}` }
  response.writeHead(range === null ? 200 : 206, range === null ? headers : ranged)
  await pipeline(createReadStream(file, { start, end, highWaterMark: 256 * 1024 }), response)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error)
    response.destroy()
  })
})
server.keepAliveTimeout = 60_000
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const actions = {
  url: () => url,
  /** Have a collection of so many versions from now on, to be listed. */
  list(collection: { name: string; versions: number }) {
    listed = collection
  },
  /** Remove large files, of which the disk has room for a few only. */
  'drop large'() {
    for (const name of readdirSync(directory)) {
      if (statSync(join(directory, name)).size > 1024 ** 2) rmSync(join(directory, name))
    }
  },
}
export type BareRegistryActions = typeof actions
offer(actions)

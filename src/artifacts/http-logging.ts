import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import {
  CollectionPath,
  Description,
  Label,
  TimeToLive,
  ttlSecondsOf,
  VersionOutput,
  versionOutput,
} from './http-shapes.ts'
import { commitVersion, describeVersion, logVersion } from './operations.ts'

/** The server adds it, as the wandb client does. */
const LATEST = 'latest'
const FILES_MAX = 10_000

const Path = text({ min: 1, max: 1_024 }).describe('Relative, with `/` between its parts.')
const Size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

const NewFile = z
  .union([
    z
      .strictObject({ path: Path, content: z.base64() })
      .describe('A small file, in base64: at most 1 MiB for all together.'),
    z.strictObject({ path: Path, size: Size, md5: z.base64().length(24) }).describe('A file that is uploaded next.'),
    z
      .strictObject({
        path: Path,
        reference: text({ min: 1, max: 8_192 }).describe('Where the bytes are, such as `s3://bucket/key`.'),
        size: Size.default(0),
        checksum: text({ min: 1, max: 8_192 }).optional(),
      })
      .describe('A reference: Tripline does not hold the bytes.'),
  ])
  .meta({ id: 'NewArtifactFile' })

const NewVersion = z
  .strictObject({
    type: Name,
    description: Description.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    aliases: z.array(Label).max(100).default([]).describe('`latest` is added to them.'),
    tags: z.array(Label).max(100).default([]),
    timeToLive: TimeToLive.default('inherit'),
    run: Name.optional().describe('The name of the run in this project that logs it.'),
    files: z.array(NewFile).max(FILES_MAX).default([]),
  })
  .meta({ id: 'NewVersion' })

const PendingOutput = z
  .object({
    artifactId: z.string(),
    uploads: z.array(
      z
        .object({ path: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) })
        .describe('PUT the bytes there, with these headers and without credentials, within 24 hours.'),
    ),
  })
  .meta({ id: 'PendingVersion', description: 'Upload these files, then commit the artifact.' })

export function loggingRoutes(app: RestApp, world: World): void {
  const tags = ['versions']

  app.post(
    '/projects/:entity/:project/collections/:collection/versions',
    {
      config: {
        wrongField: { artifact_type_mismatch: '/type', manifest_invalid: '/files', metadata_invalid: '/metadata' },
      },
      schema: {
        operationId: 'logVersion',
        summary: 'Log a version',
        description:
          'The collection is made if it is missing. 201: a new version. 200: the newest version has this very content ' +
          'and got the aliases and tags that are new. 202: files are to be uploaded, then the artifact committed.',
        tags,
        params: CollectionPath,
        body: NewVersion,
        response: { 200: VersionOutput, 201: VersionOutput, 202: PendingOutput },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { aliases, metadata, run, files, timeToLive, ...described } = request.body
      const logged = await logVersion(world, caller, {
        ...described,
        ...request.params,
        run: run ?? null,
        ttlSeconds: ttlSecondsOf(timeToLive),
        metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
        aliases: [LATEST, ...aliases],
        files: files.map(contentsOf),
      })
      if (logged.state === 'PENDING') {
        const uploads = logged.uploads.map(({ path, upload }) => ({
          path,
          url: upload.url,
          headers: Object.fromEntries(upload.headers.map(headerPair)),
        }))
        return reply.code(202).send({ artifactId: logged.artifactPublicId, uploads })
      }
      const version = await describeVersion(world, caller, logged.membership)
      return reply.code(logged.isNew ? 201 : 200).send(versionOutput(version))
    },
  )

  app.post(
    '/artifacts/:id/commit',
    {
      schema: {
        operationId: 'commitArtifact',
        summary: 'Make a pending artifact a version, once its files are uploaded',
        description: 'Again: the same answer.',
        tags,
        params: z.strictObject({ id: text({ min: 1, max: 64 }) }),
        response: { 200: VersionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const membership = await commitVersion(world, caller, request.params.id)
      return versionOutput(await describeVersion(world, caller, membership))
    },
  )
}

function contentsOf(file: z.output<typeof NewFile>) {
  if ('content' in file) return { path: file.path, content: Buffer.from(file.content, 'base64') }
  if ('md5' in file) return { path: file.path, size: file.size, digest: file.md5 }
  return { path: file.path, ref: file.reference, size: file.size, digest: file.checksum }
}

function headerPair(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1)]
}

import { z } from 'zod'
import { answerBlob } from '../http/byte-answer.ts'
import { decodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { text } from '../http/schemas.ts'
import { notFound } from '../refusal.ts'
import type { World } from '../world.ts'
import {
  answerPage,
  CollectionPath,
  Description,
  EntryOutput,
  FileOutput,
  Label,
  TimeToLive,
  ttlSecondsOf,
  VersionOutput,
  VersionPath,
  versionOutput,
} from './http-shapes.ts'
import {
  deleteAlias,
  deleteArtifact,
  describeVersion,
  describeVersions,
  directUrlOf,
  linkArtifact,
  listEntries,
  listFiles,
  listVersions,
  putAlias,
  requireCollection,
  requireVersion,
  unlinkArtifact,
  updateArtifact,
} from './operations.ts'

export function versionRoutes(app: RestApp, world: World): void {
  const tags = ['versions']
  const collectionPath = '/projects/:entity/:project/collections/:collection'
  const versionPath = `${collectionPath}/versions/:version`

  app.get(
    `${collectionPath}/versions`,
    {
      schema: {
        operationId: 'listVersions',
        summary: 'List the versions of a collection, newest first',
        tags,
        params: CollectionPath,
        querystring: PageQuery,
        response: { 200: page(VersionOutput) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['number'])?.[0]
      const caller = callerOf(request)
      const collection = await requireCollection(world, caller, request.params)
      const found = await listVersions(world, caller, collection.id, { limit, after })
      const described = await describeVersions(world, caller, found.items)
      return answerPage({ items: described, nextKey: found.nextKey }, versionOutput)
    },
  )

  app.get(
    versionPath,
    {
      schema: {
        operationId: 'getVersion',
        summary: 'Show a version',
        tags,
        params: VersionPath,
        response: { 200: VersionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const membership = await requireVersion(world, caller, request.params)
      return versionOutput(await describeVersion(world, caller, membership))
    },
  )

  app.patch(
    versionPath,
    {
      config: { wrongField: { metadata_invalid: '/metadata', tag_invalid: '/tags' } },
      schema: {
        operationId: 'updateVersion',
        summary: 'Change the description, metadata, tags or time to live of a version',
        description: 'They belong to the artifact, so they change wherever it is linked.',
        tags,
        params: VersionPath,
        body: z
          .strictObject({
            description: Description.nullable().optional(),
            metadata: z.record(z.string(), z.unknown()).optional().describe('Replaces the metadata there is.'),
            addTags: z.array(Label).max(100).optional(),
            deleteTags: z.array(Label).max(100).optional(),
            timeToLive: TimeToLive.optional(),
          })
          .meta({ id: 'VersionPatch' }),
        response: { 200: VersionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { description, metadata, addTags, deleteTags, timeToLive } = request.body
      const membership = await requireVersion(world, caller, request.params)
      await updateArtifact(world, caller, {
        artifactId: membership.artifactId,
        description,
        metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
        tagsToAdd: addTags,
        tagsToDelete: deleteTags,
        ttlSeconds: timeToLive === undefined ? undefined : ttlSecondsOf(timeToLive),
      })
      return versionOutput(await describeVersion(world, caller, membership))
    },
  )

  app.delete(
    versionPath,
    {
      schema: {
        operationId: 'deleteVersion',
        summary: 'Delete a version where it was logged, with all its links',
        tags,
        params: VersionPath,
        querystring: z.strictObject({
          deleteAliases: z.enum(['true', 'false']).default('false').describe('Also while it has aliases.'),
        }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const membership = await requireVersion(world, caller, request.params)
      const { artifactId } = membership
      await deleteArtifact(world, caller, { artifactId, deleteAliases: request.query.deleteAliases === 'true' })
      return reply.code(204).send(null)
    },
  )

  const tagPath = VersionPath.extend({ tag: Label })

  for (const method of ['put', 'delete'] as const) {
    app[method](
      `${versionPath}/tags/:tag`,
      {
        schema: {
          operationId: method === 'put' ? 'tagVersion' : 'untagVersion',
          summary: method === 'put' ? 'Tag a version' : 'Take a tag from a version',
          tags,
          params: tagPath,
          response: { 200: VersionOutput },
        },
      },
      async (request) => {
        const caller = callerOf(request)
        const membership = await requireVersion(world, caller, request.params)
        const labels = [request.params.tag]
        await updateArtifact(world, caller, {
          artifactId: membership.artifactId,
          ...(method === 'put' ? { tagsToAdd: labels } : { tagsToDelete: labels }),
        })
        return versionOutput(await describeVersion(world, caller, membership))
      },
    )
  }

  app.put(
    `${collectionPath}/aliases/:alias`,
    {
      schema: {
        operationId: 'putAlias',
        summary: 'Point an alias at a version',
        description: 'An alias that another version holds moves. Again: nothing happens.',
        tags,
        params: CollectionPath.extend({ alias: Label }),
        body: z
          .strictObject({ version: Label.describe('A number such as `v3`, or another alias of the version.') })
          .meta({ id: 'AliasTarget' }),
        response: { 200: VersionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const membership = await putAlias(world, caller, { ...request.params, version: request.body.version })
      return versionOutput(await describeVersion(world, caller, membership))
    },
  )

  app.delete(
    `${collectionPath}/aliases/:alias`,
    {
      schema: {
        operationId: 'deleteAlias',
        summary: 'Take an alias away from whichever version holds it',
        tags,
        params: CollectionPath.extend({ alias: Label }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteAlias(world, callerOf(request), request.params)
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${collectionPath}/links`,
    {
      schema: {
        operationId: 'linkVersion',
        summary: 'Link a version into a collection',
        description:
          'The collection is made if it is missing, and so is its project, but not a registry. A new link becomes ' +
          '`latest`. Again: the same link, and the aliases that are new.',
        tags,
        params: CollectionPath,
        body: z
          .strictObject({ source: VersionPath, aliases: z.array(Label).max(100).optional() })
          .meta({ id: 'NewLink' }),
        response: { 200: VersionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { source, aliases } = request.body
      const { artifactId } = await requireVersion(world, caller, source)
      const membership = await linkArtifact(world, caller, {
        source: { artifactId },
        target: request.params,
        aliases,
      })
      return versionOutput(await describeVersion(world, caller, membership))
    },
  )

  app.delete(
    `${collectionPath}/links/:version`,
    {
      schema: {
        operationId: 'unlinkVersion',
        summary: 'Unlink a version',
        tags,
        params: VersionPath,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const membership = await requireVersion(world, caller, request.params)
      const { artifactId, collection } = membership
      await unlinkArtifact(world, caller, { artifactId, portfolioId: collection.id })
      return reply.code(204).send(null)
    },
  )

  app.get(
    `${versionPath}/files`,
    {
      schema: {
        operationId: 'listFiles',
        summary: 'List the files of a version by path',
        description: 'References are not files.',
        tags,
        params: VersionPath,
        querystring: PageQuery,
        response: { 200: page(FileOutput) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const caller = callerOf(request)
      const { artifactId } = await requireVersion(world, caller, request.params)
      const found = await listFiles(world, caller, { artifactId }, { limit, after })
      return answerPage(found, (file) => ({
        path: file.path,
        size: file.size,
        md5: file.digest,
        url: directUrlOf(world, file),
      }))
    },
  )

  app.get(
    `${versionPath}/entries`,
    {
      schema: {
        operationId: 'listEntries',
        summary: 'List the files and the references of a version by path',
        tags,
        params: VersionPath,
        querystring: PageQuery,
        response: { 200: page(EntryOutput) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const caller = callerOf(request)
      const { artifactId } = await requireVersion(world, caller, request.params)
      const found = await listEntries(world, caller, { artifactId }, { limit, after })
      return answerPage(found, (entry) => ({
        path: entry.path,
        size: entry.size,
        reference: 'ref' in entry ? entry.ref : null,
      }))
    },
  )

  app.get(
    `${versionPath}/files/*`,
    {
      schema: {
        operationId: 'downloadFile',
        summary: 'Download a file of a version',
        tags,
        params: VersionPath.extend({ '*': text({ min: 1, max: 4_096 }).describe('The path of the file.') }),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const membership = await requireVersion(world, caller, request.params)
      const path = request.params['*']
      const { artifactId } = membership
      const { items } = await listFiles(world, caller, { artifactId, names: [path] }, { limit: 1 })
      const [file] = items
      if (file === undefined) throw notFound(`File "${path}"`)
      const { blobKey: key, size, digest: md5 } = file
      return answerBlob(request, reply, world.blobs, { key, size, md5, filename: path })
    },
  )
}

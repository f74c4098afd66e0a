import type { FastifyReply, FastifyRequest } from 'fastify'
import { decodeId } from '../graphql/ids.ts'
import { requireCredentials } from '../http/authentication.ts'
import { answerBlob } from '../http/byte-answer.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { notFound } from '../refusal.ts'
import type { World } from '../world.ts'
import { directUrlOf, findContent, findContentInEntity } from './operations.ts'
import type { BlobLocation } from './types.ts'

/**
 * `GET` and `HEAD` of `/artifactsV2/…` and `/artifacts/…`: where the client downloads one file of a version, with its
 * key, when it has no URL for it.
 *
 * The path names a collection, a version of it by artifact id, and a digest; the version that first held the bytes
 * (`birth`) is in it too, and counts for nothing.
 */
export function downloadRoutes(app: RestApp, world: World): void {
  app.register(async (scope) => {
    requireCredentials(scope, world, 'wandb')
    scope.route({
      method: ['GET', 'HEAD'],
      url: '/artifactsV2/*',
      schema: { hide: true },
      handler: async (request, reply) => {
        const wanted = parseV2Path(pathOf(request, '/artifactsV2/'))
        const found = wanted && (await findContent(world, callerOf(request), wanted))
        return answerContent(world, request, reply, found)
      },
    })
    scope.route({
      method: ['GET', 'HEAD'],
      url: '/artifacts/*',
      schema: { hide: true },
      handler: async (request, reply) => {
        const [entity, hexMd5, ...more] = pathOf(request, '/artifacts/')
        const digest = base64Of(hexMd5)
        const wanted = entity === undefined || digest === undefined || more.length > 0 ? undefined : { entity, digest }
        const found = wanted && (await findContentInEntity(world, callerOf(request), wanted))
        return answerContent(world, request, reply, found)
      },
    })
  })
}

async function answerContent(
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
  found: BlobLocation | undefined,
): Promise<FastifyReply> {
  if (found === undefined) throw notFound('File')
  const { blobKey: key, size, digest: md5, name: filename } = found
  // The client follows, and leaves its key here. The URL it gets is good for `GET` alone.
  if (world.blobs.direct !== undefined && request.method === 'GET')
    return reply.redirect(directUrlOf(world, found), 302)
  return answerBlob(request, reply, world.blobs, { key, size, md5, filename })
}

/** Read off the raw URL: the client leaves `/` in ids as it is and encodes the rest. */
function pathOf(request: FastifyRequest, prefix: string): string[] {
  const path = request.url.split('?')[0] as string
  try {
    const segments = path
      .slice(path.indexOf(prefix) + prefix.length)
      .split('/')
      .map(decodeURIComponent)
    return segments.some((segment) => segment.includes('\0')) ? [] : segments
  } catch {
    return []
  }
}

/**
 * `region/entity/project/collection/[artifactId/]birthArtifactId/hexMD5/basename`; `undefined` for anything else. Ids
 * are base64 of `Artifact:<integer>`, whose alphabet in these has no `/`.
 */
function parseV2Path(segments: readonly string[]) {
  const [, entity, project, collection, ...rest] = segments
  const [name, hexMd5, , artifactId, ...more] = rest.toReversed()
  const digest = base64Of(hexMd5)
  if (entity === undefined || project === undefined || collection === undefined) return undefined
  if (name === undefined || digest === undefined || rest.length < 3 || more.length > 0) return undefined
  if (artifactId === undefined) return { entity, project, collection, digest, name }
  const id = decodeId('Artifact', artifactId)
  return id === undefined ? undefined : { entity, project, collection, digest, name, artifactId: id }
}

function base64Of(hexMd5: string | undefined): string | undefined {
  return hexMd5 !== undefined && /^[0-9a-f]{32}$/i.test(hexMd5)
    ? Buffer.from(hexMd5, 'hex').toString('base64')
    : undefined
}

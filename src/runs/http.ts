import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requireCredentials } from '../http/authentication.ts'
import { readBody } from '../http/json-body.ts'
import { toProblem } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { text } from '../http/schemas.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { readStreamPart } from './file-stream.ts'
import { streamToRun } from './operations.ts'

/** Packed and unpacked alike: clients send at most some megabytes at a time. */
const BODY_BYTES_MAX = 32 * 1024 * 1024

const unpack = promisify(gunzip)

// What names may be is checked where they are given; these are the bounds.
const Part = text({ min: 1, max: 512 })
const RunPath = z.strictObject({ entity: Part, project: Part, run: Part })

/**
 * `POST /files/{entity}/{project}/{run}/file_stream`, where a run reports its lines, its summary and its end. The body
 * may be gzip, with or without a `Content-Type`. Errors are `{"error": …}`, which clients show as they are.
 */
export function runRoutes(app: RestApp, world: World): void {
  app.register(async (scope: RestApp) => {
    requireCredentials(scope, world, 'wandb')
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (request: FastifyRequest) => readBody(request))
    scope.post('/files/:entity/:project/:run/file_stream', {
      bodyLimit: BODY_BYTES_MAX,
      schema: { hide: true, params: RunPath },
      errorHandler: answerFailure,
      handler: async (request) => {
        const body = await readJson(request.body, request.headers['content-encoding'])
        await streamToRun(world, callerOf(request), request.params, readStreamPart(body))
        return { stopped: false }
      },
    })
  })
}

async function readJson(body: unknown, encoding: string | undefined): Promise<unknown> {
  if (!Buffer.isBuffer(body)) return {}
  const text = encoding?.trim().toLowerCase() === 'gzip' ? await unpackBounded(body) : body
  try {
    return JSON.parse(text.toString('utf8'))
  } catch (error) {
    throw new Refusal('malformed_json', `The body is not valid JSON: ${(error as Error).message}`)
  }
}

/** @throws Refusal `malformed_json` | `body_too_large` */
async function unpackBounded(packed: Buffer): Promise<Buffer> {
  try {
    return await unpack(packed, { maxOutputLength: BODY_BYTES_MAX })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Refusal('body_too_large', `Unpacked, the body has more than ${BODY_BYTES_MAX} bytes`)
    }
    throw new Refusal('malformed_json', 'The body is not valid gzip')
  }
}

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request.id)
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
  if (problem.status === 503) reply.header('retry-after', '1')
  reply.code(problem.status).send({ error: problem.detail, code: problem.code })
}

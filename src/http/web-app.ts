import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerPage } from './page.ts'

/** Beside the sources and in the package alike. */
const BUILT = join(import.meta.dirname, '..', '..', 'web', 'dist')

const ASSET_MAX_AGE_S = 365 * 24 * 3_600

/** What the build leaves in the page for the nonce of each answer. */
const NONCE_PLACE = '__NONCE__'
const NONCE_BYTES = 16

/** First segments of paths that belong to programs: an unknown path below one is a problem, never the app. */
const DOORS = new Set(['api', 'graphql', 'files', 'storage', 'artifacts', 'artifactsV2', 'assets', 'oidc', 'metrics'])

/**
 * Serves the web app: its files under `/assets`, for ever, as their names change with them, and its one page for every
 * path that a browser opens and no door has.
 *
 * @returns what answers such a path; `false` when the request is not a browser's for a page
 */
export function webApp(app: FastifyInstance): (request: FastifyRequest, reply: FastifyReply) => boolean {
  const page = existsSync(join(BUILT, 'index.html')) ? readFileSync(join(BUILT, 'index.html'), 'utf8') : undefined
  if (page !== undefined) {
    app.register(fastifyStatic, {
      root: join(BUILT, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      preCompressed: true,
      index: false,
      maxAge: ASSET_MAX_AGE_S * 1_000,
      immutable: true,
      schemaHide: true,
    })
  }

  return (request, reply) => {
    if (!isForPage(request)) return false
    if (page === undefined) answerUnbuilt(reply)
    else answerApp(reply, page)
    return true
  }
}

function isForPage(request: FastifyRequest): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  if (!(request.headers.accept ?? '').includes('text/html')) return false
  const path = request.url.split('?')[0] as string
  return !DOORS.has(path.split('/')[1] as string)
}

function answerApp(reply: FastifyReply, page: string): void {
  const nonce = randomBytes(NONCE_BYTES).toString('base64')
  reply
    .code(200)
    .header('content-type', 'text/html; charset=utf-8')
    // The page names the files of this build; after an upgrade it must be a new one.
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'same-origin')
    .header('x-frame-options', 'DENY')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), geolocation=(), microphone=()')
    .header('content-security-policy', policy(nonce))
    .send(page.replace(NONCE_PLACE, nonce))
}

/**
 * Scripts and styles of this server only; styles that scripts add carry the nonce. Pictures may be previews of files
 * (`blob:`), and a frame is a preview in a sandbox.
 */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    'frame-src blob:',
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function answerUnbuilt(reply: FastifyReply): void {
  answerPage(reply, {
    title: 'Tripline is running',
    body: `<p>The web app has not been built: run <code>npm run web</code> and start the server again. The
<code>wandb</code> client works already, and so does the <a href="/api/docs">REST API</a>.</p>`,
  })
}

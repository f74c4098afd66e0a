import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { REFUSALS } from '../refusal.ts'
import { VERSION } from '../runtime/version.ts'
import { type ApiDocument, completeDocument } from './openapi-document.ts'

const TAGS = {
  sessions: 'Browsers that are signed in.',
  users: 'People, API keys and yourself.',
  organizations: 'Organizations, which own teams and registries, and their members.',
  teams: 'Teams, which own projects, secrets, webhooks and automations, and their members.',
  invites: 'Links by which people join.',
  audit: 'Who changed which configuration.',
  projects: 'Projects and registries.',
  collections: 'Named lines of versions.',
  versions: 'Versions, their files, aliases, tags and links.',
  runs: 'What runs told.',
  automations: 'What is done when something happens to an artifact, and what was done.',
  events: 'What happened to artifacts.',
  secrets: 'Named strings of an entity, which can be written and never read.',
  webhooks: 'The receivers of an entity.',
  deliveries: 'Requests to receivers, with every attempt.',
  server: 'What concerns the server as a whole.',
}

/** The reader runs its own scripts and asks this server alone. Plain http is allowed, as everywhere here. */
const READER_CSP =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The OpenAPI document at `/api/openapi.json`, made from the routes' schemas, and a reader for it at `/api/docs`. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tripline',
        version: VERSION,
        description:
          'The artifact registry with automations. Errors are RFC 9457 problems with a stable `code`; ' +
          'lists take `limit` and `cursor`; creating calls take an `Idempotency-Key` header.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' },
          basic: { type: 'http', scheme: 'basic', description: 'User `api`, password an API key.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'tripline',
            description:
              'A browser that is signed in (`__Secure-tripline` over https). All requests but GET also need its token in ' +
              'the header `X-Tripline-Csrf`.',
          },
        },
      },
      security: [{ apiKey: [] }, { basic: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      completeDocument(jsonSchemaTransformObject(document) as ApiDocument, Object.keys(REFUSALS)) as ReturnType<
        typeof jsonSchemaTransformObject
      >,
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { persistAuthorization: true },
    staticCSP: READER_CSP,
  })
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

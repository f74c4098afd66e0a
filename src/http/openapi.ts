import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { VERSION } from '../runtime/version.ts'

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
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' },
          basic: { type: 'http', scheme: 'basic', description: 'User `api`, password an API key.' },
        },
      },
      security: [{ apiKey: [] }, { basic: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs', uiConfig: { persistAuthorization: true } })
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

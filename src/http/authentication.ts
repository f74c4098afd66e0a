import type { FastifyRequest } from 'fastify'
import { authenticate } from '../access/operations.ts'
import type { Via } from '../events/event.ts'
import type { World } from '../world.ts'
import { callerOf, type RestApp } from './rest.ts'

/** Who sends this request, by its headers; `null` without valid credentials. Cookies never count here. */
async function authenticateRequest(world: World, request: FastifyRequest, via: Via): Promise<void> {
  const { headers } = request
  request.caller =
    (await authenticate(world, {
      authorization: headers.authorization,
      usernameHeader: single(headers['x-wandb-username']),
      adminPrivilegesHeader: single(headers['use-admin-privileges']),
      causedByHeader: single(headers['x-tripline-caused-by']),
      importHeader: single(headers['x-tripline-import']),
      userAgent: headers['user-agent'],
      requestId: request.id,
      via,
    })) ?? null
}

/** Every route below `app` needs valid credentials, but those that say `config: { open: true }`. */
export function requireCredentials(app: RestApp, world: World, via: Via): void {
  app.addHook('onRequest', async (request) => {
    await authenticateRequest(world, request, via)
    if (request.routeOptions.config.open !== true) callerOf(request)
  })
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

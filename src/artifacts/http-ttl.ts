import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { TimeToLive, ttlOutput, ttlSecondsOf } from './http-shapes.ts'
import { getEntityTtl, setEntityTtl } from './operations.ts'

const EntityTtl = z.strictObject({ timeToLive: TimeToLive }).meta({ id: 'EntityTimeToLive' })

/** How long versions live where neither they nor their collection say so. */
export function timeToLiveRoutes(app: RestApp, world: World): void {
  const tags = ['versions']
  const path = '/entities/:entity/time-to-live'
  const params = z.strictObject({ entity: Name })

  app.get(
    path,
    {
      schema: {
        operationId: 'getEntityTimeToLive',
        summary: 'Show how long versions of an entity live where nothing else is said',
        tags,
        params,
        response: { 200: EntityTtl },
      },
    },
    async (request) => ({ timeToLive: ttlOutput(await getEntityTtl(world, callerOf(request), request.params.entity)) }),
  )

  app.put(
    path,
    {
      schema: {
        operationId: 'putEntityTimeToLive',
        summary: 'Set how long versions of an entity live where nothing else is said',
        description:
          'For its administrators. It counts from the creation of each version, and holds for those there are already. ' +
          'A team inherits from its organization.',
        tags,
        params,
        body: EntityTtl,
        response: { 200: EntityTtl },
      },
    },
    async (request) => {
      const { entity } = request.params
      const ttlSeconds = ttlSecondsOf(request.body.timeToLive)
      return { timeToLive: ttlOutput(await setEntityTtl(world, callerOf(request), { entity, ttlSeconds })) }
    },
  )
}

import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import type { World } from '../world.ts'
import { listMasterKeys, resealByHand } from './operations.ts'

const MasterKey = z
  .object({
    id: z.string().describe('A hash of the key, of which nothing of the key can be learnt.'),
    status: z
      .enum(['newest', 'older', 'missing'])
      .describe(
        '`newest` seals, `older` only opens, `missing` is not in the list of the process that answers: it cannot use what ' +
          'is sealed under it.',
      ),
    secrets: z.number().describe('Secrets that are still sealed under it.'),
    previousSecrets: z.number().describe('Replaced values that are.'),
    webhooks: z.number().describe('URLs of webhooks that are, also of deleted ones.'),
    removable: z.boolean().describe('Nothing is sealed under it any more, and no start needs it.'),
  })
  .meta({ id: 'MasterKey' })

export function masterKeyRoutes(app: RestApp, world: World): void {
  const tags = ['server']

  app.get(
    '/master-keys',
    {
      schema: {
        operationId: 'listMasterKeys',
        summary: 'List the master keys and what is sealed under each',
        description: 'For server administrators. Newest first, as the process that answers has them.',
        tags,
        response: { 200: z.object({ items: z.array(MasterKey) }) },
      },
    },
    async (request) => ({ items: await listMasterKeys(world, callerOf(request)) }),
  )

  app.post(
    '/master-keys/reseal',
    {
      schema: {
        operationId: 'resealWithNewestMasterKey',
        summary: 'Seal anew what older master keys have sealed',
        description:
          'For server administrators, once every process has the newest key first. Up to 5,000 rows a call: call again ' +
          'until `remaining` is 0. Then no process starts without the newest key, and the older ones can be removed.',
        tags,
        response: {
          200: z.object({
            resealed: z.number().describe('Rows that this call has sealed anew.'),
            remaining: z.number().describe('Rows that are still to be done.'),
            unreadable: z.number().describe('Rows that do not open, since they were changed; they stay as they are.'),
          }),
        },
      },
    },
    async (request) => resealByHand(world, callerOf(request)),
  )
}

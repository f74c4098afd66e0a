import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { getViewer, setDefaultEntity, updateOwnProfile } from './operations.ts'
import type { Caller } from './rights.ts'

/** What is changed of who somebody is; `null` takes it away. */
export const PROFILE = {
  name: text({ min: 1, max: 200 }).nullable().optional(),
  email: text({ min: 1, max: 320 }).nullable().optional(),
}

export const User = z
  .object({
    username: z.string(),
    kind: z.enum(['person', 'service']),
    name: z.string().nullable(),
    email: z.string().nullable(),
    admin: z.boolean().meta({ description: 'An administrator of the whole server.' }),
    team: z.string().nullable().meta({ description: 'The team a service account belongs to; null for people.' }),
    createdAt: Time,
  })
  .meta({ id: 'User' })

export const Viewer = User.extend({
  defaultEntity: z.string().meta({ description: 'Where things go when a request names no entity.' }),
  through: z.string().nullable().meta({ description: 'The service account that acts for this user.' }),
  hasPassword: z.boolean().meta({ description: 'Without one, the first is chosen without a current one.' }),
  entities: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['user', 'team', 'organization']),
      displayName: z.string().nullable(),
      organization: z.string().nullable(),
      role: z.enum(['admin', 'member', 'viewer']),
    }),
  ),
}).meta({ id: 'Viewer' })

export function viewerRoutes(app: RestApp, world: World): void {
  app.get(
    '/viewer',
    {
      schema: {
        tags: ['users'],
        operationId: 'getViewer',
        summary: 'Who you are, and your roles',
        response: { 200: Viewer },
      },
    },
    async (request) => viewer(world, callerOf(request)),
  )

  app.patch(
    '/viewer',
    {
      schema: {
        tags: ['users'],
        operationId: 'updateViewer',
        summary: 'Change your name, e-mail address or default entity',
        description: 'What is absent stays as it is.',
        body: z.strictObject({ ...PROFILE, defaultEntity: Name.optional() }),
        response: { 200: Viewer },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { defaultEntity, ...profile } = request.body
      if (Object.keys(profile).length > 0) await updateOwnProfile(world, caller, profile)
      if (defaultEntity !== undefined) await setDefaultEntity(world, caller, defaultEntity)
      const now = await viewer(world, caller)
      return { ...now, defaultEntity: defaultEntity ?? now.defaultEntity }
    },
  )
}

/** What the app shows of who is signed in. */
export async function viewer(world: World, caller: Caller): Promise<z.infer<typeof Viewer>> {
  const view = await getViewer(world, caller)
  return { ...view, createdAt: isoTime(view.createdAt) }
}

import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { visitorOf } from './http-sessions.ts'
import { changeOwnPassword, resetPassword } from './operations.ts'

const Password = text({ max: 1_000 })

export function passwordRoutes(app: RestApp, world: World): void {
  app.put(
    '/viewer/password',
    {
      schema: {
        tags: ['sessions'],
        operationId: 'changePassword',
        summary: 'Change your password, or choose a first one',
        description: '`current` is needed if there is one. Ends all your sessions but the one that asks.',
        body: z.strictObject({ current: Password.optional(), new: Password }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { current, new: next } = request.body
      const input = { current, new: next, sessionId: request.session?.id }
      await changeOwnPassword(world, callerOf(request), visitorOf(request), input)
      return reply.code(204).send(null)
    },
  )

  app.put(
    '/users/:username/password',
    {
      schema: {
        tags: ['users'],
        operationId: 'resetPassword',
        summary: 'Give a user another password',
        description: 'For server administrators, to help who forgot theirs. Ends all sessions of the user.',
        params: z.object({ username: Name }),
        body: z.strictObject({ new: Password }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { username } = request.params
      await resetPassword(world, callerOf(request), { username, new: request.body.new })
      return reply.code(204).send(null)
    },
  )
}

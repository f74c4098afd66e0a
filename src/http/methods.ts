import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * Every path of `app` answers the methods it does not take with 405 and those it takes. Call it before there are routes:
 * the returned function, called behind the last of them, does it.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    taken.set(url, methods)
  })

  return () => {
    // Plugins are loaded in order, so this one sees the routes of all before it.
    app.register(async (scope) => {
      const paths = [...taken].map(([url, methods]) => [url, new Set(methods)] as const)
      for (const [url, methods] of paths) {
        const elsewhere = paths.filter(([other]) => other !== url && covers(other, url))
        const free = METHODS.filter((one) => !methods.has(one) && !elsewhere.some(([, others]) => others.has(one)))
        if (free.length === 0) continue
        const allow = [...methods].sort().join(', ')
        scope.route({
          method: free,
          url,
          schema: { hide: true },
          // Before the body is read.
          onRequest: async (request, reply) => {
            reply.header('allow', allow)
            throw new Refusal('method_not_allowed', `${request.method} is not possible here, only ${allow}`)
          },
          handler: async () => {},
        })
      }
    })
  }
}

/** Whether requests to the path `url` could be for the route `pattern`, too: a fixed part beats a parameter. */
function covers(pattern: string, url: string): boolean {
  const parts = url.split('/')
  for (const [index, part] of pattern.split('/').entries()) {
    if (part === '*') return true
    if (part.startsWith(':') ? parts[index] === undefined : part !== parts[index]) return false
  }
  return pattern.split('/').length === parts.length
}

import type { FastifyRequest } from 'fastify'
import { readBody } from '../http/json-body.ts'
import { answerPage, escapeHtml } from '../http/page.ts'
import { asRefusal } from '../http/problem.ts'
import type { RestApp } from '../http/rest.ts'
import type { World } from '../world.ts'
import { setUp } from './operations.ts'

const BODY_BYTES_MAX = 16 * 1024

/**
 * What the one-time link of the first start opens: a form that creates the administrator, and then says what to type in
 * a terminal. The token in the link is all the proof there is, so nothing else is asked for.
 */
export function setupPage(app: RestApp, world: World): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    answerPage(reply, {
      title: 'Tripline is running',
      body: `<p>There is no web app yet. Point the <code>wandb</code> client at this address with
<code>WANDB_BASE_URL</code>, and do everything else by the <a href="/api/docs">REST API</a>.</p>`,
    })
    return reply
  })

  app.register(async (scope) => {
    // Only what the form sends, so that every field is text.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/x-www-form-urlencoded', async (request: FastifyRequest) =>
      Object.fromEntries(new URLSearchParams((await readBody(request)).toString('utf8'))),
    )

    scope.get('/setup', { schema: { hide: true } }, async (request, reply) => {
      const { token } = request.query as { token?: unknown }
      form(reply, { token: typeof token === 'string' ? token : '', username: '' })
      return reply
    })

    scope.post('/setup', { bodyLimit: BODY_BYTES_MAX, schema: { hide: true } }, async (request, reply) => {
      const given = (request.body ?? {}) as Record<string, string | undefined>
      const token = given.token ?? ''
      const username = given.username ?? ''
      try {
        const { apiKey } = await setUp(world, { token, username, password: given.password || undefined })
        done(reply, { username, apiKey, publicUrl: world.config.publicUrl ?? '' })
      } catch (error) {
        const refusal = asRefusal(error)
        if (refusal === undefined) throw error
        form(reply, { token, username, status: refusal.status, problem: refusal.message })
      }
      return reply
    })
  })
}

function form(
  reply: Parameters<typeof answerPage>[0],
  input: { token: string; username: string; status?: number; problem?: string },
): void {
  const problem = input.problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(input.problem)}</p>`
  answerPage(reply, {
    status: input.status ?? 200,
    title: 'Set up Tripline',
    body: `${problem}
<p>Create the administrator of this server. The link works once.</p>
<form method="post" action="/setup">
  <input type="hidden" name="token" value="${escapeHtml(input.token)}">
  <label>Username
    <input name="username" required maxlength="128" autocomplete="username" value="${escapeHtml(input.username)}" autofocus></label>
  <label>Password, for signing in with a browser later (may stay empty)
    <input name="password" type="password" minlength="12" maxlength="200" autocomplete="new-password"></label>
  <button>Create</button>
</form>`,
  })
}

function done(
  reply: Parameters<typeof answerPage>[0],
  input: { username: string; apiKey: string; publicUrl: string },
): void {
  const commands = `export WANDB_BASE_URL=${input.publicUrl}\nexport WANDB_API_KEY=${input.apiKey}\npython train.py`
  answerPage(reply, {
    status: 201,
    title: 'Ready',
    body: `<p>${escapeHtml(input.username)} is the administrator of this server. The API key is shown only now; keep it.</p>
<p>In a terminal, with the script you already have:</p>
<pre>${escapeHtml(commands)}</pre>
<p>Then make a team, a webhook and an automation: the <a href="/api/docs">API</a> and the README say how.</p>`,
  })
}

import createFetchClient, { type Middleware } from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'
import { noteAnswer, noteNoAnswer } from './reach'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** What the API answers when it refuses: RFC 9457, with a stable `code`. */
export type Problem = Schemas['Problem']

/** The header that proves that a change by cookie comes from this app. */
const CSRF_HEADER = 'x-tripline-csrf'
const SAFE_METHODS = new Set(['GET', 'HEAD'])

let csrfToken: string | null = null
let username: string | undefined
let onSignedOut = () => {}

/** To be called with each answer that tells of the session: whose it is, and the token of its changes. */
export function rememberSession(state: Schemas['SessionState']): void {
  csrfToken = state.csrfToken
  username = state.viewer?.username
}

/** What to do when a call is answered with 401: the session has ended. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then
}

const session: Middleware = {
  onRequest({ request }) {
    if (!SAFE_METHODS.has(request.method) && csrfToken !== null) request.headers.set(CSRF_HEADER, csrfToken)
    return request
  },
  onResponse({ request, response }) {
    if (response.status === 401 && !new URL(request.url).pathname.endsWith('/session')) onSignedOut()
  },
  onError() {
    return offline()
  },
}

/**
 * The answer to a request. A change that is refused because this person has signed in anew meanwhile, as in another tab,
 * is sent once more with the new token; never in the name of somebody else.
 */
async function send(request: Request): Promise<Response> {
  const again = SAFE_METHODS.has(request.method) ? undefined : request.clone()
  const response = await reach(request)
  if (again === undefined || !(await hasOldToken(response))) return response
  const { data: state } = await api.GET('/api/v1/session')
  if (state?.viewer == null || state.viewer.username !== username) {
    onSignedOut()
    return response
  }
  rememberSession(state)
  again.headers.set(CSRF_HEADER, state.csrfToken ?? '')
  return reach(again)
}

async function reach(request: Request): Promise<Response> {
  try {
    const response = await fetch(request)
    noteAnswer(response)
    return response
  } catch (error) {
    if (!request.signal.aborted) noteNoAnswer()
    throw error
  }
}

async function hasOldToken(response: Response): Promise<boolean> {
  if (response.status !== 403) return false
  const { code } = (await response.clone().json()) as Partial<Problem>
  return code === 'csrf_token_invalid'
}

/** No answer at all looks like any other problem, so that every screen shows it the same way. */
function offline(): Response {
  const problem: Problem = {
    type: 'about:blank',
    title: 'No answer',
    status: 503,
    code: 'offline',
    detail: 'The server does not answer. Check the connection, then try again.',
    requestId: '',
  }
  return Response.json(problem, { status: 503 })
}

/** Typed calls: `await api.POST('/api/v1/teams', { body })` resolves to `{ data, error }`. */
export const api = createFetchClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  fetch: send,
})
api.use(session)

/** The same as queries and mutations: `$api.useQuery('get', '/api/v1/viewer')`. Their errors are a `Problem`. */
export const $api = createQueryClient(api)

/** Whatever a query or mutation failed with, as a problem to show. */
export function asProblem(error: unknown): Problem {
  if (typeof error === 'object' && error !== null && 'code' in error && 'detail' in error) return error as Problem
  const detail = error instanceof Error ? error.message : 'Something unexpected happened in this page.'
  return { type: 'about:blank', title: 'Something went wrong', status: 0, code: 'unexpected', detail, requestId: '' }
}

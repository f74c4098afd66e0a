import type { RestAnswer } from './server.ts'

/** What of a browser matters to the server: it keeps the session's cookie, and the app in it sends the token along. */
export type TestBrowser = {
  /** A REST call with the cookie and, unless `headers` has one, the token. `undefined` as a header: without it. */
  rest(method: string, path: string, body?: unknown, headers?: Record<string, string | undefined>): Promise<RestAnswer>
  signIn(body: object): Promise<RestAnswer>
  /** Of the cookie. */
  token(): string
  csrfToken(): string
}

/** - `token`: of a cookie that it has from the beginning. */
export function createBrowser(url: string, token?: string): TestBrowser {
  let cookie = token === undefined ? undefined : `tripline=${token}`
  let csrfToken: string | undefined

  async function rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<RestAnswer> {
    const sent = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'user-agent': 'a test browser',
      cookie,
      'x-tripline-csrf': csrfToken,
      ...headers,
    }
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const set = response.headers.get('set-cookie')?.split(';')[0]
    if (set !== undefined) cookie = set.endsWith('=') ? undefined : set
    const parsed = text === '' ? text : JSON.parse(text)
    if (typeof parsed.csrfToken === 'string') csrfToken = parsed.csrfToken
    return { status: response.status, body: parsed, headers: response.headers, text }
  }

  return {
    rest,
    signIn: (body) => rest('POST', '/session', body),
    token: () => cookie?.split('=')[1] ?? '',
    csrfToken: () => csrfToken ?? '',
  }
}

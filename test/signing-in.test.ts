/** Signing in by an identity provider: a real one on loopback, asked over HTTP, and everything it could say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../src/runtime/config.ts'
import { createBrowser } from './support/browser.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { auditOf, givenWebUser, later, PASSWORD } from './support/web-users.ts'

type Claims = Record<string, unknown> & { sub: string }

let people = 0
/** Somebody the provider knows and this server does not. */
function somebody(claims: Partial<Claims> = {}): Claims & { email: string } {
  const sub = `subject-${++people}`
  return { sub, email: `${sub}@example.com`, email_verified: true, name: 'Some Body', ...claims } as never
}

async function startProvider() {
  const provider = new OAuth2Server()
  await provider.issuer.keys.generate('RS256')
  await provider.start(0, 'localhost')
  return provider
}

const oidcEnv = (provider: OAuth2Server, env: Record<string, string> = {}) => ({
  TRIPLINE_OIDC_ISSUER: provider.issuer.url as string,
  TRIPLINE_OIDC_CLIENT_ID: 'tripline',
  TRIPLINE_OIDC_CLIENT_SECRET: 'the secret of the client',
  ...env,
})

/** What a browser does between the button and the page it ends at. `meddle`: on the way back from the provider. */
async function signIn(
  server: TestServer,
  provider: OAuth2Server,
  claims: Claims,
  { next = '/', meddle = {} }: { next?: string; meddle?: { url?: (url: URL) => void; cookie?: string | null } } = {},
) {
  const base = server.world.config.publicUrl as string
  const begun = await fetch(`${base}/oidc/login?next=${encodeURIComponent(next)}`, { redirect: 'manual' })
  if (begun.status !== 302) return { begun, status: begun.status, page: await begun.text() }
  const authorize = new URL(begun.headers.get('location') as string)
  const cookie = meddle.cookie === undefined ? begun.headers.get('set-cookie')!.split(';')[0]! : meddle.cookie
  const sign = (token: { payload: Record<string, unknown> }) => Object.assign(token.payload, claims)
  provider.service.on('beforeTokenSigning', sign)
  const userInfo = (response: { body: unknown }) => Object.assign(response, { body: { sub: claims.sub } })
  provider.service.on('beforeUserinfo', userInfo)
  try {
    const back = await fetch(authorize, { redirect: 'manual' })
    const callback = new URL(back.headers.get('location') as string)
    meddle.url?.(callback)
    const answer = await fetch(callback, { redirect: 'manual', headers: cookie === null ? {} : { cookie } })
    const cookies = answer.headers.getSetCookie()
    const session = cookies.find((set) => set.startsWith('tripline='))
    const token = session?.split(';')[0]?.slice('tripline='.length)
    const to = answer.headers.get('location')
    const [status, page] = [answer.status, await answer.text()]
    return { begun, authorize, callback, status, to, page, cookies, cookie, browser: createBrowser(server.url, token) }
  } finally {
    provider.service.off('beforeTokenSigning', sign)
    provider.service.off('beforeUserinfo', userInfo)
  }
}

let provider: OAuth2Server
beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.stop())

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine, { env: oidcEnv(provider, { TRIPLINE_OIDC_LABEL: 'Example SSO' }) })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test('the first screen knows of it', async () => {
    expect((await createBrowser(server.url).rest('GET', '/session')).body.signIn).toEqual({
      password: true,
      oidc: { label: 'Example SSO', url: '/oidc/login' },
    })
  })

  test('the account is found by its verified address, and from then on by who it is', async () => {
    const claims = somebody()
    const user = await givenWebUser(server, { email: claims.email.toUpperCase() })
    const first = await signIn(server, provider, claims, { next: '/team/project?tab=runs' })
    expect(first).toMatchObject({ status: 302, to: '/team/project?tab=runs' })
    expect(first.authorize!.searchParams.get('code_challenge_method')).toBe('S256')
    expect(first.authorize!.searchParams.get('redirect_uri')).toBe(`${server.world.config.publicUrl}/oidc/callback`)
    expect(first.begun.headers.get('set-cookie')).toMatch(
      /^tripline-oidc=[^;]+; Path=\/oidc; Max-Age=600; HttpOnly; SameSite=Lax$/,
    )
    expect(first.cookies).toContainEqual(expect.stringMatching(/^tripline-oidc=; Path=\/oidc; Max-Age=0/))
    const state = await first.browser!.rest('GET', '/session')
    expect(state.body.viewer).toMatchObject({ username: user.username })
    expect((await first.browser!.rest('PATCH', '/viewer', { defaultEntity: user.username })).status).toBe(200)
    expect((await first.browser!.rest('GET', '/viewer/sessions')).body.items).toMatchObject([{ method: 'oidc' }])
    expect(await auditOf(server, user.username)).toContainEqual(
      expect.objectContaining({ action: 'identity.linked', via: 'web', actor: user.username }),
    )

    const moved = await signIn(server, provider, { ...claims, email: 'elsewhere@example.com' })
    expect((await moved.browser!.rest('GET', '/viewer')).body).toMatchObject({ username: user.username })
    await server.rest('DELETE', `/users/${user.username}`)
    expect((await signIn(server, provider, claims)).status).toBe(403)
  })

  describe('nobody gets the account of another', () => {
    const isRefused = async (claims: Claims) => {
      const answer = await signIn(server, provider, claims)
      expect([answer.status, answer.to, answer.cookies?.some((set) => /^tripline=[^;]/.test(set))]).toEqual([
        403,
        null,
        false,
      ])
      expect(answer.page).toContain('role="alert"')
    }

    test('by an address that is not verified', async () => {
      for (const verified of [false, 'false', undefined, 1]) {
        const claims = somebody({ email_verified: verified })
        await givenWebUser(server, { email: claims.email })
        await isRefused(claims)
      }
    })

    test('by an address that was given to a new person', async () => {
      const claims = somebody()
      await givenWebUser(server, { email: claims.email })
      expect((await signIn(server, provider, claims)).status).toBe(302)
      await isRefused({ ...somebody(), email: claims.email })
    })

    test('by an address that only the user of the account vouches for', async () => {
      const victim = somebody()
      const { body } = await server.rest('POST', '/invites', {})
      const account = { username: `squatter-${victim.sub}`, password: PASSWORD, email: victim.email }
      const squatter = createBrowser(server.url)
      expect((await squatter.rest('POST', `/invites/by-token/${body.token}/accept`, account)).status).toBe(200)
      await isRefused(victim)
    })

    test('and whoever has no account gets none', async () => {
      await isRefused(somebody())
    })
  })

  describe('what comes back has to fit what was begun', () => {
    const states: [string, Parameters<typeof signIn>[3], number][] = [
      ['the state of another', { meddle: { url: (url) => url.searchParams.set('state', 'another') } }, 502],
      ['no state', { meddle: { url: (url) => url.searchParams.delete('state') } }, 502],
      ['a code of another', { meddle: { url: (url) => url.searchParams.set('code', 'another') } }, 502],
      ['a denial', { meddle: { url: (url) => url.searchParams.set('error', 'access_denied') } }, 502],
      ['no cookie', { meddle: { cookie: null } }, 400],
      ['a cookie that was made up', { meddle: { cookie: 'tripline-oidc=%00{}' } }, 400],
    ]
    test.each(states)('%s', async (_what, options, status) => {
      const claims = somebody()
      await givenWebUser(server, { email: claims.email })
      const answer = await signIn(server, provider, claims, options)
      expect(answer.status, answer.page).toBe(status)
      expect(answer.cookies!.filter((set) => /^tripline=[^;]/.test(set))).toEqual([])
    })

    test.each([
      ['nonce', { nonce: 'another' }],
      ['audience', { aud: 'another' }],
      ['issuer', { iss: 'https://another.example' }],
      ['end', { exp: 1_000 }],
    ])('another %s in the token', async (_what, wrong) => {
      const claims = somebody(wrong)
      await givenWebUser(server, { email: claims.email })
      expect((await signIn(server, provider, claims)).status).toBe(502)
    })

    test('in ten minutes, once', async () => {
      const claims = somebody()
      await givenWebUser(server, { email: claims.email })
      const done = await signIn(server, provider, claims)
      expect(done.status).toBe(302)
      const again = () => fetch(done.callback!, { redirect: 'manual', headers: { cookie: done.cookie! } })
      expect((await again()).status).toBe(502)
      expect((await later(server, 10 * 60_000 + 1_000, again)).status).toBe(400)
    })
  })
})

describe('with accounts made for whoever may come', () => {
  let server: TestServer
  beforeAll(async () => {
    const env = { TRIPLINE_OIDC_CREATE_USERS: 'on', TRIPLINE_OIDC_ALLOWED_DOMAINS: 'example.com, example.org' }
    server = await startTestServer('sqlite', { env: oidcEnv(provider, env) })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const viewerOf = async (claims: Claims) => {
    const { browser } = await signIn(server, provider, claims)
    return (await browser!.rest('GET', '/viewer')).body
  }

  test('they have a name of their own, which others may have already', async () => {
    const ada = somebody({ preferred_username: 'Ada Löve' })
    expect(await viewerOf(ada)).toMatchObject({
      username: 'Ada-Love',
      email: ada.email,
      name: 'Some Body',
      admin: false,
    })
    expect(await viewerOf(ada)).toMatchObject({ username: 'Ada-Love' })
    expect(await viewerOf(somebody({ preferred_username: 'ada-love' }))).toMatchObject({ username: 'ada-love-2' })
    expect(await viewerOf(somebody({ preferred_username: 'admin' }))).toMatchObject({ username: 'admin-2' })
    expect(await viewerOf(somebody({ email: 'grace@example.org' }))).toMatchObject({ username: 'grace' })
  })

  test('of the domains alone, by a verified address', async () => {
    for (const claims of [
      somebody({ email: 'eve@evil.example' }),
      somebody({ email_verified: false }),
      somebody({ email: undefined }),
    ]) {
      expect((await signIn(server, provider, claims)).status).toBe(403)
    }
  })

  test('and lead nowhere else', async () => {
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
      expect(await signIn(server, provider, somebody(), { next })).toMatchObject({ status: 302, to: '/' })
    }
  })
})

test('before there is an administrator the provider makes nobody', async () => {
  const env = oidcEnv(provider, {
    TRIPLINE_OIDC_CREATE_USERS: 'on',
    TRIPLINE_ADMIN_USERNAME: '',
    TRIPLINE_ADMIN_API_KEY: '',
  })
  await using server = await startTestServer('sqlite', { env })
  expect((await signIn(server, provider, somebody())).status).toBe(403)
  expect((await createBrowser(server.url).rest('GET', '/session')).body).toMatchObject({ setUpNeeded: true })
})

test('a provider that is not there is a page that says so, until it is', async () => {
  const late = await startProvider()
  const port = Number(new URL(late.issuer.url as string).port)
  await late.stop()
  await using server = await startTestServer('sqlite', {
    env: oidcEnv(provider, { TRIPLINE_OIDC_ISSUER: `http://localhost:${port}`, TRIPLINE_LOG_LEVEL: 'silent' }),
  })
  const claims = somebody()
  await givenWebUser(server, { email: claims.email })
  expect(await signIn(server, late, claims)).toMatchObject({ status: 502 })
  await late.start(port, 'localhost')
  expect(await signIn(server, late, claims)).toMatchObject({ status: 302 })
  await late.stop()
})

test('without a provider there are no such pages', async () => {
  await using server = await startTestServer('sqlite')
  expect((await fetch(`${server.url}/oidc/login`)).status).toBe(404)
  expect((await createBrowser(server.url).rest('GET', '/session')).body.signIn.oidc).toBeNull()
})

test('attempts are counted by the address that a trusted proxy tells, and only a trusted one', async () => {
  for (const [trusted, status] of [
    ['127.0.0.0/8', 401],
    ['10.0.0.1', 429],
  ] as const) {
    await using server = await startTestServer('sqlite', { env: { TRIPLINE_TRUSTED_PROXIES: trusted } })
    const attempt = (address: string) =>
      server.rest('POST', '/session', { apiKey: 'x' }, { key: null, headers: { 'x-forwarded-for': address } })
    await Promise.all(Array.from({ length: 50 }, () => attempt('203.0.113.1')))
    expect((await attempt('203.0.113.1')).status).toBe(429)
    expect((await attempt('203.0.113.2')).status).toBe(status)
  }
})

test('the settings in the guide are taken as they are', () => {
  const guide = readFileSync(join(import.meta.dirname, '..', 'docs', 'signing-in.md'), 'utf8')
  const [, block] = /```sh\n([\s\S]*?)```/.exec(guide)!
  const directory = mkdtempSync(join(tmpdir(), 'tripline-guide-'))
  const file = join(directory, 'oidc')
  try {
    writeFileSync(file, 'a secret\n')
    const lines = block!
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string])
    const env = Object.fromEntries(lines)
    expect(env.TRIPLINE_OIDC_CLIENT_SECRET_FILE).toBeDefined()
    expect(readConfig({ ...env, TRIPLINE_OIDC_CLIENT_SECRET_FILE: file }).oidc).toEqual({
      issuer: 'https://accounts.google.com',
      clientId: '…',
      clientSecret: 'a secret',
      scopes: 'openid email profile',
      allowedDomains: ['example.com'],
      createUsers: true,
      label: 'Single sign-on',
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('settings that are wrong are all named', () => {
  const env = {
    TRIPLINE_OIDC_ISSUER: 'http://accounts.example.com',
    TRIPLINE_OIDC_CLIENT_SECRET: 'a',
    TRIPLINE_OIDC_CLIENT_SECRET_FILE: '/no/such/file',
    TRIPLINE_OIDC_SCOPES: 'email',
    TRIPLINE_OIDC_ALLOWED_DOMAINS: 'example.com, @example.org',
    TRIPLINE_OIDC_CREATE_USERS: 'yes',
    TRIPLINE_TRUSTED_PROXIES: '10.0.0.0/8, proxy',
  }
  const named = (() => {
    try {
      readConfig(env)
      return ''
    } catch (error) {
      return (error as Error).message
    }
  })()
  for (const name of [...Object.keys(env), 'TRIPLINE_OIDC_CLIENT_ID']) expect(named).toContain(name)
})

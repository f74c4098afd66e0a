import { readFileSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import type { SettingName } from './config.ts'

/** How people sign in by an identity provider that speaks OpenID Connect. */
export type OidcSettings = {
  issuer: string
  clientId: string
  /** `undefined`: a public client, which PKCE alone protects. */
  clientSecret: string | undefined
  scopes: string
  /** In lower case; none: all. */
  allowedDomains: readonly string[]
  createUsers: boolean
  /** What the button says. */
  label: string
}

export const SIGNING_IN_SETTINGS = [
  {
    name: 'TRIPLINE_TRUSTED_PROXIES',
    default: '',
    help: 'Addresses and CIDRs, comma separated, of the proxies in front of this server: from these alone `X-Forwarded-For` counts. By the address that it tells attempts to sign in are counted; without it all who come through a proxy share one.',
  },
  {
    name: 'TRIPLINE_OIDC_ISSUER',
    default: '',
    help: 'The URL of an identity provider that speaks OpenID Connect, as its discovery document says it: people sign in with it. See docs/signing-in.md.',
  },
  { name: 'TRIPLINE_OIDC_CLIENT_ID', default: '', help: 'The id that the provider has given this server.' },
  {
    name: 'TRIPLINE_OIDC_CLIENT_SECRET',
    default: '',
    help: 'The secret that goes with it. Unset: a public client, protected by PKCE alone.',
  },
  { name: 'TRIPLINE_OIDC_CLIENT_SECRET_FILE', default: '', help: 'A file with that secret.' },
  {
    name: 'TRIPLINE_OIDC_SCOPES',
    default: 'openid email profile',
    help: 'What the provider is asked for; `openid` must be among it.',
  },
  {
    name: 'TRIPLINE_OIDC_ALLOWED_DOMAINS',
    default: '',
    help: 'Domains, comma separated: only who has a verified e-mail address in one of them gets in by the provider.',
  },
  {
    name: 'TRIPLINE_OIDC_CREATE_USERS',
    default: 'off',
    help: '`on`: whoever the provider sends, and the domains allow, gets an account. `off`: only who has one already.',
  },
  { name: 'TRIPLINE_OIDC_LABEL', default: 'Single sign-on', help: 'What the button of the web app says.' },
] as const

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])
const LABEL_LENGTH_MAX = 60
const DOMAIN = /^[a-z0-9.-]+\.[a-z]{2,}$/

type Value = (name: SettingName) => string | undefined

/** `undefined` without an issuer. What is wrong is added to `problems`. */
export function readOidc(value: Value, problems: string[]): OidcSettings | undefined {
  const issuer = value('TRIPLINE_OIDC_ISSUER')
  const clientId = value('TRIPLINE_OIDC_CLIENT_ID')
  const clientSecret = readSecret(value, problems)
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return undefined
  if (issuer === undefined || clientId === undefined) {
    problems.push('TRIPLINE_OIDC_ISSUER and TRIPLINE_OIDC_CLIENT_ID go together: set both or neither')
  }
  if (issuer !== undefined) checkIssuer(issuer, problems)

  const scopes = value('TRIPLINE_OIDC_SCOPES') ?? 'openid email profile'
  if (!scopes.split(/\s+/).includes('openid')) problems.push('TRIPLINE_OIDC_SCOPES must have "openid" among them')
  const allowedDomains = listOf(value('TRIPLINE_OIDC_ALLOWED_DOMAINS')).map((domain) => domain.toLowerCase())
  for (const domain of allowedDomains.filter((one) => !DOMAIN.test(one))) {
    problems.push(`TRIPLINE_OIDC_ALLOWED_DOMAINS: "${domain}" is no domain such as example.com`)
  }
  const createUsers = value('TRIPLINE_OIDC_CREATE_USERS') ?? 'off'
  if (createUsers !== 'on' && createUsers !== 'off') {
    problems.push(`TRIPLINE_OIDC_CREATE_USERS must be "on" or "off", not "${createUsers}"`)
  }
  const label = value('TRIPLINE_OIDC_LABEL') ?? 'Single sign-on'
  if (label.length > LABEL_LENGTH_MAX)
    problems.push(`TRIPLINE_OIDC_LABEL must have at most ${LABEL_LENGTH_MAX} characters`)
  return {
    issuer: issuer ?? '',
    clientId: clientId ?? '',
    clientSecret,
    scopes,
    allowedDomains,
    createUsers: createUsers === 'on',
    label,
  }
}

/** Whom to believe who a request comes from: addresses and CIDRs. */
export function readTrustedProxies(value: Value, problems: string[]): readonly string[] {
  const proxies = listOf(value('TRIPLINE_TRUSTED_PROXIES'))
  for (const proxy of proxies) {
    if (ipaddr.isValid(proxy) || ipaddr.isValidCIDR(proxy)) continue
    problems.push(`TRIPLINE_TRUSTED_PROXIES: "${proxy}" is neither an address nor a CIDR such as 10.0.0.0/8`)
  }
  return proxies
}

function readSecret(value: Value, problems: string[]): string | undefined {
  const secret = value('TRIPLINE_OIDC_CLIENT_SECRET')
  const file = value('TRIPLINE_OIDC_CLIENT_SECRET_FILE')
  if (file === undefined) return secret
  if (secret !== undefined) {
    problems.push('Set TRIPLINE_OIDC_CLIENT_SECRET or TRIPLINE_OIDC_CLIENT_SECRET_FILE, not both')
  }
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    problems.push(`TRIPLINE_OIDC_CLIENT_SECRET_FILE cannot be read: ${(error as Error).message}`)
    return undefined
  }
}

/** Who it is that signs in is told over this connection: never in the clear, but on one machine. */
function checkIssuer(issuer: string, problems: string[]): void {
  const url = URL.parse(issuer)
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname))
  if (url === null || !isSafe || url.search !== '' || url.username !== '') {
    problems.push('TRIPLINE_OIDC_ISSUER must be an https URL without query or credentials')
  }
}

function listOf(given: string | undefined): string[] {
  return (given ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

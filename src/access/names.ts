/**
 * The names of entities: users, teams and organizations share one namespace, because a name is the first segment of
 * every URL that the client prints (`/{entity}/{project}`).
 */
import { Refusal } from '../refusal.ts'

const ENTITY_NAME_LENGTH_MAX = 64

/** Letters, digits, `-` and `_`, beginning with a letter or digit: what needs no escaping in a URL, path or header. */
const ENTITY_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/**
 * First path segments that the server or the web app answers itself, or may come to: in lower case. Whoever had such a
 * name could not be reached, or could be mistaken for the server.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  // The doors of the server
  ...['api', 'graphql', 'files', 'artifacts', 'artifactsv2', 'oidc', 'sdk', 'storage', 'metrics', 'ready', 'live'],
  ...['health', 'healthz', 'readyz', 'livez', 'status', 'version', 'debug', 'docs', 'mcp', 'upload', 'download'],
  ...['uploads', 'downloads', 'blobs', 'webhooks', 'hooks', 'callback', 'callbacks', 'internal', 'public', 'service'],
  // The pages of the web app
  ...[
    'assets',
    'static',
    'favicon',
    'robots',
    'manifest',
    'login',
    'logout',
    'signin',
    'signout',
    'signup',
    'register',
  ],
  ...['setup', 'authorize', 'oauth', 'auth', 'sso', 'saml', 'scim', 'invite', 'invites', 'admin', 'administrator'],
  ...['settings', 'account', 'profile', 'home', 'dashboard', 'search', 'new', 'help', 'about', 'welcome'],
  ...['orgs', 'org', 'organizations', 'teams', 'team', 'users', 'user', 'entities', 'entity', 'projects', 'project'],
  ...['registry', 'registries', 'collections', 'runs', 'sweeps', 'launch', 'reports', 'events'],
  ...['automations', 'executions', 'deliveries', 'secrets', 'audit', 'site', 'pages', 'error'],
  // Words that code and people take for something else
  ...['null', 'undefined', 'none', 'true', 'false', 'me', 'self', 'all', 'system', 'root', 'anonymous', 'nobody'],
  ...['tripline', 'wandb'],
])

export function isEntityName(name: string): boolean {
  return ENTITY_NAME_PATTERN.test(name)
}

export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.has(name.toLowerCase())
}

/**
 * Pass if a new user, team or organization may be called `name`.
 *
 * @throws Refusal `name_invalid` | `name_reserved`
 */
export function assertEntityNameUsable(name: string): void {
  if (!isEntityName(name)) {
    throw new Refusal(
      'name_invalid',
      `The name must be 1 to ${ENTITY_NAME_LENGTH_MAX} letters, digits, "-" or "_" and begin with a letter or digit`,
    )
  }
  if (isReservedName(name)) {
    throw new Refusal('name_reserved', `"${name}" is reserved, because it is or may become a path of this server`, {
      details: { name },
    })
  }
}

const EMAIL_LENGTH_MAX = 254

/**
 * Pass if this looks like an e-mail address: no more is asked, since only a message that arrives would prove it.
 *
 * @throws Refusal `invalid_request`
 */
export function assertEmailUsable(email: string): void {
  if (email.length <= EMAIL_LENGTH_MAX && /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(email)) return
  throw new Refusal('invalid_request', `The e-mail address must look like name@example.com`, {
    fields: [{ path: '/email', message: 'not an e-mail address' }],
  })
}

import type { Role } from '../../../src/access/rights.ts'
import { encodeId } from '../../../src/graphql/ids.ts'
import type { TestServer } from '../server.ts'
import type { Place, Tenant } from '../tenant.ts'

/**
 * Who may. A role: on the team or organization it is about. `account`: the user itself, and nobody of its teams.
 * `server`: administrators of the server. `anyone`: whoever has a key. `nobody`: it takes no key.
 */
export type Need = Role | 'account' | 'server' | 'anyone' | 'nobody'

export type Fixture = { server: TestServer; tenant: Tenant }

/** One operation and how to ask it about one tenant's things. */
export type Operation = {
  needs: Need
  /** Who is served, where a server administrator has to show it: `account` operations that are not the user's own. */
  servedTo?: 'server' | undefined
  request(place: Place): Request
  /** Names that the request does not look up but gives, where nothing has them yet. */
  gives?: readonly (keyof Place)[] | undefined
  /** Who lacks the role does not see the thing: what is being made is seen by whoever makes it. */
  unseenWithoutRole?: boolean | undefined
  /** Makes what a served call uses up. */
  prepare?: ((fixture: Fixture) => Promise<Partial<Place>>) | undefined
  /** Whether this answer gives what was asked for. */
  isServed(answer: Answer): boolean
}

/** An operation as one field of the GraphQL schema. */
export type GraphqlOperation = {
  needs: Need
  /** `$name: Type` of each variable that `place` fills, and the selection that ends in the field. */
  query: string
  variables: (place: Place) => Record<string, unknown>
  gives?: Operation['gives']
  unseenWithoutRole?: boolean
  prepare?: Operation['prepare']
  isServed?: (data: Record<string, never>) => boolean
  /** Whoever may do it is refused with this code, which nobody else sees: the servers of this test do not have it. */
  refusedWith?: string
}

/** Operations that can be asked in several ways have a name for each: `… (by id)`. The name of the operation itself. */
export function operationOf(name: string): string {
  return name.replace(/ \(.*\)$/, '')
}

export type Request = { method: string; path: string; body?: unknown }

export type Answer = { status: number; text: string; contentType: string | null }

export async function ask(server: TestServer, request: Request, key: string | null): Promise<Answer> {
  const response = await fetch(`${server.url}${request.path}`, {
    method: request.method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  })
  const text = await response.text()
  return { status: response.status, text, contentType: response.headers.get('content-type') }
}

/** The stable code of a refusal, of either door. */
export function codeOf(answer: Answer): string | undefined {
  const body = JSON.parse(answer.text)
  return body.code ?? body.errors?.[0]?.extensions?.code
}

/** Which of a tenant's things a request names. */
export function namedBy(operation: Operation, place: Place): (keyof Place)[] {
  const used = new Set<keyof Place>()
  operation.request(
    new Proxy(place, {
      get(target, key) {
        used.add(key as keyof Place)
        return target[key as keyof Place]
      },
    }),
  )
  return [...used]
}

/**
 * An answer without what has to differ: the request's own id, and the names and ids that the request gave, wherever the
 * answer says them again.
 */
export function unnamed(answer: Answer, place: Place, keys: readonly (keyof Place)[]): string {
  const values = keys.map((key) => [key, place[key]] as const).sort(([, one], [, two]) => two.length - one.length)
  let text = answer.text.replace(/"requestId":"[^"]*"/, '"requestId":""')
  for (const [key, value] of values) text = text.replaceAll(value, `<${key}>`)
  return `${answer.status} ${answer.contentType} ${text}`
}

/** Every way to take some of `keys` from `foreign` and at least one other from `own`. */
export function mixtures(own: Place, foreign: Place, keys: readonly (keyof Place)[]): Place[] {
  const differing = keys.filter((key) => own[key] !== foreign[key])
  const found: Place[] = []
  for (let choice = 1; choice < 2 ** differing.length - 1; choice++) {
    const taken = differing.filter((_, index) => (choice >> index) & 1)
    found.push({ ...own, ...Object.fromEntries(taken.map((key) => [key, foreign[key]])) })
  }
  return found
}

/** What `place` names, but for what it has in common with `own`, as names and ids that nothing has. */
export function missingInstead(place: Place, own: Place): Place {
  const entries = Object.entries(place).map(([key, value]) => {
    const name = key as keyof Place
    return [name, value === own[name] ? value : MISSING_PLACE[name]]
  })
  return Object.fromEntries(entries) as Place
}

const NOTHING = 999_999_999
const nothing = (prefix: string) => `${prefix}_AAAAAAAAAAAAAAAAAAAAAA`

/** Names and ids in the form of real ones, which nothing has. */
export const MISSING_PLACE: Place = {
  organization: 'missing-organization',
  team: 'missing-team',
  project: 'missing-project',
  registry: 'wandb-registry-missing',
  run: 'missing-run',
  sequence: 'missing-sequence',
  portfolio: 'missing-portfolio',
  type: 'missing-type',
  version: 'v999',
  alias: 'missing-alias',
  tag: 'missing-tag',
  collectionTag: 'missing-collection-tag',
  file: 'missing.bin',
  hexDigest: 'd41d8cd98f00b204e9800998ecf8427e',
  artifactId: encodeId('Artifact', NOTHING),
  manifestId: encodeId('ArtifactManifest', NOTHING),
  sequenceId: encodeId('ArtifactCollection', NOTHING),
  portfolioId: encodeId('ArtifactCollection', NOTHING + 1),
  projectId: encodeId('Project', NOTHING),
  registryId: encodeId('Project', NOTHING + 1),
  entityId: encodeId('Entity', NOTHING),
  runId: encodeId('Run', NOTHING),
  clientId: '0123456789abcdef0123456789abcdef',
  collectionClientId: '0123456789abcdef0123456789abcdef-sequence',
  userId: encodeId('User', NOTHING),
  apiKeyId: encodeId('ApiKey', NOTHING),
  secret: 'MISSING_SECRET',
  webhook: nothing('wh'),
  integrationId: encodeId('Integration', NOTHING),
  automation: nothing('au'),
  triggerId: encodeId('Trigger', NOTHING),
  event: nothing('ev'),
  delivery: nothing('dl'),
  replay: nothing('rp'),
  account: 'missing-account',
  apiKey: nothing('key'),
  session: nothing('ses'),
  invite: nothing('inv'),
  colleague: 'missing-colleague',
  pending: nothing('art'),
  begunId: encodeId('Artifact', NOTHING + 1),
  storagePath: `wandb_artifacts/${'0'.repeat(40)}`,
}

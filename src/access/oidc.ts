/** What the identity provider says of who signs in. */
export type Identity = {
  issuer: string
  subject: string
  email: string | undefined
  emailVerified: boolean
  name: string | undefined
  /** What the provider proposes as a username. */
  username: string | undefined
}

const USERNAME_LENGTH_MAX = 64
const CANDIDATES_MAX = 100

/** Whether somebody with this e-mail address gets in: in one of the domains, if there are any, and known to be theirs. */
export function isDomainAllowed(
  identity: Pick<Identity, 'email' | 'emailVerified'>,
  domains: readonly string[],
): boolean {
  if (domains.length === 0) return true
  const domain = identity.email?.split('@').at(-1)?.toLowerCase()
  return identity.emailVerified && domain !== undefined && domains.includes(domain)
}

/**
 * Usernames for a new account, the best first: the proposed one or the front of the e-mail address, made of what names
 * may have, and then the same with a number.
 */
export function usernamesFor(identity: Pick<Identity, 'username' | 'email'>): string[] {
  const proposed = identity.username ?? identity.email ?? 'user'
  const base =
    (proposed.split('@')[0] as string)
      .normalize('NFKD')
      .replaceAll(/\p{M}+/gu, '')
      .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
      .replaceAll(/^[-_]+|[-_]+$/g, '')
      .slice(0, USERNAME_LENGTH_MAX - 4) || 'user'
  return [base, ...Array.from({ length: CANDIDATES_MAX - 1 }, (_, index) => `${base}-${index + 2}`)]
}

/** The path to go on to, of this server and no other; `/` for everything else. */
export function localPath(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'
  // Browsers read a backslash as a slash: what is left of the path must be one to them, too.
  const url = URL.parse(next, 'http://here.invalid')
  if (url === null || url.origin !== 'http://here.invalid' || url.pathname.startsWith('//')) return '/'
  return `${url.pathname}${url.search}${url.hash}`
}

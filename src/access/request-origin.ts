/** What a browser tells of where a request comes from. Headers as they came; absent ones `undefined`. */
export type RequestOrigin = {
  origin: string | undefined
  referer: string | undefined
  secFetchSite: string | undefined
  host: string | undefined
}

/**
 * Whether a page of this server made the request, as far as it says: browsers always say it of requests that change
 * something, and programs, which carry no cookies of others, never do.
 *
 * The page is at the public URL, or at the address that the request came to: people also reach a server by other names
 * than the configured one. With a public URL of https no page of http counts, whatever its host, since anyone on the way
 * could have written it.
 */
export function isOwnOrigin(request: RequestOrigin, publicUrl: string | undefined): boolean {
  if (request.secFetchSite === 'cross-site') return false
  const said = request.origin ?? request.referer
  if (said === undefined) return true
  const page = URL.parse(said)
  if (page === null) return false
  const own = publicUrl === undefined ? null : URL.parse(publicUrl)
  if (own !== null && page.origin === own.origin) return true
  const isSafe = page.protocol === 'https:' || (page.protocol === 'http:' && own?.protocol !== 'https:')
  return isSafe && page.host === hostOf(page.protocol, request.host)
}

/** As URLs have it: in lower case, and without the port that is usual for the protocol. */
function hostOf(protocol: string, host: string | undefined): string | undefined {
  return host === undefined ? undefined : URL.parse(`${protocol}//${host}`)?.host
}

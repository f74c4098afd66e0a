import { isIP } from 'node:net'
import { Refusal } from '../refusal.ts'
import type { HostResolver } from '../runtime/resolve-host.ts'
import { type AddressPolicy, type AddressVerdict, isHostAllowed, judgeAddress } from './address-policy.ts'

/**
 * A webhook's URL. It is a credential (Slack, Teams and Discord put the token into the path), so it is stored sealed,
 * may refer to team secrets as `${NAME}`, and is shown whole only to admins.
 *
 * It is also opaque: what comes after the host is sent exactly as it was written, never normalized, reordered or
 * encoded again, because some receivers sign it.
 */

export const WEBHOOK_URL_LENGTH_MAX = 2_048
/** With the secrets filled in. */
const FILLED_URL_LENGTH_MAX = 8_192

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Where a request goes. */
export type WebhookTarget = {
  readonly protocol: 'http:' | 'https:'
  /** A name in lower case (IDNs as `xn--…`) without a dot at its end, or an address without brackets. */
  readonly hostname: string
  /** Scheme, host and port, without the path: what connections are shared by. */
  readonly origin: string
  /** Begins with a slash; query included; as written. */
  readonly path: string
}

/** A webhook URL as saved. */
export type WebhookUrl = {
  readonly text: string
  /** Names of the secrets it refers to, without repetition. */
  readonly references: readonly string[]
  /** `undefined` while a secret stands in the scheme, host or port, which are then known at each attempt only. */
  readonly target: WebhookTarget | undefined
}

/**
 * The URL of a webhook that is being saved, checked as far as it can be without asking the name service; for the rest
 * call `checkTarget`.
 *
 * @throws Refusal `webhook_url_invalid` if it is no usable http(s) URL, `webhook_url_blocked` if the policy refuses it
 */
export function parseWebhookUrl(policy: AddressPolicy, text: string): WebhookUrl {
  if (text.length > WEBHOOK_URL_LENGTH_MAX) {
    throw invalid(`it has ${text.length} characters, at most ${WEBHOOK_URL_LENGTH_MAX} are allowed`)
  }
  const references = [...new Set(Array.from(text.matchAll(REFERENCE), (match) => match[1] as string))]
  const stray = text.replace(REFERENCE, (reference) => '_'.repeat(reference.length)).indexOf('${')
  if (stray !== -1) {
    throw invalid(
      `at character ${stray + 1} a reference to a secret begins that has no name or no end: write \${NAME}, ` +
        'or %24%7B for a literal',
    )
  }

  const { head } = splitUrl(text)
  if (head.includes('${')) {
    if (!/^https?:\/\//i.test(head) && !head.startsWith('${')) throw invalid('it must begin with https://')
    return { text, references, target: undefined }
  }
  // A reference in the path stands for any text; a letter holds its place while the rest is checked.
  const target = parseTarget(text.replace(REFERENCE, 'x'))
  const address = isIP(target.hostname) === 0 ? undefined : target.hostname
  if (address !== undefined) refuseUnlessAllowed(judgeAddress(policy, { ...target, address }))
  else if (target.protocol === 'http:' && policy.ranges.length === 0 && !isHostAllowed(policy, target.hostname)) {
    throw new Refusal(
      'webhook_url_blocked',
      `The webhook would be sent to ${target.hostname} unencrypted. Use an https URL, or ask the operator of this ` +
        `server to add ${target.hostname} to TRIPLINE_WEBHOOK_ALLOW.`,
      { details: { rule: 'https-required' } },
    )
  }
  return { text, references, target }
}

/**
 * The URL with its secrets filled in, as they are, without encoding: a secret may be a whole path. For `parseTarget`,
 * which checks the result.
 *
 * - `secretOf`: the value of a secret, `undefined` if there is none.
 *
 * @throws Refusal `secret_unknown` naming the first secret that is missing
 */
export function fillWebhookUrl(text: string, secretOf: (name: string) => string | undefined): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = secretOf(name)
    if (value === undefined)
      throw new Refusal('secret_unknown', `The webhook's URL refers to the secret ${name}, which does not exist.`)
    return value
  })
}

/**
 * The parts of a complete URL. The message of a refusal never shows the URL, which may hold secrets.
 *
 * @throws Refusal `webhook_url_invalid`
 */
export function parseTarget(url: string): WebhookTarget {
  if (url.length > FILLED_URL_LENGTH_MAX)
    throw invalid(`with its secrets it has more than ${FILLED_URL_LENGTH_MAX} characters`)
  if (/[\x00-\x20\x7f]/.test(url)) throw invalid('it has a space or control character; write a space as %20')
  const { head, rest } = splitUrl(url)
  if (!/^https?:\/\//i.test(head)) throw invalid('it must begin with https://')
  if (head.includes('\\')) throw invalid('its host has a backslash')
  if (head.includes('@')) {
    throw invalid('it holds a user name or password; use the access token or a header with a secret instead')
  }
  if (!URL.canParse(head)) throw invalid('its host or port is not valid')
  if (/[^\x21-\x7e]/.test(rest)) throw invalid('its path has characters that must be percent-encoded')
  if (rest.includes('#')) throw invalid('it has a fragment ("#…"), which is never sent; write a literal # as %23')

  const { protocol, hostname, port } = new URL(head)
  const host = hostname.replace(/\.$/, '')
  if (host === '') throw invalid('its host is missing')
  return {
    protocol: protocol as WebhookTarget['protocol'],
    hostname: host.replace(/^\[(.*)\]$/, '$1'),
    origin: `${protocol}//${host}${port === '' ? '' : `:${port}`}`,
    path: rest.startsWith('/') ? rest : `/${rest}`,
  }
}

/**
 * Asks the name service whether a webhook being saved could be sent now, and returns a warning if the name is not
 * known: it may be by the time it is needed. Every attempt checks again, since names change.
 *
 * @throws Refusal `webhook_url_blocked` if any of the host's addresses is refused by the policy
 */
export async function checkTarget(
  policy: AddressPolicy,
  target: WebhookTarget,
  resolveHost: HostResolver,
): Promise<{ warning: string | undefined }> {
  const resolution = await resolveHost(target.hostname)
  switch (resolution.kind) {
    case 'found':
      for (const { address } of resolution.addresses) refuseUnlessAllowed(judgeAddress(policy, { ...target, address }))
      return { warning: undefined }
    case 'not-found':
      return { warning: `The name service does not know ${target.hostname}: check the URL.` }
    case 'failed':
    case 'timed-out':
      return { warning: `The name service did not answer for ${target.hostname}, so its address was not checked.` }
  }
}

function refuseUnlessAllowed(verdict: AddressVerdict): void {
  if (verdict.allowed) return
  throw new Refusal('webhook_url_blocked', `The webhook points at an address that is not allowed: ${verdict.message}`, {
    details: { rule: verdict.rule, address: verdict.address },
  })
}

/**
 * What everybody may see of a webhook URL: scheme, host and port, and its last four characters, so that people can
 * tell two apart. Not even those if hardly anything else would stay hidden. References to secrets at its begin stay.
 */
export function maskUrl(url: string): string {
  const { head, rest } = splitUrl(url)
  if (rest === '' || rest === '/') return head
  return rest.length < 12 ? `${head}/…` : `${head}/…${rest.slice(-4)}`
}

/**
 * What of a complete URL must not appear in a history, for a redactor: path and query as a whole, and each piece of
 * them that is long enough to be a token rather than a word.
 */
export function urlCredentials(url: string): string[] {
  const { rest } = splitUrl(url)
  const pieces = rest.split(/[/?&=;]/).filter((piece) => piece.length >= 16)
  return [...new Set([rest, ...pieces])].filter((value) => value.length >= 8)
}

/** `head` is scheme, host and port; references may stand there, and a slash cannot be part of one. */
function splitUrl(url: string): { head: string; rest: string } {
  const scheme = /^[^/?#]*:\/\//.exec(url)?.[0].length ?? 0
  const length = url.slice(scheme).search(/[/?#]/)
  return length === -1
    ? { head: url, rest: '' }
    : { head: url.slice(0, scheme + length), rest: url.slice(scheme + length) }
}

function invalid(problem: string): Refusal {
  return new Refusal('webhook_url_invalid', `The webhook URL cannot be used: ${problem}.`)
}

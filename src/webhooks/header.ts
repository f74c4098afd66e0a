import { Refusal } from '../refusal.ts'

const HEADERS_MAX = 32
const HEADER_VALUE_LENGTH_MAX = 4_096
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/

/** Headers that the request itself or its signature decides. */
const RESERVED = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'user-agent',
  'accept-encoding',
  'proxy-authorization',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-wandb-signature',
  'x-hub-signature-256',
])

/**
 * A webhook's extra headers, names in lower case. Values may refer to secrets as `${NAME}`.
 *
 * - `hasAccessToken`: then `authorization` is taken.
 *
 * @throws Refusal `invalid_request` naming the header and what is wrong
 */
export function checkHeaders(headers: Record<string, string>, hasAccessToken: boolean): Record<string, string> {
  const checked: Record<string, string> = {}
  const refuse = (name: string, message: string) => {
    throw new Refusal('invalid_request', `The header "${name}" ${message}`, {
      fields: [{ path: `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, message }],
    })
  }
  if (Object.keys(headers).length > HEADERS_MAX) {
    throw new Refusal('invalid_request', `A webhook has at most ${HEADERS_MAX} extra headers`)
  }
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase()
    if (!TOKEN.test(name)) refuse(name, 'is not a valid header name')
    if (RESERVED.has(key)) refuse(name, 'is set by Tripline itself')
    if (key === 'authorization' && hasAccessToken) refuse(name, 'is made from the access token: set one of the two')
    if (Object.hasOwn(checked, key)) refuse(name, 'is there twice')
    if (value.length > HEADER_VALUE_LENGTH_MAX) refuse(name, `is longer than ${HEADER_VALUE_LENGTH_MAX} characters`)
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) refuse(name, 'has a character that HTTP headers cannot carry')
    checked[key] = value
  }
  return checked
}

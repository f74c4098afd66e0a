import { assert } from '../runtime/assert.ts'
import { ACCESS_TOKEN, CALLBACK_TOKEN } from './payload-variables.ts'

/**
 * A rendered payload as it is stored with its delivery: everything filled in but the secrets.
 *
 * Without references to secrets it is the JSON text that is sent. With them it is the word `segments:` and a JSON list,
 * whose strings are pieces of that text and whose objects, `{"secret": NAME}`, are the gaps between them. No JSON text
 * begins with an `s`, so the two cannot be mistaken for each other, and whatever a value of the event contains lies
 * inside a string of the list, where it is never looked into for references.
 */
export type RenderedBody = string

export type Segment = string | { secret: string }

const SEGMENTS = 'segments:'

/** `segments`: pieces of one JSON text; every secret lies inside one of its string literals. */
export function storeBody(segments: readonly Segment[]): RenderedBody {
  const merged: Segment[] = []
  for (const segment of segments) {
    const last = merged.at(-1)
    if (typeof segment === 'string' && typeof last === 'string') merged[merged.length - 1] = last + segment
    else merged.push(segment)
  }
  const only = merged[0]
  return merged.length === 1 && typeof only === 'string' ? only : SEGMENTS + JSON.stringify(merged)
}

/**
 * The names of the secrets to fill in, each once, in order of first use; `ACCESS_TOKEN` and `callback_token` among them if
 * they are used.
 */
export function secretsInBody(body: RenderedBody): string[] {
  const names = segmentsOf(body).flatMap((segment) => (typeof segment === 'string' ? [] : [segment.secret]))
  return [...new Set(names)]
}

/**
 * The JSON text to send: `body` with the secrets' values in their places, escaped as part of a JSON string.
 *
 * - `secretValues`: by name, today's values. It must have every name of `secretsInBody(body)`, but `ACCESS_TOKEN`: a
 *   webhook may have none, and then it is empty, as W&B sends it; and `callback_token`, which a test call has not.
 */
export function fillSecrets(body: RenderedBody, secretValues: ReadonlyMap<string, string>): string {
  return segmentsOf(body)
    .map((segment) => {
      if (typeof segment === 'string') return segment
      const mayBeEmpty = segment.secret === ACCESS_TOKEN || segment.secret === CALLBACK_TOKEN
      const value = secretValues.get(segment.secret) ?? (mayBeEmpty ? '' : undefined)
      assert(value !== undefined, `the value of every secret in a body is at hand, also of ${segment.secret}`)
      return escapeInString(value)
    })
    .join('')
}

/** The JSON text with `${NAME}` where a secret goes: for people. */
export function readableBody(body: RenderedBody): string {
  return fillSecrets(body, new Map(secretsInBody(body).map((name) => [name, `\${${name}}`])))
}

/** `text` as it stands between the quotes of a JSON string; lone surrogates and NUL become escapes. */
export function escapeInString(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The text of a body, and the secrets in between. */
export function segmentsOf(body: RenderedBody): Segment[] {
  return body.startsWith(SEGMENTS) ? (JSON.parse(body.slice(SEGMENTS.length)) as Segment[]) : [body]
}

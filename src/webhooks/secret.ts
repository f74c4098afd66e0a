import { ACCESS_TOKEN, CALLBACK_TOKEN, payloadVariable } from '../automations/payload-variables.ts'
import { Refusal } from '../refusal.ts'
import { createSigningKey } from './signature.ts'

export const SECRET_LENGTH_MIN = 8
export const SECRET_LENGTH_MAX = 8_192
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/**
 * Pass if the name can stand in a template as `${NAME}` and mean this secret there.
 *
 * @throws Refusal `secret_invalid`
 */
export function assertSecretName(name: string): void {
  if (!NAME.test(name)) {
    throw new Refusal(
      'secret_invalid',
      `"${name}" cannot name a secret: use letters, digits and "_", not beginning with a digit, at most 128 characters`,
    )
  }
  if (name === ACCESS_TOKEN || name === CALLBACK_TOKEN || payloadVariable(name) !== undefined) {
    throw new Refusal('secret_invalid', `"${name}" is a variable of payload templates: give the secret another name`)
  }
}

/**
 * Pass if the value can be a secret. Short ones are refused because they cannot be kept out of histories: a text of
 * three letters occurs everywhere.
 *
 * @throws Refusal `secret_invalid`, never with the value in it
 */
export function assertSecretValue(value: string): void {
  const problem =
    value.length < SECRET_LENGTH_MIN
      ? `must have at least ${SECRET_LENGTH_MIN} characters`
      : value.length > SECRET_LENGTH_MAX
        ? `must have at most ${SECRET_LENGTH_MAX} characters`
        : value !== value.trim()
          ? 'begins or ends with white space (a line end from "echo"? use printf)'
          : /[\0-\x1f\x7f]/.test(value)
            ? 'has a control character in it; secrets are one line'
            : !value.isWellFormed()
              ? 'has half a character in it (a lone surrogate)'
              : undefined
  if (problem !== undefined) {
    throw new Refusal('secret_invalid', `The value ${problem}`, { fields: [{ path: '/value', message: problem }] })
  }
}

/**
 * Pass if requests can be signed with the value.
 *
 * - `path`: the field to blame.
 *
 * @throws Refusal `secret_invalid`, never with the value in it
 */
export function assertSigningSecret(value: string, path: string): void {
  try {
    createSigningKey(value)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.code, error.message, { fields: [{ path, message: 'cannot be a signing secret' }] })
  }
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** The secrets that a header's value or a URL refers to as `${NAME}`, each once. */
export function secretsInText(text: string): string[] {
  return [...new Set([...text.matchAll(REFERENCE)].map((match) => match[1] as string))]
}

/** `text` with each `${NAME}` replaced by `values`' value for it, through `encode`; unknown names stay as they are. */
export function fillText(
  text: string,
  values: ReadonlyMap<string, string>,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replace(REFERENCE, (written, name: string) => {
    const value = values.get(name)
    return value === undefined ? written : encode(value)
  })
}

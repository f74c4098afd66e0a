import type { AnsweredOutcome } from './outcome.ts'

/**
 * Reading what a receiver wrote. Nothing of it is trusted: it may be no JSON, have any shape, and say anything, so
 * every reader returns what it looked for, within bounds, or `undefined`.
 */

const QUOTED_LENGTH_MAX = 300
const DEPTH_MAX = 4
const TEXTS_MAX = 8
const ID_LENGTH_MAX = 255
const URL_LENGTH_MAX = 2_048

/** The body as JSON; `undefined` if it is none, or was not read to its end. */
export function jsonOf(answer: Pick<AnsweredOutcome, 'body' | 'isBodyCut'>): unknown {
  if (answer.isBodyCut || answer.body.length === 0) return undefined
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** What an object has under a name of its own. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Ids are numbers or texts in the field. */
export function idOf(value: unknown): string | undefined {
  const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof id !== 'string' || id.length > ID_LENGTH_MAX) return undefined
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(id) ? id : undefined
}

/** An address that may be shown as a link. */
export function linkOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > URL_LENGTH_MAX || !/^https?:\/\/[\x21-\x7e]+$/.test(value)) {
    return undefined
  }
  return URL.canParse(value) ? value : undefined
}

/**
 * All texts within a value in one line, in their order, for a person to read, without control characters,
 * at most 300 characters. Validation messages come as texts, lists and objects of lists, even from one receiver.
 */
export function quoteOf(...values: unknown[]): string | undefined {
  const texts: string[] = []
  for (const value of values) collect(value, texts, 0)
  const line = [...new Set(texts)]
    .join('; ')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  if (line === '') return undefined
  const characters = [...line]
  return characters.length <= QUOTED_LENGTH_MAX ? line : `${characters.slice(0, QUOTED_LENGTH_MAX - 1).join('')}…`
}

function collect(value: unknown, texts: string[], depth: number): void {
  if (texts.length >= TEXTS_MAX || depth > DEPTH_MAX) return
  if (typeof value === 'string') {
    if (value.trim() !== '') texts.push(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) {
      if (texts.length >= TEXTS_MAX) return
      collect(part, texts, depth + 1)
    }
  }
}

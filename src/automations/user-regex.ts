import { RE2JS, RE2JSSyntaxException } from 're2js'

/**
 * Regular expressions that users write, in RE2's syntax, so that none can hang the process.
 *
 * RE2 matches in time proportional to pattern times text. The limits keep that product small: a search takes
 * milliseconds for the worst pattern allowed, microseconds for an ordinary one.
 */

export type UserRegex = {
  pattern: string
  /** Instructions of the compiled pattern: a search costs at most about `weight` × characters × 40 ns. */
  weight: number
  /** Whether any part of `text` matches. Only for texts of at most `REGEX_SUBJECT_CHARACTERS_MAX` characters. */
  search(text: string): boolean
}

export type UserRegexCompiled = { ok: true; regex: UserRegex } | { ok: false; message: string }

export const REGEX_PATTERN_CHARACTERS_MAX = 512
export const REGEX_SUBJECT_CHARACTERS_MAX = 4096
/** Counts multiply: `(x{50}){50}` is 2,500 instructions in eleven characters. */
export const REGEX_WEIGHT_MAX = 300

/**
 * The compiled pattern, or a sentence that says what is wrong with it and, where it can, what to write instead.
 *
 * Pure to its callers. Compiling costs tens of microseconds and matching runs inside transactions, so the last
 * `REGEXES_KEPT` patterns are remembered; a compiled pattern holds no state, so sharing them shows nowhere.
 */
export function compileUserRegex(pattern: string): UserRegexCompiled {
  const kept = compiled.get(pattern)
  if (kept !== undefined) {
    compiled.delete(pattern)
    compiled.set(pattern, kept)
    return { ok: true, regex: kept }
  }
  const fresh = compile(pattern)
  if (fresh.ok) {
    compiled.set(pattern, fresh.regex)
    if (compiled.size > REGEXES_KEPT) compiled.delete(compiled.keys().next().value!)
  }
  return fresh
}

const REGEXES_KEPT = 500
const compiled = new Map<string, UserRegex>()

function compile(pattern: string): UserRegexCompiled {
  if (pattern.length > REGEX_PATTERN_CHARACTERS_MAX) {
    return {
      ok: false,
      message: `The pattern has ${pattern.length} characters; at most ${REGEX_PATTERN_CHARACTERS_MAX} are allowed.`,
    }
  }
  // Before compiling, which itself costs time and memory in proportion.
  if (countedWeight(pattern) > REGEX_WEIGHT_MAX) return { ok: false, message: TOO_HEAVY }
  try {
    const regex = RE2JS.compile(pattern)
    const weight = regex.programSize()
    if (weight > REGEX_WEIGHT_MAX) return { ok: false, message: TOO_HEAVY }
    // `find`, not `test`: the latter builds an automaton that took 20 times as long on hostile patterns and keeps up to
    // 8 MiB of it for each.
    return { ok: true, regex: { pattern, weight, search: (text) => regex.matcher(text).find() } }
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return { ok: false, message: syntaxMessage(error) }
    throw error
  }
}

const TOO_HEAVY =
  `The pattern is too expensive: its counts, multiplied where they are nested, and its characters come to more than ` +
  `${REGEX_WEIGHT_MAX} steps. Use smaller counts, or + and * instead.`

const UNSUPPORTED: { written: RegExp; hint: string }[] = [
  {
    written: /^\(\?<?[=!]/,
    hint: 'Look-around, (?=…) (?!…) (?<=…) (?<!…), is not supported; combine two conditions with $and or $not instead.',
  },
  { written: /^(\\[1-9k]|\(\?P)/, hint: 'Backreferences, \\1 or (?P=name), are not supported.' },
  { written: /^\(\?>|^[*+?}]\+$/, hint: 'Atomic groups and possessive counts are not supported; they are not needed.' },
  { written: /^\\Z/, hint: 'Write \\z for the end of the text.' },
  { written: /^\\u/, hint: 'Write \\x{1F600} for a character by its number.' },
  { written: /^\(\?[#xR&(\d]/, hint: 'Comments, (?x), recursion and conditionals are not supported.' },
]

function syntaxMessage(error: RE2JSSyntaxException): string {
  const where = error.getPattern()
  const hint = UNSUPPORTED.find(({ written }) => where !== null && written.test(where))?.hint
  const what = where === null ? error.getDescription() : `${error.error} ${JSON.stringify(where)}`
  return `The pattern is not valid in RE2 syntax: ${what}.${hint === undefined ? '' : ` ${hint}`}`
}

/**
 * About the number of instructions `pattern` compiles to, without compiling: each character counts one, and a count
 * multiplies what it stands behind. What is not a valid pattern gets some number; the compiler refuses it.
 */
function countedWeight(pattern: string): number {
  // One sum for each open group, and in `last` the weight of the item a count would repeat.
  const outer: number[] = []
  let sum = 0
  let last = 0
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const count = /^\{(\d*),?(\d*)\}/.exec(rest)
    if (count !== null) {
      const times = Math.max(1, Number(count[1]), Number(count[2]))
      sum += last * (times - 1)
      last *= times
      at += count[0].length
      continue
    }
    if (rest[0] === '(') {
      outer.push(sum)
      sum = 0
      last = 0
      at += 1
      continue
    }
    if (rest[0] === ')' && outer.length > 0) {
      last = Math.max(sum, 1)
      sum = outer.pop()! + last
      at += 1
      continue
    }
    const item = /^(\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|[*+?|])/su.exec(rest)?.[0] ?? rest[0]!
    at += item.length
    // `*`, `+`, `?` and `|` repeat or choose without copying.
    if ('*+?|'.includes(item)) continue
    last = 1
    sum += 1
  }
  return sum
}

/**
 * Placeholders in the strings of a payload template: `${name}`, `${name|json}`, `${name:-default}`, `${name:?message}`.
 *
 * This is their form only; which names there are is `template.ts`'s business.
 */

export type Piece =
  | { kind: 'text'; text: string }
  /** `index`: where it begins in the string. */
  | { kind: 'placeholder'; written: string; index: number }
  /** `$NAME` without braces, where NAME is one of the names given. */
  | { kind: 'bare'; name: string; index: number }
  /** `$NAME` without braces for any other NAME: text, but perhaps not meant so. */
  | { kind: 'unknown-bare'; name: string; index: number }
  | { kind: 'unclosed'; index: number }

const CANDIDATE = /\$\$\{|\$\{|\$([A-Za-z_][A-Za-z0-9_]*)/g

/**
 * The pieces of one string, in order. `$${` is the text `${`; a placeholder ends at the first `}`.
 *
 * - `isBareName`: whether `$NAME` is to be replaced.
 */
export function splitPlaceholders(text: string, isBareName: (name: string) => boolean): Piece[] {
  const pieces: Piece[] = []
  const addText = (more: string) => {
    const last = pieces.at(-1)
    if (last?.kind === 'text') last.text += more
    else if (more !== '') pieces.push({ kind: 'text', text: more })
  }
  const candidate = new RegExp(CANDIDATE)
  let at = 0
  for (let found = candidate.exec(text); found !== null; found = candidate.exec(text)) {
    const [written, name] = found
    const index = found.index
    addText(text.slice(at, index))
    at = candidate.lastIndex
    if (written === '$${') addText('${')
    else if (name !== undefined && isBareName(name)) pieces.push({ kind: 'bare', name, index })
    else if (name !== undefined) {
      pieces.push({ kind: 'unknown-bare', name, index })
      addText(written)
    } else {
      const end = text.indexOf('}', at)
      if (end === -1) return [...pieces, { kind: 'unclosed', index }]
      at = end + 1
      pieces.push({ kind: 'placeholder', written: text.slice(index, at), index })
    }
    candidate.lastIndex = at
  }
  addText(text.slice(at))
  return pieces
}

export type PlaceholderForm = {
  name: string
  /** What is written behind a `|`; `null` without one. */
  format: string | null
  fallback: Fallback
}

export type Fallback =
  | { kind: 'none' }
  /** `:-text` */
  | { kind: 'default'; text: string }
  /** `:?` or `:?message` */
  | { kind: 'required'; message: string }

/** Takes `${…}` apart. The name ends at the first `|`, `:-` or `:?`. */
export function placeholderForm(written: string): PlaceholderForm {
  const inner = written.slice(2, -1)
  const mark = inner.search(/:[-?]/)
  const head = mark === -1 ? inner : inner.slice(0, mark)
  const tail = mark === -1 ? '' : inner.slice(mark + 2)
  const bar = head.indexOf('|')
  return {
    name: bar === -1 ? head : head.slice(0, bar),
    format: bar === -1 ? null : head.slice(bar + 1),
    fallback:
      mark === -1
        ? { kind: 'none' }
        : inner[mark + 1] === '-'
          ? { kind: 'default', text: tail }
          : { kind: 'required', message: tail },
  }
}

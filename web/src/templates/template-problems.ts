import type { Problem } from '../api/client'
import type { EditorProblem } from '../ui/code-editor'

type Position = { path: string; line: number; column: number }

/** What is wrong with a template, at the places the server names; what it says about anything else is left out. */
export function templateErrors(template: string, problem: Problem | undefined): EditorProblem[] {
  if (problem?.code !== 'template_invalid') return []
  const positions = (problem.positions ?? []) as Position[]
  return (problem.errors ?? []).map(({ message }, index) => {
    const position = positions[index]
    const from = position === undefined ? 0 : offsetOf(template, position)
    return {
      from,
      to: from + lengthAt(template, from),
      severity: 'error' as const,
      message: message.replace(/^Line \d+, column \d+: /, ''),
    }
  })
}

/** What is allowed but perhaps not meant: each placeholder that a warning names, wherever it stands. */
export function templateWarnings(template: string, warnings: { path: string; message: string }[]): EditorProblem[] {
  const marks = warnings.flatMap(({ path, message }) => {
    const written = /\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*/.exec(message)?.[0]
    if (written === undefined || path.startsWith('/event')) return []
    return occurrences(template, written).map((from) => ({
      from,
      to: from + written.length,
      severity: 'warning' as const,
      message,
    }))
  })
  return marks.filter(
    (mark, index) => marks.findIndex((each) => each.from === mark.from && each.message === mark.message) === index,
  )
}

/** Warnings that name no place in the template: to be shown beside it. */
export function otherWarnings(template: string, warnings: { path: string; message: string }[]): string[] {
  return warnings.filter((warning) => templateWarnings(template, [warning]).length === 0).map(({ message }) => message)
}

/** Lines and columns count from 1. */
function offsetOf(text: string, { line, column }: Position): number {
  let offset = 0
  for (let n = 1; n < line; n++) {
    const end = text.indexOf('\n', offset)
    if (end === -1) return text.length
    offset = end + 1
  }
  return Math.min(offset + column - 1, text.length)
}

/** A whole placeholder or word, if one begins there. */
function lengthAt(text: string, from: number): number {
  const found = /^(\$\{[^}"\n]*\}?|\$?[A-Za-z0-9_]+|"[^"\n]*"?|.)/.exec(text.slice(from, from + 200))
  return found?.[0].length ?? 0
}

function occurrences(text: string, part: string): number[] {
  const found: number[] = []
  for (let from = text.indexOf(part); from !== -1; from = text.indexOf(part, from + part.length)) found.push(from)
  return found
}

import { RE2JS } from 're2js'

/**
 * Regular expressions inside a statement, of the syntax that both engines read alike, which whoever lets users write
 * them sees to. RE2 on the embedded engine, so that none can hang the process.
 */

const PATTERNS_KEPT = 100
const compiled = new Map<string, RE2JS>()

/** What the embedded engine calls for `tripline_matches(text, pattern)`. */
export function matchesPattern(text: unknown, pattern: unknown): number {
  if (typeof text !== 'string' || typeof pattern !== 'string') return 0
  let regex = compiled.get(pattern)
  if (regex === undefined) {
    regex = RE2JS.compile(pattern)
    if (compiled.size >= PATTERNS_KEPT) compiled.delete(compiled.keys().next().value!)
    compiled.set(pattern, regex)
  }
  return regex.matcher(text).find() ? 1 : 0
}

/** The same pattern as PostgreSQL writes it, where `\b` would be a backspace. */
export function postgresPattern(pattern: string): string {
  const OTHERWISE: Readonly<Record<string, string>> = { '\\b': '\\y', '\\B': '\\Y', '\\z': '\\Z' }
  return pattern.replaceAll(/\\./gs, (written) => OTHERWISE[written] ?? written)
}

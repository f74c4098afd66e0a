const NAME_LENGTH_MAX = 200

/**
 * Which of the names a pattern of RE2 matches, tried by the browser; `undefined` where that cannot tell. What both read
 * is read alike: only flags at the beginning and `\z` are written differently.
 */
export function testPattern(pattern: string, names: string[]): { name: string; matches: boolean }[] | undefined {
  if (pattern === '') return undefined
  const flags = /^\(\?([ism]+)\)/.exec(pattern)
  const body = pattern
    .slice(flags?.[0].length ?? 0)
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^')
  // What only one of the two knows must not be answered by the other.
  if (/\(\?(=|!|<=|<!)|\\[1-9pPQ]/.test(body)) return undefined
  try {
    const regex = new RegExp(body.replaceAll('(?P<', '(?<'), flags?.[1] ?? '')
    return names.map((name) => ({ name, matches: regex.test(name.slice(0, NAME_LENGTH_MAX)) }))
  } catch {
    return undefined
  }
}

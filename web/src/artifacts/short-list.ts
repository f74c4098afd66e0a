/** The first of the names, and how many more there are: "a, b and 3 more". */
export function shortList(names: readonly string[], max: number): string {
  const hidden = names.length - max
  return `${names.slice(0, max).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
}

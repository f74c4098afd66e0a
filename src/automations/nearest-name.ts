/**
 * The name in `known` that `written` was most likely meant to be; `undefined` when none is close.
 *
 * Close means that at most a third of the longer name was mistyped (a character more, less, wrong, or two swapped),
 * capitals aside. Names longer than 100 characters have no neighbours, so that a hostile name costs nothing.
 */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  if (written.length > NAME_CHARACTERS_MAX) return undefined
  const wanted = written.toLowerCase()
  let nearest: string | undefined
  let nearestDistance = Number.POSITIVE_INFINITY
  for (const name of known) {
    if (name.length > NAME_CHARACTERS_MAX) continue
    const distance = typingErrors(wanted, name.toLowerCase())
    if (distance > Math.max(written.length, name.length) / 3 || distance >= nearestDistance) continue
    nearest = name
    nearestDistance = distance
  }
  return nearest
}

const NAME_CHARACTERS_MAX = 100

/** The optimal string alignment distance: Levenshtein's, with a swap of neighbours counted once. */
function typingErrors(from: string, to: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1)
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const swapped = isSwap ? beforePrevious[column - 2]! + 1 : replaced
      current.push(Math.min(replaced, swapped, previous[column]! + 1, current[column - 1]! + 1))
    }
    beforePrevious = previous
    previous = current
  }
  return previous[to.length]!
}

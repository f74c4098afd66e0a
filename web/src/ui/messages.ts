/** A short message; `autoClose`: after how many milliseconds it goes, or `false`, when it is closed by hand. */
export type Message = { id?: string; title?: string; message: string; color: string; autoClose: number | false }

/**
 * At most `max` messages, `newest` the last of them. What it says once more goes, then what would have gone by itself, the
 * oldest first, and only then what was to stay.
 */
export function withNewest(shown: readonly Message[], newest: Message, max: number): Message[] {
  const others = shown.filter(({ title, message }) => title !== newest.title || message !== newest.message)
  const passing = others.filter(({ autoClose }) => autoClose !== false)
  const lasting = others.filter(({ autoClose }) => autoClose === false)
  const gone = new Set([...passing, ...lasting].slice(0, Math.max(0, others.length - (max - 1))))
  return [...others.filter((each) => !gone.has(each)), newest]
}

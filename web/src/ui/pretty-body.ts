/** Longer texts are shown as they came: to lay them out would cost more than it helps. */
const PRETTY_LENGTH_MAX = 200_000

/** JSON laid out for reading; anything else as it is. */
export function prettyBody(text: string): string {
  if (text.length > PRETTY_LENGTH_MAX || !/^\s*[[{]/.test(text)) return text
  try {
    // Numbers that JavaScript cannot hold would change: such a text stays as it came.
    return /\d{16,}/.test(text) ? text : JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

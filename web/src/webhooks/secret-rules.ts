/** The shortest value that a history can be kept free of. */
export const SECRET_LENGTH_MIN = 8

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/** What is wrong with a secret's name so far; `null` if nothing. */
export function secretNameProblem(name: string): string | null {
  if (name === '') return 'Give it a name.'
  if (/^\d/.test(name)) return 'A name does not begin with a digit.'
  return NAME.test(name) ? null : 'Use letters, digits and _, 128 characters at most.'
}

/** What is wrong with a secret's value so far; `null` if nothing. Never with the value in it. */
export function secretValueProblem(value: string): string | null {
  if (value === '') return 'Type or paste the value.'
  if (value !== value.trim()) return 'It begins or ends with white space.'
  const missing = SECRET_LENGTH_MIN - value.length
  if (missing > 0) return missing === 1 ? 'One more character is needed.' : `${missing} more characters are needed.`
  return /[\0-\x1f\x7f]/.test(value) ? 'It has a line break or another control character in it.' : null
}

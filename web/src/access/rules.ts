const PASSWORD_LENGTH_MIN = 12

/** What a new password has to be, said before anybody types one. */
export const PASSWORD_RULE = `At least ${PASSWORD_LENGTH_MIN} characters. Length is all that counts: a few words do well.`

/** What is wrong with a new password; `null`: nothing. The same as the server asks. */
export function passwordProblem(password: string): string | null {
  const missing = PASSWORD_LENGTH_MIN - [...password].length
  if (missing <= 0) return null
  return `${missing} more ${missing === 1 ? 'character' : 'characters'}: at least ${PASSWORD_LENGTH_MIN} are needed`
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** What a name of a user, team or organization has to be. */
export const NAME_RULE = 'Letters, digits, - and _, up to 64. It becomes part of paths, and stays.'

/** What is wrong with such a name; `null`: nothing that can be told without asking the server. */
export function nameProblem(name: string): string | null {
  return NAME.test(name) ? null : 'Use 1 to 64 letters, digits, "-" or "_", and begin with a letter or digit'
}

import { expect, test } from 'vitest'
import { nameProblem, passwordProblem } from './rules'

test('a password says how much is missing, counting characters as people do', () => {
  expect(passwordProblem('')).toContain('12 more characters')
  expect(passwordProblem('a'.repeat(11))).toContain('1 more character:')
  expect(passwordProblem('🔑'.repeat(11))).toContain('1 more character:')
  expect(passwordProblem('🔑'.repeat(12))).toBeNull()
})

test('a name is what the server takes', () => {
  for (const name of ['ada', 'A-1_b', '9', 'a'.repeat(64)]) expect(nameProblem(name)).toBeNull()
  for (const name of ['', '-a', 'a b', 'é', 'a'.repeat(65), 'a/b']) expect(nameProblem(name)).not.toBeNull()
})

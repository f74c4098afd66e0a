import { expect, test } from 'vitest'
import { secretNameProblem, secretValueProblem } from './secret-rules'

test.each([
  ['GITHUB_TOKEN', null],
  ['_x1', null],
  ['', 'Give it a name.'],
  ['1X', 'A name does not begin with a digit.'],
  ['A-B', 'Use letters, digits and _, 128 characters at most.'],
  ['A'.repeat(129), 'Use letters, digits and _, 128 characters at most.'],
])('the name %j', (name, problem) => {
  expect(secretNameProblem(name)).toBe(problem)
})

test.each([
  ['longenough', null],
  ['', 'Type or paste the value.'],
  ['short', '3 more characters are needed.'],
  ['1234567', 'One more character is needed.'],
  ['long enough\n', 'It begins or ends with white space.'],
  ['long\nenough', 'It has a line break or another control character in it.'],
])('the value %j', (value, problem) => {
  expect(secretValueProblem(value)).toBe(problem)
})

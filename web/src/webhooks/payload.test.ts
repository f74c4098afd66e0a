import { describe, expect, test } from 'vitest'
import { formatPayload, payloadProblem } from './payload'

describe('a payload', () => {
  test.each(['', '  \n', '{}', '{"a": "${alias}"}'])('may be %j', (text) => {
    expect(payloadProblem(text)).toBeUndefined()
  })

  test.each(['[]', '1', 'null', '{"a": ${alias}}', '{'])('may not be %j', (text) => {
    expect(payloadProblem(text)).toMatch(/JSON/)
  })
})

test('formatting changes no meaning, and nothing that is not JSON', () => {
  expect(formatPayload('{"a":{"b":1}}')).toBe('{\n  "a": {\n    "b": 1\n  }\n}')
  expect(formatPayload('{"a":')).toBe('{"a":')
  expect(formatPayload('')).toBe('')
})

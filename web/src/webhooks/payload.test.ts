import { describe, expect, test } from 'vitest'
import { payloadProblem } from './payload'

describe('a payload', () => {
  test.each(['', '  \n', '{}', '{"a": "${alias}"}'])('may be %j', (text) => {
    expect(payloadProblem(text)).toBeUndefined()
  })

  test.each(['[]', '1', 'null', '{"a": ${alias}}', '{'])('may not be %j', (text) => {
    expect(payloadProblem(text)).toMatch(/JSON/)
  })
})

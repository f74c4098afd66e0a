import { expect, test } from 'vitest'
import { fromLocalInput, toLocalInput } from './local-time'

test('a moment comes back from the input it was shown in, to the minute', () => {
  const moment = new Date('2026-03-29T01:07:45Z')
  expect(fromLocalInput(toLocalInput(moment))).toBe('2026-03-29T01:07:00.000Z')
})

import { describe, expect, test } from 'vitest'
import { formatDelays, parseDelays } from './delays'

describe('times between attempts', () => {
  test.each([
    ['10 s, 1 min, 2 h', [10, 60, 7_200]],
    ['10,60', [10, 60]],
    ['5m, 1d,', [300, 86_400]],
    ['1H', [3_600]],
  ])('%s', (text, seconds) => {
    expect(parseDelays(text)).toEqual({ seconds })
  })

  test.each(['', 'soon', '10 weeks', '0 s', '25 h', '1,'.repeat(16), '-5', '24 h,'.repeat(8)])('not %j', (text) => {
    expect(parseDelays(text)).toHaveProperty('problem')
  })

  test('are written as they were read', () => {
    expect(formatDelays([10, 60, 90, 7_200, 86_400])).toBe('10 s, 1 min, 90 s, 2 h, 24 h')
  })
})

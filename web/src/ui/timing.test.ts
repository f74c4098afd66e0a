import { expect, test } from 'vitest'
import { timingParts } from './timing'

const WHOLE = { isReused: false, dnsMs: 2, connectMs: 5, tlsMs: 10, firstByteMs: 80, totalMs: 100 }

const shown = (timing: Parameters<typeof timingParts>[0]) => timingParts(timing).map(({ label, ms }) => [label, ms])

test('the parts of a request add up to the whole', () => {
  expect(shown(WHOLE)).toEqual([
    ['DNS', 2],
    ['Connect', 5],
    ['TLS', 10],
    ['First byte', 80],
    ['Rest', 3],
  ])
})

test('what there was not is not a part, and a rest of nothing is none', () => {
  const reused = { ...WHOLE, isReused: true, dnsMs: null, connectMs: null, tlsMs: null, totalMs: 80 }
  expect(shown(reused)).toEqual([['First byte', 80]])
  expect(shown({ ...reused, firstByteMs: null })).toEqual([['Rest', 80]])
})

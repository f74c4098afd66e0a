import { expect, test } from 'vitest'
import { webhookState } from './webhook-state'

const WELL = {
  circuit: 'closed' as const,
  circuitOpenedAt: null,
  nextProbeAt: null,
  heldUntil: null,
  consecutiveFailures: 0,
  failingSince: null,
  lastFailure: null,
}
const lastFailure = { at: '2026-11-28T10:00:00Z', reason: 'timed_out' }
const at = '2026-11-28T10:00:00Z'

test.each([
  ['active', undefined, null, WELL],
  // A failure of the past is no failing.
  ['active', undefined, null, { ...WELL, lastFailure }],
  ['failing', 'Failed once: timed out.', null, { ...WELL, consecutiveFailures: 1, lastFailure }],
  ['failing', 'Failed 4 times in a row: timed out.', null, { ...WELL, consecutiveFailures: 4, lastFailure }],
  ['waiting', 'Its receiver asked to be left alone for a while.', null, { ...WELL, heldUntil: at }],
  [
    'out',
    'Its receiver is out (timed out): nothing is sent until the next try.',
    null,
    { ...WELL, circuit: 'open' as const, consecutiveFailures: 10, heldUntil: at, lastFailure },
  ],
  [
    'out',
    'Its receiver is out (timed out): one delivery at a time is tried.',
    null,
    { ...WELL, circuit: 'half_open' as const, consecutiveFailures: 10, lastFailure },
  ],
  ['paused', 'Paused by hand.', { at, reason: 'by_hand' }, { ...WELL, consecutiveFailures: 3, lastFailure }],
  ['paused', 'Paused by what its receiver answered: channel is archived.', { at, reason: 'channel_is_archived' }, WELL],
])('%s: %s', (kind, reason, paused, health) => {
  expect(webhookState({ paused, health })).toMatchObject({ kind, ...(reason === undefined ? {} : { reason }) })
})

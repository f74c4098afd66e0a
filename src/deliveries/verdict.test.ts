import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptOutcome, BodyCut, ProxyFailureReason, UnreachableReason } from './outcome.ts'
import { ATTEMPTS_MAX, SLOW_RETRIES_MAX } from './retry-schedule.ts'
import { judgeAttempt, type Verdict } from './verdict.ts'

const FIRST = { attemptCount: 1, slowRetryCount: 0, jitter: 0 }

function answered(status: number, headers: Record<string, string> = {}, retryAfterMs?: number): AttemptOutcome {
  return { kind: 'answered', status, headers, body: Buffer.alloc(0), isBodyCut: false, retryAfterMs }
}
const unreachable = (reason: UnreachableReason): AttemptOutcome => ({ kind: 'unreachable', reason, code: 'ECODE' })
const proxyFailed = (reason: ProxyFailureReason): AttemptOutcome => ({ kind: 'proxy-failed', reason, code: 'ECODE' })

/** The state, by what a retry is paid with, and whether the webhook is paused. */
function courseOf(verdict: Verdict): string {
  if (verdict.state === 'pending') return verdict.spends
  return verdict.state === 'failed' && verdict.pausesWebhook ? 'failed and paused' : verdict.state
}

const rows: [course: string, reason: string, outcomes: AttemptOutcome[]][] = [
  ['succeeded', 'accepted', [answered(200), answered(201), answered(202), answered(204), answered(299)]],
  ['schedule', 'receiver_busy', [answered(408), answered(425)]],
  ['schedule', 'rate_limited', [answered(429)]],
  [
    'schedule',
    'rate_limited',
    [answered(403, { 'retry-after': '60' }), answered(403, { 'x-ratelimit-remaining': '0' })],
  ],
  ['schedule', 'receiver_error', [answered(500), answered(502), answered(503), answered(504), answered(599)]],
  ['schedule', 'connection_refused', [unreachable('refused')]],
  ['schedule', 'connection_reset', [unreachable('reset')]],
  ['schedule', 'connection_closed', [unreachable('closed')]],
  ['schedule', 'connection_failed', [unreachable('other')]],
  ['schedule', 'no_route', [unreachable('no-route')]],
  ['schedule', 'dns_failed', [unreachable('dns-failed')]],
  ['schedule', 'answer_not_http', [unreachable('not-http')]],
  ['schedule', 'answer_headers_too_large', [unreachable('headers-too-large')]],
  [
    'schedule',
    'timed_out',
    [
      { kind: 'timed-out', phase: 'dns', afterMs: 30_000 },
      { kind: 'timed-out', phase: 'connect', afterMs: 30_000 },
      { kind: 'timed-out', phase: 'tls', afterMs: 30_000 },
      { kind: 'timed-out', phase: 'answer', afterMs: 30_000 },
    ],
  ],
  ['schedule', 'proxy_unreachable', [proxyFailed('unreachable')]],
  ['schedule', 'proxy_timed_out', [proxyFailed('timed-out')]],
  ['schedule', 'proxy_authentication', [proxyFailed('authentication')]],
  ['schedule', 'proxy_refused', [proxyFailed('refused')]],
  ['schedule', 'proxy_failed', [proxyFailed('failed')]],
  ['schedule', 'proxy_cut', [proxyFailed('cut')]],
  ['slow-retry', 'unauthorized', [answered(401)]],
  ['slow-retry', 'forbidden', [answered(403), answered(403, { 'x-ratelimit-remaining': '41' })]],
  ['slow-retry', 'not_found', [answered(404)]],
  ['slow-retry', 'dns_not_found', [unreachable('dns-not-found')]],
  ['slow-retry', 'tls_name', [unreachable('tls-name')]],
  ['slow-retry', 'tls_certificate', [unreachable('tls-certificate')]],
  ['slow-retry', 'tls_failed', [unreachable('tls-failed')]],
  ['slow-retry', 'receiver_not_ready', [{ kind: 'unsendable', reason: 'receiver', problem: 'The secret X is gone.' }]],
  ['failed', 'rejected', [answered(400), answered(402), answered(405), answered(413), answered(422), answered(451)]],
  ['failed', 'redirected', [answered(300), answered(301), answered(302), answered(304), answered(307), answered(308)]],
  ['failed', 'unexpected_status', [answered(600), answered(999)]],
  ['failed', 'address_blocked', [{ kind: 'blocked', address: '10.0.0.1', rule: 'private', message: 'It is private.' }]],
  ['failed', 'payload_not_renderable', [{ kind: 'unsendable', reason: 'payload', problem: 'No value.' }]],
  ['failed', 'request_not_valid', [{ kind: 'unsendable', reason: 'request', problem: 'A header is not valid.' }]],
  ['failed and paused', 'gone', [answered(410)]],
  ['nothing', 'interrupted', [{ kind: 'interrupted' }]],
]
const allOutcomes = rows.flatMap(([course, , outcomes]) => outcomes.map((outcome) => ({ course, outcome })))

describe('after the first attempt', () => {
  test.each(rows)('%s: %s', (course, reason, outcomes) => {
    for (const outcome of outcomes) {
      const verdict = judgeAttempt(outcome, FIRST)
      expect(courseOf(verdict), JSON.stringify(outcome)).toBe(course)
      expect(verdict.reason).toBe(reason)
      expect(verdict.explanation, JSON.stringify(outcome)).toMatch(/^[A-Z].*[^.]\.$/)
      expect(verdict.explanation).not.toMatch(/\.\.|undefined|\s\s/)
    }
  })
})

test('an explanation tells the cause and what to do', () => {
  expect(judgeAttempt(answered(401), FIRST).explanation).toBe(
    'The receiver answered 401. Check the access token of the webhook: set the secret anew, then replay.',
  )
  expect(judgeAttempt(unreachable('refused'), FIRST).explanation).toBe(
    'The receiver refused the connection (ECODE). Check that the receiver is running and that the port in the URL is right.',
  )
  const blocked = 'ci.internal (10.0.0.1) is a private address. The operator can allow it.'
  expect(
    judgeAttempt({ kind: 'blocked', address: '10.0.0.1', rule: 'private', message: blocked }, FIRST).explanation,
  ).toBe(blocked)
})

test('an answer is judged by its status, whatever became of its body, and the explanation says so', () => {
  const cut = (status: number, bodyCutBy: BodyCut): AttemptOutcome => {
    return { ...answered(status), isBodyCut: true, bodyCutBy } as AttemptOutcome
  }
  for (const status of [200, 204, 404, 410, 422, 503]) {
    const whole = judgeAttempt(answered(status), FIRST)
    for (const by of ['size', 'time', 'connection', 'stop'] as const) {
      const verdict = judgeAttempt(cut(status, by), FIRST)
      expect({ ...verdict, explanation: '' }).toEqual({ ...whole, explanation: '' })
    }
  }
  expect(judgeAttempt(cut(200, 'time'), FIRST).explanation).toBe(
    'The receiver answered 200. Its body was not complete after 5 s, and the rest was not waited for.',
  )
  expect(judgeAttempt(cut(503, 'connection'), FIRST).explanation).toContain(' The connection broke before its body')
  expect(judgeAttempt(cut(200, 'size'), FIRST).explanation).toBe('The receiver answered 200.')
})

test("trouble with the proxy is told to be the operator's, not the receiver's", () => {
  for (const reason of ['unreachable', 'timed-out', 'authentication', 'refused', 'failed'] as const) {
    const { explanation } = judgeAttempt(proxyFailed(reason), FIRST)
    expect(explanation).toMatch(/^The proxy of this server .* \(ECODE\)\. The operator of this server should /)
  }
})

test('a mistake in the settings is tried twice more, slowly, and its owner told at once', () => {
  const verdicts = [0, 1, 2].map((slowRetryCount) =>
    judgeAttempt(answered(404), { attemptCount: slowRetryCount + 1, slowRetryCount, jitter: 0 }),
  )
  expect(verdicts.map(courseOf)).toEqual(['slow-retry', 'slow-retry', 'failed'])
  for (const verdict of verdicts.slice(0, 2)) {
    expect(verdict).toMatchObject({ needsAttention: true })
    expect((verdict as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(30 * 60_000)
  }
  expect(verdicts[2]?.explanation).toMatch(/not tried again: the slow retries are spent\.$/)
})

test('slow retries are counted apart: a receiver that was down before is still given both', () => {
  const verdict = judgeAttempt(answered(404), { attemptCount: 4, slowRetryCount: 0, jitter: 0 })
  expect(courseOf(verdict)).toBe('slow-retry')
})

test('Retry-After postpones', () => {
  const verdict = judgeAttempt(answered(429, { 'retry-after': '600' }, 600_000), FIRST)
  expect(verdict).toMatchObject({ state: 'pending', delayMs: 600_000 })
  const hasty = judgeAttempt(answered(503, { 'retry-after': '1' }, 1_000), { ...FIRST, attemptCount: 3 })
  expect(hasty).toMatchObject({ state: 'pending', delayMs: 30 * 60_000 })
})

test('an interrupted attempt is due at once, however many there were', () => {
  for (const attemptCount of [1, ATTEMPTS_MAX, 500]) {
    const verdict = judgeAttempt({ kind: 'interrupted' }, { attemptCount, slowRetryCount: 2, jitter: 0.9 })
    expect(verdict).toMatchObject({ state: 'pending', delayMs: 0, spends: 'nothing' })
  }
})

test('whatever receivers do, every delivery ends, within its attempts', () => {
  const drawn = fc.constantFrom(...allOutcomes.filter(({ course }) => course !== 'nothing'))
  fc.assert(
    fc.property(fc.array(drawn, { minLength: ATTEMPTS_MAX, maxLength: ATTEMPTS_MAX }), (outcomes) => {
      let slowRetryCount = 0
      let attemptCount = 0
      let verdict: Verdict
      do {
        const { outcome } = outcomes[attemptCount]!
        attemptCount += 1
        verdict = judgeAttempt(outcome, { attemptCount, slowRetryCount, jitter: 0.5 })
        if (verdict.state === 'pending') {
          expect(verdict.delayMs).toBeGreaterThan(0)
          if (verdict.spends === 'slow-retry') slowRetryCount += 1
        }
      } while (verdict.state === 'pending')
      expect(attemptCount).toBeLessThanOrEqual(ATTEMPTS_MAX)
      expect(slowRetryCount).toBeLessThanOrEqual(SLOW_RETRIES_MAX)
    }),
  )
})

test('a delivery succeeds by an answer from 200 to 299, and by nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 999 }), (status) => {
      const succeeded = judgeAttempt(answered(status), FIRST).state === 'succeeded'
      expect(succeeded).toBe(status >= 200 && status <= 299)
    }),
  )
  for (const { course, outcome } of allOutcomes) {
    expect(judgeAttempt(outcome, FIRST).state === 'succeeded').toBe(course === 'succeeded')
  }
})

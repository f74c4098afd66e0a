import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TARGETS } from '../webhooks/target.ts'
import type { AttemptOutcome, AttemptPhase, BodyCut, ProxyFailureReason, UnreachableReason } from './outcome.ts'
import { ATTEMPTS_MAX, SLOW_RETRIES_MAX } from './retry-schedule.ts'
import { blameOf, judgeAttempt, type Verdict } from './verdict.ts'

const FIRST = { target: 'generic', attemptCount: 1, slowRetryCount: 0, claimsWithoutRequest: 1, jitter: 0 } as const

function answered(status: number, headers: Record<string, string> = {}, retryAfterMs?: number): AttemptOutcome {
  return { kind: 'answered', status, headers, body: Buffer.alloc(0), isBodyCut: false, retryAfterMs }
}
const unreachable = (reason: UnreachableReason, code = 'ECODE'): AttemptOutcome => ({
  kind: 'unreachable',
  reason,
  code,
})
const timedOut = (phase: AttemptPhase): AttemptOutcome => ({ kind: 'timed-out', phase, afterMs: 30_000 })
const proxyFailed = (reason: ProxyFailureReason): AttemptOutcome => ({ kind: 'proxy-failed', reason, code: 'ECODE' })

/** The state, by what a retry is paid with, and whether the webhook is paused. */
function courseOf(verdict: Verdict): string {
  if (verdict.state === 'pending' && verdict.spends === 'nothing') return verdict.delayMs === 0 ? 'at once' : 'later'
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
  ['schedule', 'dns_timed_out', [timedOut('dns')]],
  ['schedule', 'connect_timed_out', [timedOut('connect')]],
  ['schedule', 'tls_timed_out', [timedOut('tls')]],
  ['schedule', 'answer_timed_out', [timedOut('answer')]],
  ['schedule', 'connection_not_opened', [unreachable('local', 'EMFILE')]],
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
  ['later', 'receiver_not_ready', [{ kind: 'unsendable', reason: 'receiver', problem: 'The secret X is gone.' }]],
  [
    'schedule',
    'master_key_missing',
    [{ kind: 'unsendable', reason: 'master-key', problem: 'It was sealed with another key.' }],
  ],
  ['failed', 'rejected', [answered(400), answered(402), answered(405), answered(413), answered(422), answered(451)]],
  ['failed', 'redirected', [answered(300), answered(301), answered(302), answered(304), answered(307), answered(308)]],
  ['failed', 'unexpected_status', [answered(600), answered(999)]],
  ['failed', 'address_blocked', [{ kind: 'blocked', address: '10.0.0.1', rule: 'private', message: 'It is private.' }]],
  ['failed', 'payload_not_renderable', [{ kind: 'unsendable', reason: 'payload', problem: 'No value.' }]],
  ['failed', 'request_not_valid', [{ kind: 'unsendable', reason: 'request', problem: 'A header is not valid.' }]],
  ['failed and paused', 'gone', [answered(410)]],
  ['at once', 'interrupted', [{ kind: 'interrupted' }]],
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
    judgeAttempt(answered(404), { ...FIRST, attemptCount: slowRetryCount + 1, slowRetryCount }),
  )
  expect(verdicts.map(courseOf)).toEqual(['slow-retry', 'slow-retry', 'failed'])
  for (const verdict of verdicts.slice(0, 2)) {
    expect(verdict).toMatchObject({ needsAttention: true })
    expect((verdict as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(30 * 60_000)
  }
  expect(verdicts[2]?.explanation).toMatch(/not tried again: the slow retries are spent\.$/)
})

test('slow retries are counted apart: a receiver that was down before is still given both', () => {
  const verdict = judgeAttempt(answered(404), { ...FIRST, attemptCount: 4 })
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
    const verdict = judgeAttempt({ kind: 'interrupted' }, { ...FIRST, attemptCount, slowRetryCount: 2, jitter: 0.9 })
    expect(verdict).toMatchObject({ state: 'pending', delayMs: 0, spends: 'nothing' })
  }
})

test('a time-out, a broken answer and a bad certificate are told apart in words', () => {
  const told = (outcome: AttemptOutcome) => judgeAttempt(outcome, FIRST).explanation
  expect(told(timedOut('dns'))).toBe(
    'Nothing more came within 30 s, while looking up the host. If it goes on, check the name servers of the receiver and of this server.',
  )
  expect(told({ kind: 'unreachable', reason: 'closed', code: 'UND_ERR_SOCKET' })).toMatch(
    /^The receiver closed the connection before its answer was complete \(UND_ERR_SOCKET\)\. /,
  )
  expect(told(unreachable('tls-certificate', 'CERT_HAS_EXPIRED'))).toBe(
    'The certificate of the receiver, or one it depends on, has expired (CERT_HAS_EXPIRED). Renew the certificate, then replay.',
  )
  expect(told(unreachable('tls-certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'))).toMatch(
    /itself \(.*TRIPLINE_WEBHOOK_CA_FILE/,
  )
  expect(told(unreachable('local', 'EMFILE'))).toMatch(
    /^This server could not open a connection \(EMFILE\)\. It is not/,
  )
})

test('every kind of failure of the network has a reason of its own', () => {
  const outcomes = allOutcomes.filter(({ outcome }) => ['timed-out', 'unreachable'].includes(outcome.kind))
  const reasons = outcomes.map(({ outcome }) => judgeAttempt(outcome, FIRST).reason)
  expect(new Set(reasons).size).toBe(reasons.length)
})

describe('what is missing on our side', () => {
  const missing: AttemptOutcome = { kind: 'unsendable', reason: 'receiver', problem: 'The secret "X" is gone.' }

  test("is waited for at no cost to the receiver's retries, for three days, and then given up", () => {
    let waitedMs = 0
    let claimsWithoutRequest = 1
    for (; ; claimsWithoutRequest += 1) {
      const verdict = judgeAttempt(missing, { ...FIRST, attemptCount: 3, slowRetryCount: 2, claimsWithoutRequest })
      if (verdict.state !== 'pending') {
        expect(verdict).toMatchObject({ state: 'failed', pausesWebhook: false })
        expect(verdict.explanation).toMatch(/It is not tried again: it could not be sent 9 times\.$/)
        break
      }
      expect(verdict).toMatchObject({ spends: 'nothing', needsAttention: true })
      waitedMs += verdict.delayMs
    }
    expect(claimsWithoutRequest).toBe(9)
    expect(waitedMs).toBeGreaterThan(3 * 24 * 3_600_000)
  })

  test('is waited for also when the schedule is all but spent', () => {
    expect(judgeAttempt(missing, { ...FIRST, attemptCount: ATTEMPTS_MAX })).toMatchObject({ state: 'pending' })
  })
})

test('an attempt is the failure of the receiver, ours, or nobody’s', () => {
  const blames = new Map<string, Set<string>>()
  for (const { outcome } of allOutcomes) {
    const verdict = judgeAttempt(outcome, FIRST)
    const blame = blameOf(outcome, verdict)
    blames.set(blame, (blames.get(blame) ?? new Set()).add(verdict.reason))
  }
  expect(blames.get('none')).toEqual(new Set(['accepted', 'interrupted']))
  expect(blames.get('ours')).toEqual(
    new Set([
      'receiver_not_ready',
      'master_key_missing',
      'payload_not_renderable',
      'request_not_valid',
      'address_blocked',
      'connection_not_opened',
      'proxy_unreachable',
      'proxy_timed_out',
      'proxy_authentication',
      'proxy_refused',
      'proxy_failed',
      'proxy_cut',
    ]),
  )
  expect(blames.get('receiver')).toContain('receiver_error')
  expect(blames.get('receiver')).toContain('dns_not_found')
})

test('nothing is ours that the receiver answered, and nothing the receiver’s that it was not asked', () => {
  fc.assert(
    fc.property(fc.constantFrom(...allOutcomes), fc.constantFrom(...TARGETS), ({ outcome }, target) => {
      const blame = blameOf(outcome, judgeAttempt(outcome, { ...FIRST, target }))
      if (outcome.kind === 'answered') expect(blame).not.toBe('ours')
      if (outcome.kind === 'unsendable' || outcome.kind === 'blocked') expect(blame).toBe('ours')
    }),
  )
})

test('whatever receivers do, every delivery ends, within its attempts', () => {
  const drawn = fc.constantFrom(...allOutcomes.filter(({ course }) => course !== 'at once'))
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 2 * ATTEMPTS_MAX, maxLength: 2 * ATTEMPTS_MAX }), (outcomes) => {
      let slowRetryCount = 0
      let attemptCount = 0
      let claimsWithoutRequest = 0
      let verdict: Verdict
      do {
        const { outcome } = outcomes[attemptCount + claimsWithoutRequest]!
        if (outcome.kind === 'unsendable' || outcome.kind === 'blocked') claimsWithoutRequest += 1
        else attemptCount += 1
        const counts = { attemptCount: Math.max(1, attemptCount), slowRetryCount, claimsWithoutRequest }
        verdict = judgeAttempt(outcome, { ...FIRST, ...counts, jitter: 0.5 })
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

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TARGETS, type TargetKind } from '../webhooks/target.ts'
import type { AnsweredOutcome } from './outcome.ts'
import { ATTEMPTS_MAX } from './retry-schedule.ts'
import { judgeAttempt, type Verdict } from './verdict.ts'

const FIRST = { attemptCount: 1, slowRetryCount: 0, claimsWithoutRequest: 0, jitter: 0 }

type Body = string | Buffer | object

function answered(status: number, body: Body = '', more: Partial<AnsweredOutcome> = {}): AnsweredOutcome {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return {
    kind: 'answered',
    status,
    headers: {},
    body: Buffer.from(text as string),
    isBodyCut: false,
    retryAfterMs: undefined,
    ...more,
  }
}

const judge = (target: TargetKind, answer: AnsweredOutcome) => judgeAttempt(answer, { ...FIRST, target })

/** `succeeded`, `retry`, `slow`, `failed`, or `paused`. */
function courseOf(verdict: Verdict): string {
  if (verdict.state === 'pending') return verdict.spends === 'slow-retry' ? 'slow' : 'retry'
  return verdict.state === 'failed' && verdict.pausesWebhook ? 'paused' : verdict.state
}

type Row = [what: string, answer: AnsweredOutcome, course: string, reason: string, words: RegExp, id?: string]

const GITHUB: Row[] = [
  [
    'a wrong token',
    answered(401, { message: 'Bad credentials' }),
    'slow',
    'unauthorized',
    /401: Bad credentials\. The token/,
  ],
  [
    'no right',
    answered(403, { message: 'Resource not accessible by personal access token' }),
    'slow',
    'forbidden',
    /write"/,
  ],
  [
    'a repository unseen',
    answered(404, { message: 'Not Found' }),
    'slow',
    'not_found',
    /404: Not Found\. The token cannot see/,
  ],
  ['a renamed one', answered(301, { message: 'Moved Permanently' }), 'failed', 'redirected', /renamed or moved/],
  [
    'a refusal with its errors',
    answered(422, {
      message: 'Invalid request.',
      errors: ['No more than 10 properties are allowed; 11 were supplied.'],
    }),
    'failed',
    'rejected',
    /422: Invalid request\.; No more than 10 properties/,
  ],
  ['trouble', answered(502, '<html>'), 'retry', 'receiver_error', /^GitHub answered 502\. Look/],
  ['a limit', answered(429, {}), 'retry', 'rate_limited', /80 such requests a minute/],
]

const RULES: Partial<Record<TargetKind, Row[]>> = {
  generic: [
    ['anything from 200 to 299', answered(299, 'no'), 'succeeded', 'accepted', /^The receiver answered 299\.$/],
  ],
  github_repository_dispatch: [
    ...GITHUB,
    [
      'what it takes',
      answered(204),
      'succeeded',
      'accepted',
      /took the event\. It does not say whether a workflow listens/,
    ],
  ],
  github_workflow_dispatch: [
    ...GITHUB,
    ['what it takes', answered(204), 'succeeded', 'accepted', /"return_run_details": true/],
    [
      'a run with its id',
      answered(200, { workflow_run_id: 42, run_url: 'https://api.x/42', html_url: 'https://x/42' }),
      'succeeded',
      'accepted',
      /^GitHub started the workflow run 42\.$/,
      '42',
    ],
  ],
  gitlab: [
    [
      '201 with its pipeline',
      answered(201, { id: 61, web_url: 'https://gl/61' }),
      'succeeded',
      'accepted',
      /pipeline 61\.$/,
      '61',
    ],
    ['any other 2xx', answered(200), 'succeeded', 'accepted', /answered 200/],
    [
      'a token of another kind',
      answered(404, { message: '404 Not Found' }),
      'slow',
      'not_found',
      /pipeline trigger token/,
    ],
    [
      'a ref that is not there',
      answered(400, { message: { base: ['Reference not found'] } }),
      'failed',
      'rejected',
      /400: Reference not found\. The ref/,
    ],
    ['a limit', answered(429, 'Retry later'), 'retry', 'rate_limited', /429/],
  ],
  jenkins: [
    [
      'a queued item',
      answered(201, '', { headers: { location: 'https://ci/queue/item/17/' } }),
      'succeeded',
      'accepted',
      /queued the item 17/,
      '17',
    ],
    [
      'a triggered job',
      answered(200, {
        jobs: { deploy: { triggered: true, id: 5 }, other: { triggered: false } },
        message: 'Triggered jobs.',
      }),
      'succeeded',
      'accepted',
      /triggered 1 of 2 jobs/,
      '5',
    ],
    [
      'no job whose filter matches',
      answered(200, { jobs: { deploy: { triggered: false, id: 0 } }, message: 'Triggered jobs.' }),
      'succeeded',
      'accepted_not_triggered',
      /triggered none of one job\. Their own filters/,
    ],
    ['a silent answer', answered(200), 'succeeded', 'accepted', /answered 200\.$/],
    [
      'no job at all',
      answered(404, { message: 'Did not find any jobs' }),
      'slow',
      'not_found',
      /404: Did not find any jobs\. No job/,
    ],
    ['a missing crumb', answered(403, 'No valid crumb'), 'slow', 'forbidden', /crumb/],
    ['a job that fails to start', answered(500, { message: 'oops' }), 'retry', 'receiver_error', /500: oops/],
  ],
  circleci: [
    [
      'a pipeline',
      answered(201, { id: 'ab-cd', number: 7, state: 'pending' }),
      'succeeded',
      'accepted',
      /pipeline ab-cd, number 7\.$/,
      'ab-cd',
    ],
    [
      '200, which starts nothing',
      answered(200, { message: 'skip ci' }),
      'failed',
      'not_triggered',
      /200: skip ci, which means that no/,
    ],
    [
      'an unknown project',
      answered(404, { message: 'Project not found' }),
      'slow',
      'not_found',
      /Project not found\. Check/,
    ],
    [
      'an undeclared parameter',
      answered(400, { message: 'Unexpected argument(s): x' }),
      'failed',
      'rejected',
      /declares/,
    ],
    ['a wrong token', answered(401, { message: 'You must log in first.' }), 'slow', 'unauthorized', /Circle-Token/],
    ['a removed route', answered(410), 'paused', 'gone', /The webhook is paused/],
  ],
  slack: [
    ['ok', answered(200, 'ok'), 'succeeded', 'accepted', /^Slack answered 200\.$/],
    ['ok from a workflow', answered(200, { ok: true }), 'succeeded', 'accepted', /200/],
    [
      'something else with 200',
      answered(200, '<html>Log in</html>'),
      'slow',
      'unexpected_answer',
      /not with "ok"\. Check/,
    ],
    ['nothing with 204', answered(204), 'slow', 'unexpected_answer', /not with "ok"/],
    [
      'a refusal with 200',
      answered(200, { ok: false, error: 'no_service' }),
      'slow',
      'not_found',
      /no_service\. The webhook was/,
    ],
    ['a refusal named ok', answered(200, { ok: false, error: 'ok' }), 'failed', 'rejected', /200: ok\./],
    ['invalid_payload', answered(400, 'invalid_payload'), 'failed', 'rejected', /invalid_payload\. Slack could not/],
    ['no_text', answered(400, 'no_text'), 'failed', 'rejected', /"text"/],
    ['invalid_token', answered(403, 'invalid_token'), 'slow', 'unauthorized', /invalid_token\. The URL is not valid/],
    ['action_prohibited', answered(403, 'action_prohibited'), 'slow', 'forbidden', /administrator/],
    ['channel_not_found', answered(404, 'channel_not_found'), 'slow', 'not_found', /channel was deleted/],
    ['no_service', answered(404, 'no_service'), 'slow', 'not_found', /removed or disabled/],
    ['channel_is_archived', answered(410, 'channel_is_archived'), 'paused', 'gone', /The webhook is paused: unarchive/],
    ['rollup_error', answered(500, 'rollup_error'), 'retry', 'receiver_error', /rollup_error\. Slack had an error/],
    ['a limit', answered(429, 'no_service'), 'retry', 'rate_limited', /one message a second/],
  ],
  slack_api: [
    [
      'ok',
      answered(200, { ok: true, ts: '1503435956.000247' }),
      'succeeded',
      'accepted',
      /"ok": true/,
      '1503435956.000247',
    ],
    [
      'ok in an answer too long to be read',
      answered(200, '{"ok":true,"channel":"C1","ts":"1503435956.000247","message":{"text":"…', { isBodyCut: true }),
      'succeeded',
      'accepted',
      /"ok": true/,
      '1503435956.000247',
    ],
    [
      'a refusal too long',
      answered(200, '{"ok":false,"error":"x', { isBodyCut: true }),
      'failed',
      'rejected',
      /unknown_error/,
    ],
    ['invalid_auth', answered(200, { ok: false, error: 'invalid_auth' }), 'slow', 'unauthorized', /xoxb/],
    [
      'missing_scope',
      answered(200, { ok: false, error: 'missing_scope', needed: 'chat:write' }),
      'slow',
      'forbidden',
      /needed: chat:write/,
    ],
    ['not_in_channel', answered(200, { ok: false, error: 'not_in_channel' }), 'slow', 'forbidden', /Invite the bot/],
    ['channel_not_found', answered(200, { ok: false, error: 'channel_not_found' }), 'slow', 'not_found', /"channel"/],
    ['is_archived', answered(200, { ok: false, error: 'is_archived' }), 'failed', 'rejected', /unarchive/],
    ['msg_too_long', answered(200, { ok: false, error: 'msg_too_long' }), 'failed', 'rejected', /50 blocks/],
    ['an error nobody knows', answered(200, { ok: false, error: 'brand_new' }), 'failed', 'rejected', /brand_new/],
    ['ratelimited', answered(200, { ok: false, error: 'ratelimited' }), 'retry', 'rate_limited', /concurrency/],
    ['internal_error', answered(200, { ok: false, error: 'internal_error' }), 'retry', 'receiver_error', /of its own/],
    [
      'service_unavailable',
      answered(503, { ok: false, error: 'service_unavailable' }),
      'retry',
      'receiver_error',
      /503/,
    ],
    ['something else', answered(200, 'ok'), 'slow', 'unexpected_answer', /without "ok"/],
    ['a limit', answered(429), 'retry', 'rate_limited', /429/],
  ],
  teams: [
    ['202', answered(202), 'succeeded', 'queued', /queued, not shown yet\. Whether it was posted/],
    ['200 of a flow that answers', answered(200), 'succeeded', 'accepted', /answered 200/],
    [
      'a body that does not suit',
      answered(400, { error: { code: 'TriggerInputSchemaMismatch', message: 'The input body is wrong.' } }),
      'failed',
      'rejected',
      /400: TriggerInputSchemaMismatch; The input body is wrong\. The body does not suit/,
    ],
    ['too much', answered(413), 'failed', 'rejected', /28 KB/],
    ['a trigger for some only', answered(401), 'slow', 'unauthorized', /"Anyone"/],
    ['a flow that is off', answered(404), 'slow', 'not_found', /deleted or turned off/],
  ],
  teams_connector: [
    ['1', answered(200, '1'), 'succeeded', 'accepted', /retired/],
    [
      'a limit told in words',
      answered(
        200,
        'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId …',
      ),
      'retry',
      'rate_limited',
      /HTTP error 429/,
    ],
    [
      'too much, in words',
      answered(200, 'Microsoft Teams endpoint returned HTTP error 413'),
      'failed',
      'rejected',
      /413/,
    ],
    [
      'any other words',
      answered(200, 'Summary or Text is required.'),
      'slow',
      'unexpected_answer',
      /Summary or Text is required\. Micro/,
    ],
    ['its end', answered(410), 'paused', 'gone', /The webhook is paused\. .*retired/],
  ],
  discord: [
    ['204', answered(204), 'succeeded', 'accepted', /\?wait=true/],
    ['200 with the message', answered(200, { id: '112233' }), 'succeeded', 'accepted', /message 112233/, '112233'],
    [
      'a body it cannot take',
      answered(400, {
        code: 50035,
        message: 'Invalid Form Body',
        errors: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer' }] } },
      }),
      'failed',
      'rejected',
      /Invalid Form Body; BASE_TYPE_MAX_LENGTH; Must be 2000/,
    ],
    [
      'a deleted webhook',
      answered(404, { code: 10015, message: 'Unknown Webhook' }),
      'paused',
      'gone',
      /Unknown Webhook\. The webhook is paused/,
    ],
    ['an unknown thread', answered(404, { code: 10003, message: 'Unknown Channel' }), 'slow', 'not_found', /thread_id/],
    [
      'a wrong token',
      answered(401, { code: 50027, message: 'Invalid Webhook Token' }),
      'slow',
      'unauthorized',
      /copy the URL/,
    ],
    [
      'a limit',
      answered(429, { message: 'You are being rate limited.', retry_after: 64.57, global: true }),
      'retry',
      'rate_limited',
      /whole address/,
    ],
  ],
  pagerduty: [
    [
      '202',
      answered(202, { status: 'success', dedup_key: 'resnet/production' }),
      'succeeded',
      'accepted',
      /key resnet\/production/,
      'resnet/production',
    ],
    [
      'a wrong event',
      answered(400, { status: 'invalid event', message: 'Event object is invalid', errors: ["'severity' is missing"] }),
      'failed',
      'rejected',
      /invalid; 'severity' is missing\. Check routing_key/,
    ],
    ['a limit', answered(429), 'retry', 'rate_limited', /429/],
    ['too much', answered(413), 'failed', 'rejected', /512 KB/],
  ],
}

describe.each(Object.entries(RULES) as [TargetKind, Row[]][])('%s', (target, rows) => {
  test.each(rows)('%s', (_, answer, course, reason, words, id) => {
    const verdict = judge(target, answer)
    expect([courseOf(verdict), verdict.reason]).toEqual([course, reason])
    expect(verdict.explanation).toMatch(words)
    expect(verdict.explanation).toMatch(/^[A-Z].*[^.\s]\.$/)
    expect(verdict.explanation).not.toMatch(/\.\.|undefined|\s\s/)
    expect(verdict.remote?.id ?? undefined).toBe(id)
  })
})

test('every target has its rows', () => {
  expect(Object.keys(RULES).sort()).toEqual([...TARGETS].sort())
})

describe('how long a limited receiver is left alone', () => {
  const delayOf = (target: TargetKind, answer: AnsweredOutcome) => {
    const verdict = judge(target, answer)
    expect(verdict).toMatchObject({ state: 'pending', reason: 'rate_limited' })
    return (verdict as { delayMs: number }).delayMs
  }

  test('Slack and any other: as Retry-After says', () => {
    for (const target of TARGETS) {
      expect(delayOf(target, answered(429, '', { retryAfterMs: 600_000 })), target).toBe(600_000)
    }
  })

  test('Discord: as the body says where the header says less', () => {
    expect(delayOf('discord', answered(429, { retry_after: 64.57 }))).toBe(64_570)
    expect(delayOf('discord', answered(429, { retry_after: 64.57 }, { retryAfterMs: 65_000 }))).toBe(65_000)
    for (const asked of [-1, 1e300, '64', null])
      expect(delayOf('discord', answered(429, { retry_after: asked }))).toBe(5_000)
  })

  test('GitHub: a secondary limit may come as 403 with nothing but words, and asks for a minute', () => {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
    expect(delayOf('github_repository_dispatch', answered(403, { message }))).toBe(60_000)
    expect(delayOf('github_repository_dispatch', answered(403, { message }, { retryAfterMs: 90_000 }))).toBe(90_000)
    const spent = { headers: { 'x-ratelimit-remaining': '0' }, retryAfterMs: 1_800_000 }
    expect(delayOf('github_workflow_dispatch', answered(403, {}, spent))).toBe(1_800_000)
  })

  test('PagerDuty: for minutes', () => {
    expect(delayOf('pagerduty', answered(429))).toBe(120_000)
  })
})

const anyJson = fc.oneof(
  fc.json(),
  fc.string(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
)
const anyTarget = fc.constantFrom(...TARGETS)
const anyField = fc.constantFrom(
  'ok',
  'error',
  'message',
  'errors',
  'id',
  'ts',
  'jobs',
  'code',
  'needed',
  'retry_after',
)
const anyAnswer = fc
  .record({
    status: fc.integer({ min: 200, max: 999 }),
    body: fc.oneof(anyJson, fc.dictionary(anyField, fc.jsonValue())),
    isBodyCut: fc.boolean(),
  })
  .map(({ status, body, isBodyCut }) => answered(status, body as Body, { isBodyCut }))

test('whatever is answered to whom, there is one verdict, in one sound line of bounded length', () => {
  fc.assert(
    fc.property(anyTarget, anyAnswer, (target, answer) => {
      const verdict = judge(target, answer)
      expect(verdict.explanation).toMatch(/^[A-Z].*\.$/u)
      expect(verdict.explanation).not.toMatch(/[\p{Cc}\p{Cs}]/u)
      expect(verdict.explanation.length).toBeLessThan(1_500)
      if (verdict.state === 'pending') expect(verdict.delayMs).toBeGreaterThan(0)
      if (verdict.remote?.url) expect(verdict.remote.url).toMatch(/^https?:\/\//)
    }),
    { numRuns: 1_000 },
  )
})

test('nothing but a status from 200 to 299 is a success, whatever the target and the body', () => {
  fc.assert(
    fc.property(anyTarget, anyAnswer, (target, answer) => {
      if (answer.status >= 300) expect(judge(target, answer).state).not.toBe('succeeded')
    }),
    { numRuns: 500 },
  )
})

test("Slack's Web API has accepted only what it answers with ok: true", () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 299 }), fc.jsonValue(), fc.string(), (status, ok, error) => {
      const verdict = judge('slack_api', answered(status, { ok, error }))
      expect(verdict.state === 'succeeded').toBe(ok === true)
    }),
  )
  fc.assert(
    fc.property(fc.dictionary(anyField, fc.jsonValue()), (body) => {
      const hook = judge('slack', answered(200, { ...body, ok: false }))
      const api = judge('slack_api', answered(200, { ...body, ok: false }))
      expect([hook.state, api.state]).not.toContain('succeeded')
    }),
  )
})

test('Teams’ connectors have accepted only what they answer with 1', () => {
  fc.assert(
    fc.property(fc.string(), (body) => {
      expect(judge('teams_connector', answered(200, body)).state === 'succeeded').toBe(body.trim() === '1')
    }),
  )
})

test('a redirect is never followed and never tried again, whatever the target', () => {
  fc.assert(
    fc.property(anyTarget, fc.integer({ min: 300, max: 399 }), anyJson, (target, status, body) => {
      expect(judge(target, answered(status, body as Body))).toMatchObject({ state: 'failed', reason: 'redirected' })
    }),
  )
})

test('what is temporary for everybody is temporary for every target', () => {
  fc.assert(
    fc.property(anyTarget, fc.constantFrom(408, 425, 429, 500, 502, 503, 504), anyJson, (target, status, body) => {
      const verdict = judge(target, answered(status, body as Body))
      expect(verdict).toMatchObject({ state: 'pending', spends: 'schedule' })
      const last = { ...FIRST, target, attemptCount: ATTEMPTS_MAX }
      expect(judgeAttempt(answered(status, body as Body), last).state).toBe('failed')
    }),
  )
})

test('long, hostile and deep words are cut, and only links are links', () => {
  const long = judge('github_repository_dispatch', answered(422, { message: 'é'.repeat(5_000) }))
  expect(long.explanation).toContain(`${'é'.repeat(299)}…`)
  expect(long.explanation).not.toContain('é'.repeat(300))
  const lines = judge('gitlab', answered(400, { message: 'one\u0000\n\u202etwo\r\nthree' }))
  expect(lines.explanation).toContain('400: one two three. The ref')
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  expect(judge('discord', answered(400, `{"message":"m","errors":${deep}}`)).explanation).toContain('400: m. A message')
  for (const url of ['javascript:alert(1)', 'https://a b', `https://x/${'a'.repeat(3_000)}`, 7]) {
    expect(judge('gitlab', answered(201, { id: 1, web_url: url })).remote).toEqual({ id: '1', url: null })
  }
  for (const id of ['a\nb', '', ' ', 'a'.repeat(256), 1.5, {}, null]) {
    expect(judge('circleci', answered(201, { id })).remote).toBeNull()
  }
})

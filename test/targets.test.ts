/** Answers judged by the rule of their target, over real sockets, as REST tells of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenTeam, unique } from './support/given-automations.ts'
import { fire, givenPipeline, inState, makeDue, succeeds } from './support/given-deliveries.ts'
import { type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const MINUTE = 60_000
const NOWHERE = 'http://127.0.0.1:9'

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const GITHUB = '/api/v3/repos/acme/deploy-all-the-models/dispatches'
const GITLAB = '/api/v4/projects/acme%2Fdeploy/trigger/pipeline'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  /** One event on its way to a receiver of this kind at this path; the delivery once it has been answered. */
  async function sentTo(
    target: string,
    answer: ReceiverAnswer,
    state: 'succeeded' | 'pending' | 'failed',
    options: { path?: string; webhook?: Json; secrets?: Record<string, string> } = {},
  ) {
    await using receiver = await startReceiver(answer)
    const url = receiver.url.replace('/hook', options.path ?? '/hook')
    const pipeline = await givenPipeline(server, url, {
      ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
      webhook: { target, ...options.webhook },
    })
    const delivery = await inState(server, await fire(server, pipeline), state, 1)
    expect(receiver.received).toHaveLength(1)
    return { pipeline, delivery, attempt: delivery.history[0], request: receiver.received[0]! }
  }

  /** From the end of the only attempt to the next, in milliseconds. */
  function waitOf(delivery: Json): number {
    return Date.parse(delivery.nextAttemptAt) - Date.parse(delivery.history[0].finishedAt)
  }

  describe('success', () => {
    test('GitLab’s 201 keeps the pipeline, and where it can be seen', async () => {
      const made = json(201, { id: 4711, web_url: 'https://gitlab.test/acme/deploy/-/pipelines/4711' })
      const { attempt } = await sentTo('gitlab', made, 'succeeded', { path: GITLAB })
      expect(attempt).toMatchObject({
        status: 201,
        reason: 'accepted',
        explanation: 'GitLab answered 201 and made the pipeline 4711.',
        remoteId: '4711',
        remoteUrl: 'https://gitlab.test/acme/deploy/-/pipelines/4711',
      })
    })

    test('Jenkins’ 201 keeps the item of its queue; a job whose filter did not match is told of', async () => {
      const queued = { status: 201, headers: { location: 'https://ci.test/queue/item/17/' } }
      expect((await sentTo('jenkins', queued, 'succeeded')).attempt).toMatchObject({
        explanation: 'Jenkins answered 201 and queued the item 17.',
        remoteId: '17',
        remoteUrl: 'https://ci.test/queue/item/17/',
      })
      const quiet = json(200, { jobs: { deploy: { triggered: false, id: 0 } }, message: 'Triggered jobs.' })
      expect((await sentTo('jenkins', quiet, 'succeeded')).attempt).toMatchObject({
        reason: 'accepted_not_triggered',
        explanation: expect.stringMatching(/triggered none of one job\. Their own filters did not match/),
      })
    })

    test('Teams’ 202 is queued, not shown', async () => {
      expect((await sentTo('teams', 202, 'succeeded')).attempt).toMatchObject({
        reason: 'queued',
        explanation: expect.stringMatching(/^The Teams workflow answered 202: the message is queued, not shown yet\./),
      })
    })

    test('a run of GitHub is linked to, although its repository has a long name', async () => {
      const html_url = 'https://github.test/acme/deploy-all-the-models/actions/runs/99'
      const { attempt, request } = await sentTo(
        'github_workflow_dispatch',
        json(200, { workflow_run_id: 99, run_url: 'https://x.test/99', html_url }),
        'succeeded',
        { path: '/api/v3/repos/acme/deploy-all-the-models/actions/workflows/deploy.yml/dispatches' },
      )
      expect(attempt).toMatchObject({ remoteId: '99', remoteUrl: html_url })
      expect(attempt.request.headers).toMatchObject({ 'x-github-api-version': '2022-11-28' })
      expect(request.headers).toMatchObject({
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
        'user-agent': expect.stringMatching(/^Tripline\//),
        'x-github-api-version': '2022-11-28',
      })
    })

    test('a header the webhook sets takes the place of its target’s', async () => {
      const { request } = await sentTo('github_repository_dispatch', 204, 'succeeded', {
        path: GITHUB,
        webhook: { headers: { 'X-GitHub-Api-Version': '2026-03-10' } },
      })
      expect(request.headers).toMatchObject({
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2026-03-10',
      })
      const slack = await sentTo('slack_api', json(200, { ok: true, ts: '1.2' }), 'succeeded')
      expect(slack.request.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(slack.attempt.remoteId).toBe('1.2')
    })
  })

  describe('refusal', () => {
    test('Slack’s Web API refuses with 200', async () => {
      const { delivery, attempt } = await sentTo('slack_api', json(200, { ok: false, error: 'msg_too_long' }), 'failed')
      expect(delivery).toMatchObject({ reason: 'rejected', attempts: 1 })
      expect(attempt).toMatchObject({
        status: 200,
        verdict: 'failed',
        explanation: expect.stringMatching(
          /^Slack answered 200 with "ok": false and the error msg_too_long\. A message/,
        ),
      })
      const revoked = await sentTo('slack_api', json(200, { ok: false, error: 'token_revoked' }), 'pending')
      expect(revoked.attempt).toMatchObject({ reason: 'unauthorized', explanation: expect.stringContaining('xoxb-…') })
      expect(waitOf(revoked.delivery)).toBeGreaterThan(29 * MINUTE)
    })

    test('the same answers are a success where the target is generic', async () => {
      for (const answer of [json(200, { ok: false, error: 'msg_too_long' }), json(200, { message: 'skip' })]) {
        expect((await sentTo('generic', answer, 'succeeded')).attempt).toMatchObject({
          reason: 'accepted',
          explanation: 'The receiver answered 200.',
          remoteId: null,
          remoteUrl: null,
        })
      }
    })

    test('CircleCI says with 200 that it started nothing', async () => {
      const { delivery, attempt } = await sentTo('circleci', json(200, { message: 'Skipped: [skip ci]' }), 'failed')
      expect(delivery.reason).toBe('not_triggered')
      expect(attempt.explanation).toMatch(/^CircleCI answered 200: Skipped: \[skip ci\], which means that no pipeline/)
      const made = await sentTo('circleci', json(201, { id: 'aa-bb', number: 3 }), 'succeeded')
      expect(made.attempt).toMatchObject({ remoteId: 'aa-bb' })
    })

    test('GitHub: 404 is a token that cannot see, 422 tells what is wrong', async () => {
      const unseen = await sentTo('github_repository_dispatch', json(404, { message: 'Not Found' }), 'pending', {
        path: GITHUB,
      })
      expect(unseen.attempt).toMatchObject({
        reason: 'not_found',
        explanation: expect.stringMatching(/^GitHub answered 404: Not Found\. The token cannot see the repository/),
      })
      const errors = ['No more than 10 properties are allowed; 11 were supplied.']
      const wrong = json(422, { message: 'Invalid request.', errors })
      const refused = await sentTo('github_repository_dispatch', wrong, 'failed', { path: GITHUB })
      expect(refused.attempt.explanation).toMatch(
        /422: Invalid request\.; No more than 10 properties .* at most 10 keys/,
      )
    })

    test('GitHub: a secondary limit that comes as 403 with words alone is waited for', async () => {
      const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
      const { delivery, attempt } = await sentTo('github_repository_dispatch', json(403, { message }), 'pending')
      expect(attempt).toMatchObject({ reason: 'rate_limited', explanation: expect.stringContaining('secondary rate') })
      expect(waitOf(delivery)).toBeGreaterThan(59_000)
      expect(waitOf(delivery)).toBeLessThan(70_000)
      const forbidden = await sentTo('github_repository_dispatch', json(403, { message: 'No.' }), 'pending')
      expect(forbidden.attempt.reason).toBe('forbidden')
      expect(waitOf(forbidden.delivery)).toBeGreaterThan(29 * MINUTE)
    })

    test('Discord: 429 is waited for as its body asks; a deleted webhook is not used again', async () => {
      const limited = json(
        429,
        { message: 'You are being rate limited.', retry_after: 90.5, global: false },
        { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0' },
      )
      const { delivery, attempt } = await sentTo('discord', limited, 'pending')
      expect(attempt).toMatchObject({ reason: 'rate_limited' })
      expect(waitOf(delivery)).toBeGreaterThanOrEqual(90_000)
      expect(waitOf(delivery)).toBeLessThan(101_000)

      const gone = await sentTo('discord', json(404, { code: 10015, message: 'Unknown Webhook' }), 'failed')
      expect(gone.delivery.reason).toBe('gone')
      const webhook = await succeeds(server, 'GET', gone.pipeline.webhookPath)
      expect(webhook.paused).toMatchObject({ reason: 'gone' })
    })

    test('what a refusal quotes shows no secret, not even one that the quote would cut', async () => {
      const token = `ghp_${'abcdefghij'.repeat(4)}`
      const message = `${'x'.repeat(280)} ${token} is not valid`
      const { attempt } = await sentTo('github_repository_dispatch', json(422, { message }), 'failed', {
        path: GITHUB,
        secrets: { TOKEN: token },
        webhook: { accessTokenSecret: 'TOKEN' },
      })
      expect(attempt.explanation).toContain(`${'x'.repeat(280)} *** is not valid`)
      expect(JSON.stringify(attempt)).not.toContain('ghp_')

      const leaky = json(201, { id: token, web_url: `https://gitlab.test/${token}/1` })
      const linked = await sentTo('gitlab', leaky, 'succeeded', {
        secrets: { TOKEN: token },
        webhook: { secrets: ['TOKEN'] },
      })
      expect(linked.attempt).toMatchObject({ remoteId: null, remoteUrl: null })
      expect(JSON.stringify(linked.attempt)).not.toContain('ghp_')
    })

    test('a test call is judged by the same rule', async () => {
      await using receiver = await startReceiver(
        json(200, { ok: false, error: 'channel_not_found' }),
        json(201, { id: 5 }),
      )
      const team = await givenTeam(server)
      const tested = (webhook: Json) => succeeds(server, 'POST', `/entities/${team}/webhooks/test`, { webhook })
      expect(await tested({ url: receiver.url, target: 'slack_api' })).toMatchObject({
        ok: false,
        reason: 'not_found',
        explanation: expect.stringContaining('channel_not_found'),
      })
      expect(await tested({ url: receiver.url.replace('/hook', GITLAB) })).toMatchObject({ ok: true, remoteId: '5' })
    })
  })

  describe('the target of a webhook', () => {
    const create = (team: string, settings: Json) =>
      server.rest('POST', `/entities/${team}/webhooks`, { name: unique('hook'), url: NOWHERE, ...settings })

    test('is what its URL shows, or what was chosen', async () => {
      const team = await givenTeam(server)
      const targetOf = async (settings: Json) => (await create(team, settings)).body.target
      expect(await targetOf({ url: `${NOWHERE}${GITHUB}` })).toBe('github_repository_dispatch')
      expect(await targetOf({ url: `${NOWHERE}${GITHUB}`, target: null })).toBe('github_repository_dispatch')
      expect(await targetOf({ url: `${NOWHERE}${GITHUB}`, target: 'generic' })).toBe('generic')
      expect(await targetOf({ target: 'slack' })).toBe('slack')
      expect(await targetOf({})).toBe('generic')
      const refused = await create(team, { target: 'fax' })
      expect([refused.status, refused.body.code, refused.body.errors[0].path]).toEqual([
        400,
        'invalid_request',
        '/target',
      ])
    })

    test('goes with the URL until it is chosen, and can be left to the URL again', async () => {
      const team = await givenTeam(server)
      const { id } = (await create(team, {})).body
      const patched = async (settings: Json) =>
        (await succeeds(server, 'PATCH', `/entities/${team}/webhooks/${id}`, settings)).target
      expect(await patched({ url: `${NOWHERE}${GITLAB}` })).toBe('gitlab')
      expect(await patched({ concurrencyMax: 3 })).toBe('gitlab')
      expect(await patched({ target: 'jenkins' })).toBe('jenkins')
      expect(await patched({ url: `${NOWHERE}${GITHUB}` })).toBe('jenkins')
      expect(await patched({ target: null })).toBe('github_repository_dispatch')
      expect(await patched({ url: NOWHERE })).toBe('generic')
    })

    test('counts from the next attempt on when it is changed', async () => {
      await using receiver = await startReceiver(503, json(200, { ok: false, error: 'no_text' }))
      const pipeline = await givenPipeline(server, receiver.url)
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'pending', 1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { target: 'slack_api' })
      await makeDue(server, delivery)
      expect(await inState(server, delivery, 'failed', 2)).toMatchObject({ reason: 'rejected' })
    })

    test('that is retired comes with a warning', async () => {
      const team = await givenTeam(server)
      const { status, body } = await create(team, { target: 'teams_connector' })
      expect([status, body.warnings]).toEqual([201, [expect.stringContaining('May 2026')]])
    })
  })
})

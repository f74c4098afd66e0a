import type { TargetKind } from '../webhooks/target.ts'
import { fieldOf, idOf, jsonOf, linkOf, quoteOf, textOf } from './answer-body.ts'
import { type AnsweredOutcome, isRateLimited } from './outcome.ts'
import type { VerdictReason } from './verdict.ts'

/**
 * What an answer means by the rule of the target that gave it. Status alone does not tell: Slack refuses with 200,
 * Teams accepts with 202 what it may never show, CircleCI says with 200 that it started nothing.
 *
 * What only its settings stand in the way of (a token, a path, a right) is `unauthorized`, `forbidden` or `not_found`,
 * whose slow retries see a repair; what its bytes stand in the way of is `rejected`. Sources: the documentation of
 * each receiver, as of November 2026.
 */
export type AnswerReading = {
  readonly reason: VerdictReason
  /** A sentence without its full stop. */
  readonly cause: string
  /** In place of what the reason advises in general. */
  readonly fix?: string | undefined
  /** How long the receiver asks to be left alone; not capped. */
  readonly retryAfterMs: number | undefined
  /** What the receiver made of the request, for whoever wants to follow it there. */
  readonly remote: Remote | null
}

/** `id`: 1 to 255 printable characters. `url`: http or https. */
export type Remote = { readonly id: string | null; readonly url: string | null }

/** The parts of a reading that a rule has to tell; for the rest the status speaks. */
type Finding = {
  reason?: VerdictReason
  cause?: string
  fix?: string | undefined
  retryAfterMs?: number | undefined
  remote?: { id?: string | undefined; url?: string | undefined }
}

type Rule = (answer: AnsweredOutcome, byStatus: VerdictReason) => Finding

/** Pure. The answer's body is untrusted, and has been redacted: parts of it are quoted. */
export function readAnswer(target: TargetKind, answer: AnsweredOutcome): AnswerReading {
  const { name, rule } = RULES[target]
  const byStatus = reasonOfStatus(answer)
  const found = rule(answer, byStatus)
  const { id, url } = found.remote ?? {}
  return {
    reason: found.reason ?? byStatus,
    cause: found.cause ?? `${name} answered ${answer.status}`,
    fix: found.fix,
    retryAfterMs: found.retryAfterMs ?? answer.retryAfterMs,
    remote: id === undefined && url === undefined ? null : { id: id ?? null, url: url ?? null },
  }
}

function reasonOfStatus(answer: AnsweredOutcome): VerdictReason {
  const { status } = answer
  if (status >= 200 && status <= 299) return 'accepted'
  if (status >= 300 && status <= 399) return 'redirected'
  if (status >= 500 && status <= 599) return 'receiver_error'
  switch (status) {
    case 429:
      return 'rate_limited'
    case 403:
      return isRateLimited(answer.headers) ? 'rate_limited' : 'forbidden'
    case 401:
      return 'unauthorized'
    case 404:
      return 'not_found'
    case 408:
    case 425:
      return 'receiver_busy'
    case 410:
      return 'gone'
    default:
      return status >= 400 && status <= 499 ? 'rejected' : 'unexpected_status'
  }
}

const RULES: Readonly<Record<TargetKind, { name: string; rule: Rule }>> = {
  generic: { name: 'The receiver', rule: () => ({}) },
  github_repository_dispatch: { name: 'GitHub', rule: githubRule('repository') },
  github_workflow_dispatch: { name: 'GitHub', rule: githubRule('workflow') },
  gitlab: { name: 'GitLab', rule: gitlabRule },
  jenkins: { name: 'Jenkins', rule: jenkinsRule },
  circleci: { name: 'CircleCI', rule: circleciRule },
  slack: { name: 'Slack', rule: slackRule },
  slack_api: { name: 'Slack', rule: slackApiRule },
  teams: { name: 'The Teams workflow', rule: teamsRule },
  teams_connector: { name: 'The Teams connector', rule: teamsConnectorRule },
  discord: { name: 'Discord', rule: discordRule },
  pagerduty: { name: 'PagerDuty', rule: pagerdutyRule },
}

/** `… answered 422: what it said`. */
function said(name: string, status: number, ...words: unknown[]): string {
  const quote = quoteOf(...words)?.replace(/[.\s]+$/, '') ?? ''
  return quote === '' ? `${name} answered ${status}` : `${name} answered ${status}: ${quote}`
}

/** What the receiver asked for, but at least this long. */
function atLeastMs(answer: AnsweredOutcome, ms: number): number {
  return Math.max(ms, answer.retryAfterMs ?? 0)
}

// GitHub

/** "If no header says when, wait at least one minute." Source: GitHub, "Rate limits for the REST API". */
const GITHUB_LIMITED_MS_MIN = 60_000
const GITHUB_LIMITED = /secondary rate limit|API rate limit exceeded|abuse detection/i

function githubRule(kind: 'repository' | 'workflow'): Rule {
  const right = kind === 'repository' ? '"Contents: read and write"' : '"Actions: write"'
  const classic = 'or, as a classic token, the scope "repo"'
  return (answer, byStatus) => {
    const { status } = answer
    const json = jsonOf(answer)
    const message = fieldOf(json, 'message')
    const cause = said('GitHub', status, message, fieldOf(json, 'errors'))
    const isLimited = byStatus === 'rate_limited' || (status === 403 && GITHUB_LIMITED.test(textOf(message) ?? ''))
    if (isLimited) {
      const retryAfterMs = answer.retryAfterMs ?? GITHUB_LIMITED_MS_MIN
      return {
        reason: 'rate_limited',
        cause,
        retryAfterMs,
        fix:
          'GitHub allows 80 such requests a minute and 500 an hour for one token: lower the concurrency of the webhook, ' +
          'or let fewer automations fire.',
      }
    }
    switch (byStatus) {
      case 'accepted': {
        const id = idOf(fieldOf(json, 'workflow_run_id'))
        const url = linkOf(fieldOf(json, 'html_url')) ?? linkOf(fieldOf(json, 'run_url'))
        if (id !== undefined) return { cause: `GitHub started the workflow run ${id}`, remote: { id, url } }
        return {
          cause: `GitHub answered ${status} and took the event`,
          fix:
            kind === 'repository'
              ? 'It does not say whether a workflow listens: only those on the default branch that name this event_type run.'
              : 'It does not say which run it started: with "return_run_details": true in the payload it does.',
        }
      }
      case 'unauthorized':
        return { cause, fix: 'The token is wrong or has expired: make a new one, set the secret anew, then replay.' }
      case 'forbidden':
        return {
          cause,
          fix: `The token may not do this: give it ${right} for this repository (${classic}), and authorize it for the organization's single sign-on.`,
        }
      case 'not_found':
        return {
          cause,
          fix:
            `The token cannot see the repository, or it does not exist${kind === 'workflow' ? ', or has no such workflow' : ''}: ` +
            `check the path of the URL, and that the token has ${right} for it (${classic}).`,
        }
      case 'redirected':
        return { cause, fix: 'The repository was renamed or moved: set the URL to its new name, then replay.' }
      case 'rejected':
        return {
          cause,
          fix:
            kind === 'repository'
              ? 'The payload needs an event_type of 1 to 100 characters and a client_payload with at most 10 keys, under 64 KB: mend it, then replay as now.'
              : 'The payload needs a ref that has the workflow, and the inputs that the workflow declares, 25 at most: mend it, then replay as now.',
        }
      default:
        return { cause }
    }
  }
}

// GitLab

function gitlabRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const { status } = answer
  const json = jsonOf(answer)
  const cause = said('GitLab', status, fieldOf(json, 'message'), fieldOf(json, 'error'))
  switch (byStatus) {
    case 'accepted': {
      const id = idOf(fieldOf(json, 'id'))
      const url = linkOf(fieldOf(json, 'web_url'))
      return id === undefined
        ? {}
        : { cause: `GitLab answered ${status} and made the pipeline ${id}`, remote: { id, url } }
    }
    case 'unauthorized':
    case 'not_found':
      return {
        cause,
        fix:
          'Check the id of the project in the URL, and that "token" is a pipeline trigger token of this very project: a ' +
          'personal access token gets 404.',
      }
    case 'forbidden':
      return {
        cause,
        fix: 'The owner of the trigger token may not run pipelines on this branch: let a maintainer make one.',
      }
    case 'rejected':
      return {
        cause,
        fix: 'The ref does not exist, or the rules of .gitlab-ci.yml exclude pipelines from triggers: mend that, then replay.',
      }
    default:
      return { cause }
  }
}

// Jenkins

function jenkinsRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const { status } = answer
  const json = jsonOf(answer)
  const cause = said('Jenkins', status, fieldOf(json, 'message'))
  switch (byStatus) {
    case 'accepted': {
      // The core's own answer: 201, and where the item waits in the queue.
      const location = answer.headers.location
      const url = linkOf(Array.isArray(location) ? location[0] : location)
      const item = url === undefined ? undefined : /\/queue\/item\/(\d+)\/?$/.exec(url)?.[1]
      if (item !== undefined)
        return { cause: `Jenkins answered ${status} and queued the item ${item}`, remote: { id: item, url } }
      return jenkinsJobs(json, status)
    }
    case 'unauthorized':
      return { cause, fix: 'Check the user and the API token in the Authorization header, then replay.' }
    case 'forbidden':
      return {
        cause,
        fix: 'Check that the user may build the job, and send an API token instead of a password: only that needs no crumb.',
      }
    case 'not_found':
      return {
        cause,
        fix: 'No job listens: check the path of the URL, and that the token is the one in the job\'s "Generic Webhook Trigger".',
      }
    case 'rejected':
      return {
        cause,
        fix: 'Compare the parameters with those that the job declares, mend the payload, then replay as now.',
      }
    case 'receiver_error':
      return { cause, fix: "A job failed to start: look into Jenkins' log." }
    default:
      return { cause }
  }
}

/** The answer of the Generic Webhook Trigger plugin: a map with one entry a job. */
function jenkinsJobs(json: unknown, status: number): Finding {
  const jobs = fieldOf(json, 'jobs') ?? fieldOf(fieldOf(json, 'data'), 'triggerResults')
  if (typeof jobs !== 'object' || jobs === null) return {}
  const results = Object.values(jobs)
  const triggered = results.filter((job) => fieldOf(job, 'triggered') === true)
  if (results.length > 0 && triggered.length === 0) {
    return {
      reason: 'accepted_not_triggered',
      cause: `Jenkins answered ${status}, but triggered none of ${results.length === 1 ? 'one job' : `${results.length} jobs`}`,
      fix: 'Their own filters did not match: compare the payload with the filter of the job.',
    }
  }
  const id = triggered.map((job) => idOf(fieldOf(job, 'id'))).find((found) => found !== undefined)
  if (triggered.length === 0) return {}
  return {
    cause: `Jenkins answered ${status} and triggered ${triggered.length} of ${results.length === 1 ? 'one job' : `${results.length} jobs`}`,
    remote: { id },
  }
}

// CircleCI

function circleciRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const { status } = answer
  const json = jsonOf(answer)
  const cause = said('CircleCI', status, fieldOf(json, 'message'))
  switch (byStatus) {
    case 'accepted': {
      const id = idOf(fieldOf(json, 'id'))
      if (status === 200) {
        return {
          reason: 'not_triggered',
          cause: `${cause}, which means that no pipeline was started`,
          fix: 'Check the branch and the conditions of .circleci/config.yml (a commit with [skip ci] starts none), then replay.',
        }
      }
      const number = idOf(fieldOf(json, 'number'))
      const named = number === undefined ? '' : `, number ${number}`
      return id === undefined
        ? {}
        : { cause: `CircleCI answered ${status} and made the pipeline ${id}${named}`, remote: { id } }
    }
    case 'unauthorized':
    case 'forbidden':
      return {
        cause,
        fix: 'Check the personal API token in the Circle-Token header: a project token does not do, then replay.',
      }
    case 'not_found':
      return {
        cause,
        fix:
          "Check the project in the URL, and that the token's owner can see it; projects of the GitHub App need the route " +
          'that ends in /pipeline/run.',
      }
    case 'rejected':
      return {
        cause,
        fix: 'Only parameters that .circleci/config.yml declares are taken, and a branch or a tag, not both: mend the payload, then replay as now.',
      }
    case 'gone':
      return {
        cause,
        fix: 'The webhook is paused: this route of the API is gone, so set the URL to one of v2 and resume it.',
      }
    default:
      return { cause }
  }
}

// Slack

type SlackErrors = Readonly<Record<string, readonly [reason: VerdictReason, fix: string]>>

const MEND_PAYLOAD = 'mend the payload of the automation, then replay as now.'
const SHORTER = `A message has at most 50 blocks of 3,000 characters, and about 9,000 in all: ${MEND_PAYLOAD}`

const SLACK_BODY_ERRORS: SlackErrors = {
  invalid_payload: ['rejected', `Slack could not read the payload: ${MEND_PAYLOAD}`],
  invalid_blocks: ['rejected', `A block is not valid, try it in Slack's Block Kit Builder: ${MEND_PAYLOAD}`],
  invalid_blocks_format: ['rejected', `"blocks" is no list of blocks: ${MEND_PAYLOAD}`],
  no_text: ['rejected', `The payload needs "text" or "blocks": ${MEND_PAYLOAD}`],
  msg_too_long: ['rejected', SHORTER],
  msg_blocks_too_long: ['rejected', SHORTER],
  too_many_attachments: ['rejected', `A message has at most 100 attachments: ${MEND_PAYLOAD}`],
}

const SLACK_WEBHOOK_ERRORS: SlackErrors = {
  ...SLACK_BODY_ERRORS,
  user_not_found: ['rejected', `The payload addresses a user who does not exist: ${MEND_PAYLOAD}`],
  action_prohibited: [
    'forbidden',
    'An administrator of the workspace has forbidden such posts: ask for leave, then replay.',
  ],
  posting_to_general_channel_denied: [
    'forbidden',
    'The workspace lets nobody post to #general by webhook: use another channel.',
  ],
  invalid_token: [
    'unauthorized',
    'The URL is not valid any more: make a new webhook in Slack, set its URL, then replay.',
  ],
  channel_not_found: ['not_found', 'The channel was deleted: make a new webhook in Slack, set its URL, then replay.'],
  no_service: [
    'not_found',
    'The webhook was removed or disabled in Slack: make a new one there, set its URL, then replay.',
  ],
  no_active_hooks: ['not_found', 'The webhook was disabled in Slack: make a new one there, set its URL, then replay.'],
  no_team: ['not_found', 'The workspace does not exist any more: check the URL.'],
  team_disabled: ['not_found', 'The workspace is disabled: ask its owner.'],
  channel_is_archived: [
    'gone',
    'The webhook is paused: unarchive the channel, or set the URL of another webhook, and resume it.',
  ],
  rollup_error: ['receiver_error', 'Slack had an error of its own.'],
}

const NEW_SLACK_TOKEN = 'install the app again, set the secret to its new bot token (xoxb-…), then replay.'
const TRY_LATER = 'Slack has trouble of its own.'

const SLACK_API_ERRORS: SlackErrors = {
  ...SLACK_BODY_ERRORS,
  not_authed: [
    'unauthorized',
    'No token was sent: set the access token of the webhook to a bot token (xoxb-…), then replay.',
  ],
  invalid_auth: ['unauthorized', `The token is not valid: ${NEW_SLACK_TOKEN}`],
  account_inactive: ['unauthorized', `The token belongs to a user or workspace that is gone: ${NEW_SLACK_TOKEN}`],
  token_revoked: ['unauthorized', `The token was revoked: ${NEW_SLACK_TOKEN}`],
  token_expired: ['unauthorized', `The token has expired: ${NEW_SLACK_TOKEN}`],
  not_allowed_token_type: ['unauthorized', 'This kind of token may not post: use a bot token (xoxb-…).'],
  missing_scope: ['forbidden', 'Give the app the scope chat:write and install it again, then replay.'],
  not_in_channel: [
    'forbidden',
    'Invite the bot to the channel, or give the app the scope chat:write.public, then replay.',
  ],
  no_permission: ['forbidden', 'The app may not post there: check its scopes, then replay.'],
  restricted_action: [
    'forbidden',
    'The settings of the workspace forbid such posts: ask an administrator, then replay.',
  ],
  access_denied: ['forbidden', 'The app may not do this: check its scopes and the settings of the workspace.'],
  org_login_required: ['forbidden', 'The workspace is being moved into an organization: wait, then replay.'],
  ekm_access_denied: ['forbidden', 'The administrators have suspended posting: ask them, then replay.'],
  channel_not_found: [
    'not_found',
    'Check "channel" in the payload (an id such as C0123456789 is safest), and invite the bot if it is private, then replay.',
  ],
  is_archived: ['rejected', `The channel is archived: unarchive it and replay, or name another and replay as now.`],
  invalid_arguments: ['rejected', `Slack could not read the payload: ${MEND_PAYLOAD}`],
  invalid_json: ['rejected', `Slack could not read the payload: ${MEND_PAYLOAD}`],
  json_not_object: ['rejected', `The payload has to be an object: ${MEND_PAYLOAD}`],
  ratelimited: [
    'rate_limited',
    'Slack takes about one message a second and channel: set the concurrency of the webhook to 1.',
  ],
  rate_limited: [
    'rate_limited',
    'Slack takes about one message a second and channel: set the concurrency of the webhook to 1.',
  ],
  request_timeout: ['receiver_busy', TRY_LATER],
  internal_error: ['receiver_error', TRY_LATER],
  fatal_error: ['receiver_error', TRY_LATER],
  service_unavailable: ['receiver_error', TRY_LATER],
}

const NOT_SLACK =
  'Check that the URL is one of Slack; for a receiver that only resembles it, set the target to "generic".'

/** Slack's errors are words such as `no_service`: in plain text from webhooks, in JSON from the rest. */
function slackError(answer: AnsweredOutcome, json: unknown): string | undefined {
  const word = textOf(fieldOf(json, 'error')) ?? answer.body.subarray(0, 256).toString('utf8').trim()
  return /^[a-z][a-z0-9_]{1,63}$/.test(word) ? word : undefined
}

function known(errors: SlackErrors, error: string): { reason?: VerdictReason; fix?: string } {
  if (!Object.hasOwn(errors, error)) return {}
  const [reason, fix] = errors[error]!
  return { reason, fix }
}

function slackRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const json = jsonOf(answer)
  const error = slackError(answer, json)
  const cause = said('Slack', answer.status, error)
  if (byStatus === 'accepted') {
    if (answer.body.toString('utf8').trim() === 'ok' || fieldOf(json, 'ok') === true) return {}
    if (error === undefined || (fieldOf(json, 'ok') !== false && !Object.hasOwn(SLACK_WEBHOOK_ERRORS, error))) {
      return {
        reason: 'unexpected_answer',
        cause: `Slack answered ${answer.status}, but not with "ok"`,
        fix: NOT_SLACK,
      }
    }
    return { reason: 'rejected', cause, ...known(SLACK_WEBHOOK_ERRORS, error) }
  }
  // What has passed by the time of a retry stays so, whatever word it comes with.
  if (byStatus === 'rate_limited') {
    return { cause, fix: 'Slack takes about one message a second: set the concurrency of the webhook to 1.' }
  }
  if (error === undefined) return { cause }
  const { reason, fix } = known(SLACK_WEBHOOK_ERRORS, error)
  const isRefusal = answer.status >= 400 && answer.status <= 499 && byStatus !== 'receiver_busy'
  return isRefusal && reason !== undefined ? { cause, reason, fix } : { cause, fix: isRefusal ? undefined : fix }
}

/** Judged by `ok` alone: the Web API refuses with 200. */
function slackApiRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const json = jsonOf(answer)
  const { ok, ts } = slackResult(answer, json)
  const error = slackError(answer, json)
  if (byStatus !== 'accepted') {
    return error === undefined
      ? {}
      : { cause: said('Slack', answer.status, error), fix: known(SLACK_API_ERRORS, error).fix }
  }
  if (ok === true) return { cause: `Slack answered ${answer.status} with "ok": true`, remote: { id: ts } }
  if (ok === false) {
    const word = error ?? 'unknown_error'
    const needed = quoteOf(fieldOf(json, 'needed'))
    const { reason = 'rejected', fix } = known(SLACK_API_ERRORS, word)
    const scope = word === 'missing_scope' && needed !== undefined ? ` (needed: ${needed})` : ''
    return { reason, fix, cause: `Slack answered ${answer.status} with "ok": false and the error ${word}${scope}` }
  }
  return { reason: 'unexpected_answer', cause: `Slack answered ${answer.status}, but without "ok"`, fix: NOT_SLACK }
}

/** Slack gives a long message back whole; its answer is then cut, but begins with what matters. */
function slackResult(answer: AnsweredOutcome, json: unknown): { ok: boolean | undefined; ts: string | undefined } {
  if (!answer.isBodyCut) {
    const ok = fieldOf(json, 'ok')
    return { ok: typeof ok === 'boolean' ? ok : undefined, ts: idOf(fieldOf(json, 'ts')) }
  }
  const start = answer.body.subarray(0, 512).toString('utf8')
  const ok = /^\s*\{\s*"ok"\s*:\s*(true|false)\s*,/.exec(start)?.[1]
  return {
    ok: ok === undefined ? undefined : ok === 'true',
    ts: /^[^{]*\{[^{]*"ts"\s*:\s*"(\d+\.\d+)"/.exec(start)?.[1],
  }
}

// Microsoft Teams

function teamsRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const { status } = answer
  const error = fieldOf(jsonOf(answer), 'error')
  const cause = said('The Teams workflow', status, fieldOf(error, 'code'), fieldOf(error, 'message'))
  switch (byStatus) {
    case 'accepted':
      if (status !== 202) return {}
      return {
        reason: 'queued',
        cause: 'The Teams workflow answered 202: the message is queued, not shown yet',
        fix: 'Whether it was posted, the run history of the flow tells; a body without "attachments" fails only there.',
      }
    case 'unauthorized':
    case 'forbidden':
      return {
        cause,
        fix: 'Let "Anyone" trigger the flow, in its trigger\'s settings, and check that the URL has its whole "sig".',
      }
    case 'not_found':
      return { cause, fix: 'The flow was deleted or turned off: turn it on, or set the URL of another, then replay.' }
    case 'rejected':
      return {
        cause,
        fix:
          status === 413
            ? `A message has at most 28 KB, with everything: ${MEND_PAYLOAD}`
            : `The body does not suit the trigger, which takes a message with "attachments" of Adaptive Cards: ${MEND_PAYLOAD}`,
      }
    default:
      return { cause }
  }
}

/** The likeliest cause of whatever fails there. */
export const CONNECTORS_RETIRED =
  'Microsoft has retired the connectors of Teams (May 2026): make a workflow in Teams and set its URL.'
/** The longest of its limits that is still short: 60 requests in 30 s. */
const CONNECTOR_LIMITED_MS_MIN = 30_000

/** Success is 200 with the body `1`. It refused with 200 too, and a sentence. */
function teamsConnectorRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  if (byStatus === 'rate_limited') return { retryAfterMs: atLeastMs(answer, CONNECTOR_LIMITED_MS_MIN) }
  if (byStatus === 'gone') return { fix: `The webhook is paused. ${CONNECTORS_RETIRED}` }
  if (byStatus !== 'accepted') return { fix: CONNECTORS_RETIRED }
  const text = answer.body.subarray(0, 4_096).toString('utf8').trim()
  if (text === '1') return { fix: CONNECTORS_RETIRED }
  const inner = Number(/returned HTTP error (\d{3})/.exec(text)?.[1])
  const cause = said('The Teams connector', answer.status, text)
  if (Number.isNaN(inner) || (inner >= 200 && inner <= 299)) {
    return { reason: 'unexpected_answer', cause, fix: CONNECTORS_RETIRED }
  }
  const reason = reasonOfStatus({ ...answer, status: inner })
  if (reason === 'rate_limited') return { reason, cause, retryAfterMs: atLeastMs(answer, CONNECTOR_LIMITED_MS_MIN) }
  return { reason, cause, fix: reason === 'gone' ? `The webhook is paused. ${CONNECTORS_RETIRED}` : CONNECTORS_RETIRED }
}

// Discord

const UNKNOWN_CHANNEL = 10003

function discordRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const { status } = answer
  const json = jsonOf(answer)
  const cause = said('Discord', status, fieldOf(json, 'message'), fieldOf(json, 'errors'))
  switch (byStatus) {
    case 'accepted': {
      const id = idOf(fieldOf(json, 'id'))
      if (id !== undefined) return { cause: `Discord answered ${status} and posted the message ${id}`, remote: { id } }
      return status === 204
        ? { fix: 'Errors in saving the message do not show: with ?wait=true in the URL they do.' }
        : {}
    }
    case 'rate_limited': {
      const asked = fieldOf(json, 'retry_after')
      const bodyMs = typeof asked === 'number' && asked >= 0 && asked <= 1e7 ? Math.ceil(asked * 1000) : undefined
      const whole = fieldOf(json, 'global') === true ? ' The limit is that of the whole address of this server.' : ''
      return {
        reason: 'rate_limited',
        cause,
        // The header is in whole seconds, and either may be missing.
        ...(bodyMs === undefined ? {} : { retryAfterMs: atLeastMs(answer, bodyMs) }),
        fix: `Discord takes about 5 messages in 2 s for one webhook: lower the concurrency of the webhook.${whole}`,
      }
    }
    case 'not_found':
      if (fieldOf(json, 'code') === UNKNOWN_CHANNEL) {
        return { cause, fix: 'The thread in the URL does not exist: check its thread_id, then replay.' }
      }
      // "After a 404 the webhook must not be used again": who goes on is blocked by address.
      return {
        reason: 'gone',
        cause,
        fix: 'The webhook is paused, since it was deleted in Discord: make a new one there, set its URL and resume it.',
      }
    case 'unauthorized':
    case 'forbidden':
      return {
        cause,
        fix: 'The token in the URL is not valid: copy the URL of the webhook in Discord anew, then replay.',
      }
    case 'rejected':
      return {
        cause,
        fix: `A message needs "content", of 2,000 characters at most, or "embeds", 10 at most: ${MEND_PAYLOAD}`,
      }
    default:
      return { cause }
  }
}

// PagerDuty

/** "Retry after some minutes." Source: PagerDuty, "Events API v2 overview". */
const PAGERDUTY_LIMITED_MS_MIN = 120_000

function pagerdutyRule(answer: AnsweredOutcome, byStatus: VerdictReason): Finding {
  const { status } = answer
  const json = jsonOf(answer)
  const cause = said('PagerDuty', status, fieldOf(json, 'message'), fieldOf(json, 'errors'))
  switch (byStatus) {
    case 'accepted': {
      const id = idOf(fieldOf(json, 'dedup_key'))
      return id === undefined
        ? {}
        : { cause: `PagerDuty answered ${status} and took the event under the key ${id}`, remote: { id } }
    }
    case 'rate_limited':
      return { cause, retryAfterMs: atLeastMs(answer, PAGERDUTY_LIMITED_MS_MIN) }
    case 'rejected':
      return {
        cause,
        fix:
          status === 413
            ? `An event has at most 512 KB: ${MEND_PAYLOAD}`
            : `Check routing_key, event_action and payload (summary, source, severity): ${MEND_PAYLOAD}`,
      }
    default:
      return { cause }
  }
}

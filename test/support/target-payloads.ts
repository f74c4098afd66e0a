/**
 * What receivers ask of a payload, by the id of the preset that is for them: each says what is wrong with a body, or
 * nothing. Sources: the documentation of each receiver, as of November 2026.
 */

type Json = Record<string, unknown>

const bytesOf = (body: Json) => Buffer.byteLength(JSON.stringify(body))
const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : [])
const isText = (value: unknown, lengthMax = Number.POSITIVE_INFINITY) =>
  typeof value === 'string' && value.length >= 1 && value.length <= lengthMax
const areTexts = (values: unknown) => Object.values(record(values)).every((value) => isText(value))
const isLink = (value: unknown) => typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value)

/** Every key that a body may have, or a complaint of the others. */
function onlyKeys(body: Json, ...known: string[]): string[] {
  return Object.keys(body).flatMap((key) => (known.includes(key) ? [] : [`it has "${key}", which is not known there`]))
}

const unless = (isRight: boolean, complaint: string): string[] => (isRight ? [] : [complaint])

function slack(body: Json): string[] {
  const blocks = list(body.blocks)
  const texts = blocks.map(({ text }) => record(text).text)
  return [
    ...unless(isText(body.text, 40_000), 'it needs a text'),
    ...unless(blocks.length >= 1 && blocks.length <= 50, 'it has 1 to 50 blocks'),
    ...unless(
      blocks.every(({ type }) => type === 'section'),
      'its blocks are sections',
    ),
    ...unless(
      texts.every((text) => isText(text, 3_000)),
      'a section has a text of 1 to 3,000 characters',
    ),
    ...unless(
      texts.every((text) => /<https?:[^|>]+\|[^<>]+>/.test(String(text))),
      'a section links to what happened',
    ),
    ...unless(!/<!/.test(JSON.stringify(body)), 'it must not call everyone'),
  ]
}

function pagerdutyPayload(body: Json): string[] {
  const payload = record(body.payload)
  return [
    ...unless(isText(body.routing_key), 'it needs a routing key'),
    ...unless(isText(payload.summary, 1_024), 'its summary has 1 to 1,024 characters'),
    ...unless(isText(payload.source), 'it needs a source'),
    ...unless(!Number.isNaN(Date.parse(String(payload.timestamp))), 'its timestamp is a time'),
    ...unless(
      list(body.links).every(({ href }) => isLink(href)),
      'its links lead somewhere',
    ),
    ...unless(bytesOf(body) <= 512 * 1024, 'it has at most 512 KB'),
  ]
}

const circleParameters = (body: Json) =>
  unless(
    Object.keys(record(body.parameters)).every((name) => /^[a-z][a-z0-9_-]*$/.test(name)) && areTexts(body.parameters),
    'its parameters are texts under plain names',
  )

/** By preset: what is wrong with what it came to; empty if the receiver would take it. */
export const PAYLOAD_CHECKS: Record<string, (body: Json) => string[]> = {
  plain: (body) => unless(areTexts(body) && isText(body.event), 'it says what happened, and leaves nothing empty'),
  cloudevents: (body) => [
    ...onlyKeys(body, 'specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'data'),
    ...unless(body.specversion === '1.0', 'its specversion is 1.0'),
    ...unless(isText(body.id) && isText(body.type), 'it needs an id and a type'),
    ...unless(/^[^\s]+$/.test(String(body.source)), 'its source is a reference to a URI'),
    ...unless(!Number.isNaN(Date.parse(String(body.time))), 'its time is a time'),
    ...unless(areTexts(body.data), 'its data leave nothing empty'),
  ],
  github_repository_dispatch: (body) => [
    ...onlyKeys(body, 'event_type', 'client_payload'),
    ...unless(isText(body.event_type, 100), 'its event_type has 1 to 100 characters'),
    ...unless(Object.keys(record(body.client_payload)).length <= 10, 'its client_payload has at most 10 keys'),
    ...unless(areTexts(record(body.client_payload).artifact), 'it leaves nothing empty'),
    ...unless(bytesOf(body) < 64 * 1024, 'it has less than 64 KB'),
  ],
  github_workflow_dispatch: (body) => [
    ...onlyKeys(body, 'ref', 'inputs', 'return_run_details'),
    ...unless(isText(body.ref), 'it needs a ref'),
    ...unless(Object.keys(record(body.inputs)).length <= 25, 'it has at most 25 inputs'),
    ...unless(areTexts(body.inputs), 'its inputs are texts'),
  ],
  gitlab: (body) => [
    ...onlyKeys(body, 'token', 'ref', 'variables'),
    ...unless(isText(body.token) && isText(body.ref), 'it needs a token and a ref'),
    ...unless(
      Object.keys(record(body.variables)).every((name) => /^[A-Z][A-Z0-9_]*$/.test(name)) && areTexts(body.variables),
      'its variables are texts under names of environment variables',
    ),
  ],
  jenkins: (body) => unless(areTexts(body), 'it leaves nothing empty'),
  circleci: (body) => [
    ...onlyKeys(body, 'definition_id', 'config', 'checkout', 'parameters'),
    ...unless(
      isText(record(body.config).branch) && isText(record(body.checkout).branch),
      'it says which branch to configure and to check out',
    ),
    ...circleParameters(body),
  ],
  circleci_branch: (body) => [
    ...onlyKeys(body, 'branch', 'parameters'),
    ...unless(isText(body.branch), 'it needs a branch'),
    ...circleParameters(body),
  ],
  slack: (body) => [...onlyKeys(body, 'text', 'blocks'), ...slack(body)],
  slack_api: (body) => [
    ...onlyKeys(body, 'channel', 'text', 'blocks', 'unfurl_links'),
    ...unless(isText(body.channel), 'it needs a channel'),
    ...slack(body),
  ],
  teams: teamsCard,
  teams_connector: teamsCard,
  discord: (body) => [
    ...onlyKeys(body, 'content', 'embeds', 'allowed_mentions'),
    ...unless(isText(body.content, 2_000), 'its content has 1 to 2,000 characters'),
    ...unless(list(body.embeds).length <= 10, 'it has at most 10 embeds'),
    ...unless(
      list(body.embeds).every(({ title, url }) => isText(title, 256) && isLink(url)),
      'its embeds link somewhere',
    ),
    ...unless(JSON.stringify(body.allowed_mentions) === '{"parse":[]}', 'it must not call everyone'),
  ],
  pagerduty: (body) => [
    ...onlyKeys(body, 'routing_key', 'event_action', 'dedup_key', 'payload', 'links'),
    ...pagerdutyPayload(body),
    ...unless(body.event_action === 'trigger', 'it triggers an alert'),
    ...unless(isText(body.dedup_key, 255), 'its dedup_key has 1 to 255 characters'),
    ...unless(
      ['critical', 'error', 'warning', 'info'].includes(String(record(body.payload).severity)),
      'it needs a severity',
    ),
  ],
  pagerduty_change: (body) => [...onlyKeys(body, 'routing_key', 'payload', 'links'), ...pagerdutyPayload(body)],
}

function teamsCard(body: Json): string[] {
  const [attachment, ...others] = list(body.attachments)
  const card = record(record(attachment).content)
  const [headline, facts] = list(card.body)
  return [
    ...unless(body.type === 'message' && others.length === 0, 'it is a message with one attachment'),
    ...unless(
      record(attachment).contentType === 'application/vnd.microsoft.card.adaptive' && card.type === 'AdaptiveCard',
      'its attachment is an Adaptive Card',
    ),
    ...unless(isText(record(headline).text), 'its card says what happened'),
    ...unless(
      list(record(facts).facts).every(({ title, value }) => isText(title) && isText(value)),
      'its facts leave nothing empty',
    ),
    ...unless(
      list(card.actions).every(({ type, url }) => type === 'Action.OpenUrl' && isLink(url)),
      'its actions link somewhere',
    ),
    ...unless(bytesOf(body) < 20 * 1024, 'it has less than 20 KB'),
  ]
}

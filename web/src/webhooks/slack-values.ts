import type { Schemas } from '../api/client'
import type { Webhook } from './queries'

/** A Slack integration as its form has it. */
export type SlackValues = {
  kind: 'incoming' | 'bot'
  name: string
  workspace: string
  channel: string
  /** Of an incoming webhook. */
  url: string
  /** Of a bot. */
  tokenSecret: string | null
}

export const BOT_URL = 'https://slack.com/api/chat.postMessage'

export const EMPTY_SLACK: SlackValues = {
  kind: 'incoming',
  name: '',
  workspace: '',
  channel: '',
  url: '',
  tokenSecret: null,
}

type SlackSettings = Pick<Schemas['NewWebhook'], 'name' | 'url'> &
  Required<Pick<Schemas['NewWebhook'], 'accessTokenSecret' | 'slack'>>

export function slackValuesOf({ name, url, target, slack, accessTokenSecret }: Webhook): SlackValues {
  return {
    kind: target === 'slack_api' ? 'bot' : 'incoming',
    name,
    workspace: slack?.workspace ?? '',
    channel: slack?.channel ?? '',
    url,
    tokenSecret: accessTokenSecret,
  }
}

export function slackSettingsOf({ kind, name, workspace, channel, url, tokenSecret }: SlackValues): SlackSettings {
  const isBot = kind === 'bot'
  return {
    name: name.trim(),
    // A bot may speak to something that only resembles Slack: what it was stays.
    url: isBot && (url.trim() === '' || isIncoming(url)) ? BOT_URL : url.trim(),
    accessTokenSecret: isBot ? tokenSecret : null,
    slack: { workspace: workspace.trim(), channel: channel.trim() },
  }
}

function isIncoming(url: string): boolean {
  return /^https:\/\/hooks\.slack(-gov)?\.com\//.test(url.trim())
}

/** Only what differs. */
export function slackChangesOf(before: SlackValues, after: SlackValues): Schemas['WebhookPatch'] {
  const [had, has] = [slackSettingsOf(before), slackSettingsOf(after)]
  return Object.fromEntries(
    Object.entries(has).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(had[key as keyof typeof had]),
    ),
  )
}

export function slackProblemsOf(values: SlackValues): Record<string, string> {
  const problems: Record<string, string> = {}
  if (values.name.trim() === '') problems.name = 'Give it a name, by which automations find it.'
  if (values.workspace.trim() === '') problems.workspace = 'Which workspace is it in?'
  if (values.channel.trim() === '') problems.channel = 'Where do messages appear?'
  if (values.kind === 'incoming' && values.url.trim() === '') problems.url = 'Paste the URL that Slack shows.'
  if (values.kind === 'bot' && values.tokenSecret === null)
    problems.tokenSecret = 'Choose the secret with the bot token.'
  return problems
}

import { Refusal } from '../refusal.ts'
import type { TargetKind } from './target.ts'

/**
 * Where the notifications of a Slack integration appear, in the words of W&B's client: its workspace and channel. The
 * channel is what a bot posts to; an incoming webhook has one of its own, and there it is a name for people.
 */
export type SlackPlace = { workspace: string; channel: string }

export const SLACK_NAME_LENGTH_MAX = 128

/**
 * Pass if a webhook can take notifications for Slack.
 *
 * @throws Refusal `invalid_request`
 */
export function assertSlackUsable(webhook: { target: TargetKind; accessTokenSecret: string | null }): void {
  if (webhook.target !== 'slack' && webhook.target !== 'slack_api') {
    throw invalid(
      '/slack',
      'needs the URL of an incoming webhook of Slack, or https://slack.com/api/chat.postMessage with a bot token; for a ' +
        'receiver that resembles one of them, set the target to "slack" or "slack_api"',
    )
  }
  if (webhook.target === 'slack_api' && webhook.accessTokenSecret === null) {
    throw invalid('/accessTokenSecret', 'must name the secret with the bot token (xoxb-…) that posts the messages')
  }
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('invalid_request', `"${path.slice(1)}" ${message}`, { fields: [{ path, message }] })
}

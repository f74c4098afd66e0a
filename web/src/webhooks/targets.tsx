import {
  IconBell,
  IconBrandDiscord,
  IconBrandGithub,
  IconBrandGitlab,
  IconBrandSlack,
  IconBrandTeams,
  IconCircleDot,
  IconSettingsAutomation,
  IconWebhook,
} from '@tabler/icons-react'
import type { TargetKind } from './queries'

type Target = {
  label: string
  icon: typeof IconWebhook
  /** The form of its URL. */
  url: string
  /** What it needs, for whoever sets it up for the first time. */
  needs: string
}

/** Every kind of receiver that the server knows, in the words of the people who run them. */
export const TARGETS: Record<TargetKind, Target> = {
  generic: {
    label: 'Any receiver',
    icon: IconWebhook,
    url: 'https://example.com/hook',
    needs:
      'Every answer from 200 to 299 counts as arrived. Sign the requests, and let the receiver check the signature.',
  },
  github_repository_dispatch: {
    label: 'GitHub: repository_dispatch',
    icon: IconBrandGithub,
    url: 'https://api.github.com/repos/OWNER/REPO/dispatches',
    needs: 'The access token needs “Contents: read and write” on the repository.',
  },
  github_workflow_dispatch: {
    label: 'GitHub: workflow_dispatch',
    icon: IconBrandGithub,
    url: 'https://api.github.com/repos/OWNER/REPO/actions/workflows/FILE.yml/dispatches',
    needs: 'The access token needs “Actions: write” on the repository.',
  },
  gitlab: {
    label: 'GitLab pipeline',
    icon: IconBrandGitlab,
    url: 'https://gitlab.com/api/v4/projects/ID/trigger/pipeline',
    needs: 'Store a pipeline trigger token as a secret, and send it in the payload as "token".',
  },
  jenkins: {
    label: 'Jenkins',
    icon: IconSettingsAutomation,
    url: 'https://jenkins.example.com/generic-webhook-trigger/invoke',
    needs: 'Install the plugin Generic Webhook Trigger, and send its token as the access token.',
  },
  circleci: {
    label: 'CircleCI',
    icon: IconCircleDot,
    url: 'https://circleci.com/api/v2/project/gh/OWNER/REPO/pipeline/run',
    needs: 'Add a header Circle-Token with a personal API token from a secret.',
  },
  slack: {
    label: 'Slack: incoming webhook',
    icon: IconBrandSlack,
    url: 'https://hooks.slack.com/services/T000/B000/XXXX',
    needs: 'For messages of your own form. For plain notifications, add a Slack integration instead.',
  },
  slack_api: {
    label: 'Slack: Web API',
    icon: IconBrandSlack,
    url: 'https://slack.com/api/chat.postMessage',
    needs: 'The access token is a bot token (xoxb-…) with the scope chat:write.',
  },
  teams: {
    label: 'Microsoft Teams workflow',
    icon: IconBrandTeams,
    url: 'https://….logic.azure.com/workflows/…/triggers/manual/paths/invoke?…',
    needs: 'Make the workflow “Post to a channel when a webhook request is received”, and paste its whole URL.',
  },
  teams_connector: {
    label: 'Microsoft Teams connector (retired)',
    icon: IconBrandTeams,
    url: 'https://….webhook.office.com/webhookb2/…',
    needs: 'Microsoft has retired connectors: make a workflow instead.',
  },
  discord: {
    label: 'Discord',
    icon: IconBrandDiscord,
    url: 'https://discord.com/api/webhooks/ID/TOKEN?wait=true',
    needs: 'With ?wait=true Discord says whether the message was saved.',
  },
  pagerduty: {
    label: 'PagerDuty',
    icon: IconBell,
    url: 'https://events.pagerduty.com/v2/enqueue',
    needs: 'Store the integration key of Events API v2 as a secret, and send it in the payload as "routing_key".',
  },
}

export function TargetIcon({ target, size = 18 }: { target: TargetKind; size?: number }) {
  const { icon: Icon } = TARGETS[target]
  return <Icon size={size} stroke={1.6} aria-hidden />
}

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

const ICONS: Record<TargetKind, typeof IconWebhook> = {
  generic: IconWebhook,
  github_repository_dispatch: IconBrandGithub,
  github_workflow_dispatch: IconBrandGithub,
  gitlab: IconBrandGitlab,
  jenkins: IconSettingsAutomation,
  circleci: IconCircleDot,
  slack: IconBrandSlack,
  slack_api: IconBrandSlack,
  teams: IconBrandTeams,
  teams_connector: IconBrandTeams,
  discord: IconBrandDiscord,
  pagerduty: IconBell,
}

export function TargetIcon({ target, size = 18 }: { target: TargetKind; size?: number }) {
  const Icon = ICONS[target]
  return <Icon size={size} stroke={1.6} aria-hidden />
}

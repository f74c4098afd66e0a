import type { TargetKind } from './target.ts'

/** What somebody needs to know who sets up a webhook of a target for the first time. Sentences end in a full stop. */
export type TargetGuide = {
  /** What people call it. */
  readonly label: string
  /** The form of its URL, with words in capitals for what is to be filled in. */
  readonly urlExample: string
  /** Which tokens and settings it wants. */
  readonly needs: string
  /** Which answers count as arrived: what `deliveries/target-rule.ts` judges by, in short. */
  readonly success: string
  /** Headers to give the webhook, besides those that the target brings; `${NAME}` is a secret that has to be stored. */
  readonly headers: Readonly<Record<string, string>>
}

/** For each target what it is called and wants. Sources: the documentation of each receiver, as of November 2026. */
export const TARGET_GUIDES: Readonly<Record<TargetKind, TargetGuide>> = {
  generic: {
    label: 'Any receiver',
    urlExample: 'https://example.com/hook',
    needs: 'Sign the requests with a signing secret, and let the receiver check the signature.',
    success: 'Every answer from 200 to 299.',
    headers: {},
  },
  github_repository_dispatch: {
    label: 'GitHub: repository_dispatch',
    urlExample: 'https://api.github.com/repos/OWNER/REPO/dispatches',
    needs: 'The access token needs “Contents: read and write” on the repository; a classic one the scope “repo”.',
    success: '204. It does not say that a workflow listens: only those on the default branch do.',
    headers: {},
  },
  github_workflow_dispatch: {
    label: 'GitHub: workflow_dispatch',
    urlExample: 'https://api.github.com/repos/OWNER/REPO/actions/workflows/FILE.yml/dispatches',
    needs: 'The access token needs “Actions: write” on the repository; a classic one the scope “repo”.',
    success: '200 with the run that it started, or 204.',
    headers: {},
  },
  gitlab: {
    label: 'GitLab pipeline',
    urlExample: 'https://gitlab.com/api/v4/projects/ID/trigger/pipeline',
    needs:
      'Store a pipeline trigger token as a secret, add it to the further secrets, and send it in the payload as “token”. ' +
      'Leave the access token empty.',
    success: '201 with the pipeline, and every other answer from 200 to 299.',
    headers: {},
  },
  jenkins: {
    label: 'Jenkins',
    urlExample: 'https://jenkins.example.com/generic-webhook-trigger/invoke',
    needs:
      'Install the plugin Generic Webhook Trigger, and choose its token as the access token. The job that it starts runs ' +
      'with the rights of Jenkins itself.',
    success: '200 with a job that was triggered. Where none was, the attempt says so.',
    headers: {},
  },
  circleci: {
    label: 'CircleCI',
    urlExample: 'https://circleci.com/api/v2/project/PROVIDER/ORGANIZATION/PROJECT/pipeline/run',
    needs:
      'Store a personal API token as a secret, and send it in the header Circle-Token. Leave the access token empty.',
    success: '201 with the pipeline. 200 means that nothing was started.',
    headers: { 'Circle-Token': '${CIRCLECI_TOKEN}' },
  },
  slack: {
    label: 'Slack: incoming webhook',
    urlExample: 'https://hooks.slack.com/services/T000/B000/XXXX',
    needs:
      'The URL is the credential. This is for messages of your own form: for plain notifications, add a Slack integration instead.',
    success: '200 with the word “ok”.',
    headers: {},
  },
  slack_api: {
    label: 'Slack: Web API',
    urlExample: 'https://slack.com/api/chat.postMessage',
    needs: 'The access token is a bot token (xoxb-…) with the scope chat:write, and the bot is in the channel.',
    success: '200 with “ok”: true. Slack refuses with 200 as well.',
    headers: {},
  },
  teams: {
    label: 'Microsoft Teams workflow',
    urlExample: 'https://….logic.azure.com/workflows/…/triggers/manual/paths/invoke?…',
    needs: 'Make the workflow “Post to a channel when a webhook request is received”, and paste its whole URL.',
    success: '202: the message is queued. Whether it was posted, the run history of the workflow tells.',
    headers: {},
  },
  teams_connector: {
    label: 'Microsoft Teams connector (retired)',
    urlExample: 'https://….webhook.office.com/webhookb2/…',
    needs: 'Microsoft has retired connectors: make a workflow instead.',
    success: '200 with the body 1.',
    headers: {},
  },
  discord: {
    label: 'Discord',
    urlExample: 'https://discord.com/api/webhooks/ID/TOKEN?wait=true',
    needs: 'The URL is the credential. With ?wait=true Discord says whether the message was saved.',
    success: '200 with the message, or 204 without ?wait=true.',
    headers: {},
  },
  pagerduty: {
    label: 'PagerDuty',
    urlExample: 'https://events.pagerduty.com/v2/enqueue',
    needs:
      'Store the integration key of Events API v2 as a secret, add it to the further secrets, and send it in the payload as ' +
      '“routing_key”. Leave the access token empty.',
    success: '202 with the key of the event.',
    headers: {},
  },
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { detectTarget, headersOfTarget, isPathPublic, TARGETS } from './target.ts'

test.each([
  ['github_repository_dispatch', 'https://api.github.com/repos/acme/deploy/dispatches'],
  ['github_repository_dispatch', 'https://github.acme.test/api/v3/repos/acme/deploy/dispatches'],
  ['github_repository_dispatch', 'https://api.acme.ghe.com/repos/acme/deploy/dispatches'],
  ['github_workflow_dispatch', 'https://api.github.com/repos/acme/deploy/actions/workflows/deploy.yml/dispatches'],
  ['generic', 'https://github.com/repos/acme/deploy/dispatches'],
  ['generic', 'https://api.github.com/repos/acme/deploy/issues'],
  ['gitlab', 'https://gitlab.com/api/v4/projects/123/trigger/pipeline'],
  ['gitlab', 'https://git.acme.test/gitlab/api/v4/projects/acme%2Fdeploy/trigger/pipeline'],
  ['gitlab', 'https://gitlab.com/api/v4/projects/${ID}/ref/main/trigger/pipeline?token=${TOKEN}'],
  ['generic', 'https://gitlab.com/api/v4/projects/123/pipeline'],
  ['jenkins', 'https://ci.acme.test/generic-webhook-trigger/invoke?token=abc'],
  ['jenkins', 'https://ci.acme.test/jenkins/job/models/job/deploy/buildWithParameters'],
  ['circleci', 'https://circleci.com/api/v2/project/gh/acme/deploy/pipeline'],
  ['circleci', 'https://circleci.com/api/v2/project/github/acme/deploy/pipeline/run'],
  ['generic', 'https://circleci.com/api/v1.1/project/gh/acme/deploy'],
  ['slack', 'https://hooks.slack.com/services/T0001/B0002/abcdefgh'],
  ['slack', 'https://HOOKS.slack.com./services/${SLACK}'],
  ['generic', 'https://hooks.slack.com.evil.test/services/T0001/B0002/abcdefgh'],
  ['generic', 'https://evil.test/hooks.slack.com/services/T0001/B0002/abcdefgh'],
  ['slack_api', 'https://slack.com/api/chat.postMessage'],
  ['generic', 'https://slack.com/help'],
  ['teams', 'https://prod-12.westeurope.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke?sig=x'],
  [
    'teams',
    'https://default0a.b1.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/0a/triggers/manual/paths/invoke?sig=x',
  ],
  ['teams_connector', 'https://acme.webhook.office.com/webhookb2/0a@0b/IncomingWebhook/0c/0d'],
  ['teams_connector', 'https://outlook.office.com/webhook/0a@0b/IncomingWebhook/0c/0d'],
  ['discord', 'https://discord.com/api/webhooks/123/abc?wait=true'],
  ['discord', 'https://canary.discord.com/api/v10/webhooks/123/abc/slack'],
  ['generic', 'https://discord.com/api/channels/1/messages'],
  ['pagerduty', 'https://events.pagerduty.com/v2/enqueue'],
  ['pagerduty', 'https://events.eu.pagerduty.com/v2/change/enqueue'],
  ['generic', '${WHOLE_URL}'],
  ['generic', 'https://example.test/hook'],
])('%s: %s', (target, url) => {
  expect(detectTarget(url)).toBe(target)
})

test('whatever the text, a target is named', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl({ size: 'small' })), (url) => {
      expect(TARGETS).toContain(detectTarget(url))
    }),
  )
})

test('a path that is a credential is never public', () => {
  for (const url of [
    'https://hooks.slack.com/services/T0001/B0002/abcdefgh',
    'https://discord.com/api/webhooks/123/abc',
    'https://acme.webhook.office.com/webhookb2/0a@0b/IncomingWebhook/0c/0d',
    'https://prod-1.x.logic.azure.com/workflows/0a1b/triggers/manual/paths/invoke?sig=x',
    'https://example.test/hook/secret',
  ]) {
    expect(isPathPublic(url), url).toBe(false)
  }
  expect(isPathPublic('https://api.github.com/repos/acme/deploy/dispatches')).toBe(true)
})

test('headers of a target are named as a webhook names its own, so that those can take their place', () => {
  for (const target of TARGETS) {
    for (const name of Object.keys(headersOfTarget(target))) expect(name).toBe(name.toLowerCase())
  }
  expect(headersOfTarget('github_workflow_dispatch')).toMatchObject({ accept: 'application/vnd.github+json' })
  expect(headersOfTarget('generic')).toEqual({})
})

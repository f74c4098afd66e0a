import type { Schemas } from '../api/client'
import { type EventType, eventInfo } from './event-types'

type Target = Schemas['Webhook']['target']

export type Preset = {
  id: string
  label: string
  /** Which receivers it is for. */
  targets: Target[]
  /** What to know before using it. */
  note?: string
  template: string
}

/** Templates for the receivers people use, made for this event: none names a variable that the event does not have. */
export function presetsFor(event: EventType): Preset[] {
  const { headline, facts, url } = wordsOf(event)
  const link = `<${url}|${headline}>`
  const presets: (Omit<Preset, 'template'> & { body: unknown })[] = [
    {
      id: 'plain',
      label: 'Plain JSON',
      targets: ['generic'],
      body: { event: '${event_type}', ...facts, by: '${event_author}' },
    },
    {
      id: 'github_repository_dispatch',
      label: 'GitHub: repository_dispatch',
      targets: ['github_repository_dispatch'],
      note: 'A workflow with “on: repository_dispatch” listens for this event_type.',
      body: { event_type: 'model-changed', client_payload: { delivery_id: '${delivery_id}', artifact: facts } },
    },
    {
      id: 'github_workflow_dispatch',
      label: 'GitHub: workflow_dispatch',
      targets: ['github_workflow_dispatch'],
      note: 'The workflow must declare these inputs.',
      body: { ref: 'main', inputs: facts },
    },
    {
      id: 'gitlab',
      label: 'GitLab: pipeline trigger',
      targets: ['gitlab'],
      note: 'The access token of the webhook is the pipeline trigger token.',
      body: { token: '${ACCESS_TOKEN}', ref: 'main', variables: capitals(facts) },
    },
    {
      id: 'jenkins',
      label: 'Jenkins: Generic Webhook Trigger',
      targets: ['jenkins'],
      body: { event: '${event_type}', delivery_id: '${delivery_id}', ...facts },
    },
    {
      id: 'circleci',
      label: 'CircleCI: pipeline',
      targets: ['circleci'],
      note: 'The configuration must declare these parameters.',
      body: { branch: 'main', parameters: facts },
    },
    {
      id: 'slack',
      label: 'Slack',
      targets: ['slack', 'slack_api'],
      body: {
        text: headline,
        blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `*${link}*\nby \${event_author:-the server}` } }],
      },
    },
    {
      id: 'teams',
      label: 'Microsoft Teams',
      targets: ['teams', 'teams_connector'],
      body: {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              type: 'AdaptiveCard',
              version: '1.4',
              body: [{ type: 'TextBlock', text: headline, weight: 'Bolder', wrap: true }],
              actions: [{ type: 'Action.OpenUrl', title: 'Open in Tripline', url }],
            },
          },
        ],
      },
    },
    {
      id: 'discord',
      label: 'Discord',
      targets: ['discord'],
      body: { content: headline, embeds: [{ title: headline, url }] },
    },
    {
      id: 'pagerduty',
      label: 'PagerDuty: Events API v2',
      targets: ['pagerduty'],
      note: 'The access token of the webhook is the routing key.',
      body: {
        routing_key: '${ACCESS_TOKEN}',
        event_action: 'trigger',
        dedup_key: '${event_id}',
        payload: {
          summary: headline,
          source: '${project_name}',
          severity: 'info',
          timestamp: '${event_time}',
          custom_details: facts,
        },
      },
    },
  ]
  return presets.map(({ body, ...preset }) => ({ ...preset, template: JSON.stringify(body, null, 2) }))
}

type Words = { headline: string; facts: Record<string, string>; url: string }

function wordsOf(event: EventType): Words {
  const { run, about } = eventInfo(event)
  if (run !== null) {
    const metric: Record<string, string> =
      run === 'state' ? { state: '${run_state}' } : { metric: '${metric_name}', value: '${metric_value}' }
    return {
      headline: run === 'state' ? '${run_name} is ${run_state}' : '${run_name}: ${metric_condition}',
      facts: { run: '${run_path}', ...metric, url: '${run_url}' },
      url: '${run_url}',
    }
  }
  if (event === 'ADD_COLLECTION_TAG' || event === 'REMOVE_COLLECTION_TAG') {
    const collection = '${entity_name}/${project_name}/${artifact_collection_name}'
    return {
      headline: `\${artifact_collection_name} ${event === 'ADD_COLLECTION_TAG' ? 'is tagged' : 'is no longer tagged'} \${tag}`,
      facts: { collection, tag: '${tag}' },
      // There is no variable for it, and a link has to lead somewhere.
      url: 'https://tripline.example.com',
    }
  }
  const version = '${artifact_collection_name} ${version}'
  const label: Record<string, string> = about === null ? {} : { [about]: `\${${about}}` }
  return {
    headline: HEADLINES[event]?.replace('@', version) ?? version,
    facts: { path: '${artifact_version_string}', version: '${version}', ...label, url: '${artifact_url}' },
    url: '${artifact_url}',
  }
}

const HEADLINES: Partial<Record<EventType, string>> = {
  CREATE_ARTIFACT: '@ is new',
  DELETE_ARTIFACT: '@ is deleted',
  LINK_ARTIFACT: '@ is linked',
  UNLINK_ARTIFACT: '@ is unlinked',
  ADD_ARTIFACT_ALIAS: '@ is now ${alias}',
  REMOVE_ARTIFACT_ALIAS: '@ is no longer ${alias}',
  ADD_ARTIFACT_TAG: '@ is tagged ${tag}',
  REMOVE_ARTIFACT_TAG: '@ is no longer tagged ${tag}',
}

function capitals(facts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`TRIPLINE_${name.toUpperCase()}`, value]))
}

import { type EventType, isMetricEventType, isRunEventType } from '../events/event.ts'
import type { TargetKind } from './target.ts'

/** A payload to begin with, in the form a target wants. */
export type TargetPreset = {
  /** Unique among all presets. Public contract: never renamed. */
  readonly id: string
  readonly label: string
  /** What to know, or to fill in, before it is used. */
  readonly note: string | null
  /** Secrets that it names: the webhook needs them, under these or other names, among its further secrets. */
  readonly secrets: string[]
  /** JSON, laid out for reading. */
  readonly template: string
}

type Draft = Omit<TargetPreset, 'template' | 'note' | 'secrets'> & {
  note?: string
  secrets?: string[]
  body: Record<string, unknown>
}

/**
 * The payloads to begin with for this target and type of event, the most usual one first. None names a variable that
 * the event does not have, and each keeps the limits of its target while names and values are of usual length.
 */
export function presetsOfTarget(target: TargetKind, event: EventType): TargetPreset[] {
  return draftsOf(target, factsOf(event)).map(({ body, note = null, secrets = [], ...rest }) => ({
    ...{ ...rest, note, secrets },
    template: JSON.stringify(body, null, 2),
  }))
}

function draftsOf(target: TargetKind, facts: Facts): Draft[] {
  const { headline, values, url, key } = facts
  switch (target) {
    case 'generic':
      return [
        {
          id: 'plain',
          label: 'Plain JSON',
          body: { event: '${event_type}', ...values, by: '${event_author}', delivery_id: '${delivery_id}' },
        },
        {
          id: 'cloudevents',
          label: 'CloudEvents 1.0',
          note: 'Give the webhook the header Content-Type: application/cloudevents+json.',
          body: cloudEvent(values),
        },
      ]
    case 'github_repository_dispatch':
      return [
        {
          id: 'github_repository_dispatch',
          label: 'GitHub: repository_dispatch',
          note: 'A workflow on the default branch with “on: repository_dispatch” listens for this event_type.',
          // At most ten keys: what is about the artifact is one of them.
          body: { event_type: 'model-changed', client_payload: { delivery_id: '${delivery_id}', artifact: values } },
        },
      ]
    case 'github_workflow_dispatch':
      return [
        {
          id: 'github_workflow_dispatch',
          label: 'GitHub: workflow_dispatch',
          note:
            'The workflow must declare these inputs. An Enterprise Server from before 2026 does not know ' +
            'return_run_details, which brings a link to the run: take it out there.',
          body: { ref: 'main', return_run_details: true, inputs: values },
        },
      ]
    case 'gitlab':
      return [
        {
          id: 'gitlab',
          label: 'GitLab: pipeline trigger',
          note: 'The token is a pipeline trigger token of the project.',
          secrets: ['GITLAB_TRIGGER_TOKEN'],
          body: { token: '${GITLAB_TRIGGER_TOKEN}', ref: 'main', variables: inCapitals(values) },
        },
      ]
    case 'jenkins':
      return [
        {
          id: 'jenkins',
          label: 'Jenkins: Generic Webhook Trigger',
          note: 'The job takes values out with JSONPath, such as $.version.',
          body: { event: '${event_type}', delivery_id: '${delivery_id}', ...values },
        },
      ]
    case 'circleci':
      return [
        {
          id: 'circleci',
          label: 'CircleCI: pipeline/run',
          note: 'Fill in the id of the pipeline definition. The configuration must declare these parameters.',
          body: {
            definition_id: 'PIPELINE_DEFINITION_ID',
            config: { branch: 'main' },
            checkout: { branch: 'main' },
            parameters: values,
          },
        },
        {
          id: 'circleci_branch',
          label: 'CircleCI: pipeline of a branch',
          note: 'For URLs that end in /pipeline. The configuration must declare these parameters.',
          body: { branch: 'main', parameters: values },
        },
      ]
    case 'slack':
      return [{ id: 'slack', label: 'Slack message', body: slackMessage(facts) }]
    case 'slack_api':
      return [
        {
          id: 'slack_api',
          label: 'Slack: chat.postMessage',
          note: 'Fill in the channel, which the bot must be in.',
          body: { channel: '#ml-models', ...slackMessage(facts), unfurl_links: false },
        },
      ]
    case 'teams':
    // Whoever still has a connector moves to a workflow, which takes this one.
    case 'teams_connector':
      return [{ id: target, label: 'Microsoft Teams card', body: teamsCard(facts) }]
    case 'discord':
      return [
        {
          id: 'discord',
          label: 'Discord message',
          // Without allowed_mentions a value such as @everyone would call everyone.
          body: { content: headline, embeds: [{ title: 'Open in Tripline', url }], allowed_mentions: { parse: [] } },
        },
      ]
    case 'pagerduty':
      return [
        {
          id: 'pagerduty',
          label: 'PagerDuty: alert',
          note: 'Calls whoever is on duty. The routing key is the integration key of the service.',
          secrets: ['PAGERDUTY_ROUTING_KEY'],
          body: {
            routing_key: '${PAGERDUTY_ROUTING_KEY}',
            event_action: 'trigger',
            dedup_key: key,
            payload: {
              summary: headline,
              source: '${entity_name}/${project_name}',
              severity: 'info',
              timestamp: '${event_time}',
              custom_details: values,
            },
            links: [{ href: url, text: 'Open in Tripline' }],
          },
        },
        {
          id: 'pagerduty_change',
          label: 'PagerDuty: change event',
          note: 'Calls nobody. For URLs that end in /v2/change/enqueue.',
          secrets: ['PAGERDUTY_ROUTING_KEY'],
          body: {
            routing_key: '${PAGERDUTY_ROUTING_KEY}',
            payload: {
              summary: headline,
              source: '${entity_name}',
              timestamp: '${event_time}',
              custom_details: values,
            },
            links: [{ href: url, text: 'Open in Tripline' }],
          },
        },
      ]
  }
}

/** What an event is about, as every target is told it. */
type Facts = {
  /** One sentence, without a full stop. */
  headline: string
  values: Record<string, string>
  url: string
  /** The same for events that are about the same thing, so that they fold into one alert. */
  key: string
}

function factsOf(event: EventType): Facts {
  if (isRunEventType(event)) return runFacts(event)
  const url = '${event_url}'
  if (event === 'ADD_COLLECTION_TAG' || event === 'REMOVE_COLLECTION_TAG') {
    const verb = event === 'ADD_COLLECTION_TAG' ? 'is tagged' : 'is no longer tagged'
    const collection = '${entity_name}/${project_name}/${artifact_collection_name}'
    const values = { collection, tag: '${tag}', url }
    return { headline: `\${artifact_collection_name} ${verb} \${tag}`, values, url, key: keyOf('${tag}') }
  }
  const about = event.endsWith('_ALIAS') ? 'alias' : event.endsWith('_TAG') ? 'tag' : undefined
  const label: Record<string, string> = about === undefined ? {} : { [about]: `\${${about}}` }
  // Of a version that is gone there is only what happened to it.
  const link = event === 'DELETE_ARTIFACT' || event === 'UNLINK_ARTIFACT' ? url : '${artifact_url}'
  return {
    headline: `\${artifact_collection_name} \${version} ${VERSION_NEWS[event]}`,
    values: { path: '${artifact_version_string}', version: '${version}', ...label, url: link },
    url: link,
    key: keyOf(about === undefined ? '${version}' : `\${${about}}`),
  }
}

function runFacts(event: EventType): Facts {
  const url = '${run_url}'
  if (isMetricEventType(event)) {
    return {
      headline: '${run_name}: ${metric_condition} (${metric_value})',
      values: { run: '${run_path}', metric: '${metric_name}', value: '${metric_value}', url },
      url,
      key: '${run_path} ${metric_name}',
    }
  }
  if (event === 'RUN_ALERT') {
    return {
      headline: '${run_name}: ${alert_title}',
      values: { run: '${run_path}', severity: '${alert_severity}', title: '${alert_title}', url },
      url,
      key: '${run_path} ${alert_severity}',
    }
  }
  return {
    headline: '${run_name} is ${run_state}',
    values: { run: '${run_path}', state: '${run_state}', url },
    url,
    key: '${run_path}',
  }
}

const VERSION_NEWS: Partial<Record<EventType, string>> = {
  CREATE_ARTIFACT: 'is new',
  DELETE_ARTIFACT: 'is deleted',
  LINK_ARTIFACT: 'is linked',
  UNLINK_ARTIFACT: 'is unlinked',
  ADD_ARTIFACT_ALIAS: 'is now ${alias}',
  REMOVE_ARTIFACT_ALIAS: 'is no longer ${alias}',
  ADD_ARTIFACT_TAG: 'is tagged ${tag}',
  REMOVE_ARTIFACT_TAG: 'is no longer tagged ${tag}',
}

const keyOf = (what: string) => `\${project_name}/\${artifact_collection_name}:${what}`

function slackMessage({ headline, url }: Facts): Record<string, unknown> {
  // A value such as <!channel> would call everyone there.
  const text = headline.replace(/\$\{(\w+)\}/g, '${$1|slack}')
  return {
    text,
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: `*<${url}|${text}>*\nby \${event_author|slack:-the server}` },
      },
    ],
  }
}

/** The workflow takes messages with `attachments` alone, and says nothing where they are missing. */
function teamsCard({ headline, values, url }: Facts): Record<string, unknown> {
  const { url: _, ...shown } = values
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', size: 'Medium', weight: 'Bolder', text: headline, wrap: true },
            { type: 'FactSet', facts: Object.entries(shown).map(([title, value]) => ({ title, value })) },
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Open in Tripline', url }],
        },
      },
    ],
  }
}

function cloudEvent(values: Record<string, string>): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: '${event_id}',
    source: '${event_url}',
    type: 'tripline.${event_type}',
    time: '${event_time}',
    datacontenttype: 'application/json',
    data: values,
  }
}

function inCapitals(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`TRIPLINE_${name.toUpperCase()}`, value]))
}

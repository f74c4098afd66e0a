import { Anchor, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Schemas } from '../api/client'
import { projectPath } from '../app/area'
import { useViewer } from '../app/session'
import { formatted } from '../templates/suggestions'
import { CodeEditor } from '../ui/code-editor'
import { FactList } from '../ui/facts'
import { Time } from '../ui/time'
import { type Draft, draftOf } from './draft'
import { eventInfo } from './event-types'
import { placeOfEntity } from './place'
import { scopeInWords } from './scope-in-words'
import { conditionInWords } from './sentence'

type Automation = Schemas['Automation']

/** Everything it is made of, as it stands. */
export function Definition({ automation }: { automation: Automation }) {
  const { event, action, filter, pacing, createdBy, createdAt, updatedAt, revision } = automation
  const draft = draftOf(automation)
  const facts: { name: string; value: ReactNode }[] = [
    { name: 'Event', value: eventInfo(event).label },
    { name: 'Conditions', value: conditionsOf(draft) },
    { name: 'Scope', value: <Scope automation={automation} /> },
    { name: 'Action', value: <Action automation={automation} /> },
    { name: 'Pacing', value: pacingOf(pacing) },
    { name: `Revision ${revision}`, value: <Time at={updatedAt} /> },
    {
      name: 'Created',
      value: (
        <>
          <Time at={createdAt} /> by {createdBy ?? 'somebody who is gone'}
        </>
      ),
    },
  ]
  return (
    <Stack>
      <FactList facts={facts} />
      {action.type === 'webhook' && action.payload == null && (
        <Text size="sm" c="dimmed">
          It sends the default body: every variable there is, with its own type.
        </Text>
      )}
      {action.type === 'webhook' && action.payload != null && (
        <CodeEditor label="Payload" value={formatted(action.payload)} minHeight={60} />
      )}
      {action.type === 'notification' && (
        <FactList
          facts={[
            { name: 'Title', value: action.title || 'The name of the automation' },
            { name: 'Message', value: action.message || 'None' },
            { name: 'Severity', value: action.severity ?? 'INFO' },
          ]}
        />
      )}
      {draft.filterText !== null && (
        <CodeEditor label="Filter" value={JSON.stringify(filter, null, 2)} minHeight={60} />
      )}
    </Stack>
  )
}

function conditionsOf({ event, label, conditions, filterText }: Draft): string {
  if (filterText !== null) return 'As its filter says'
  const about = event === null ? null : eventInfo(event).about
  const first =
    about === null || label.how === 'any' ? [] : [`${about} ${label.how === 'exact' ? 'is' : 'matches'} ${label.value}`]
  return [...first, ...conditions.map(conditionInWords)].join('; ') || 'None'
}

function pacingOf({ rateLimit, holdPerMinute, debounceSeconds }: Automation['pacing']): string {
  const parts = [
    rateLimit !== null && `at most ${rateLimit.count} in ${rateLimit.seconds} s`,
    debounceSeconds !== null && `gathered over ${debounceSeconds} s`,
    holdPerMinute !== null && `held above ${holdPerMinute} a minute`,
  ]
  return parts.filter(Boolean).join(', ') || 'As often as it happens'
}

function Scope({ automation: { scope, entity } }: { automation: Automation }) {
  const [kind, name] = scopeInWords(scope)
  if (scope.project === undefined || scope.deleted) return `${kind} ${name}`
  return (
    <>
      {kind}{' '}
      <Anchor component={Link} to={projectPath(entity, scope.project)} size="sm" underline="always">
        {name}
      </Anchor>
    </>
  )
}

const ACTIONS = { webhook: 'Webhook', notification: 'Slack integration', nothing: 'Nothing' } as const

function Action({ automation: { action, entity } }: { automation: Automation }) {
  const { base } = placeOfEntity(useViewer(), entity)
  const { type, webhook } = action
  if (webhook === undefined) return ACTIONS[type]
  if (webhook.deleted) return `${ACTIONS[type]} ${webhook.name} (deleted)`
  return (
    <>
      {ACTIONS[type]}{' '}
      <Anchor
        component={Link}
        to={type === 'webhook' ? `${base}/webhooks/${webhook.id}` : `${base}/slack`}
        size="sm"
        underline="always"
      >
        {webhook.name}
      </Anchor>
    </>
  )
}

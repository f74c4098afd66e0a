import { Anchor, Code, Group, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { Schemas } from '../api/client'
import { useViewer } from '../app/session'
import { StateBadge } from '../ui/state-badge'
import { readFilter } from './draft'
import { eventInfo } from './event-types'
import { placeOfEntity } from './place'
import { scopeInWords } from './scope-in-words'

type Listed = Schemas['ListedAutomation']
type Automation = Schemas['Automation']

/** What it waits for: the event in W&B's words, and the alias, tag, metric or states it must be about. */
export function Trigger({ automation: { event, filter } }: { automation: Pick<Automation, 'event' | 'filter'> }) {
  const info = eventInfo(event)
  const about = aboutOf({ event, filter })
  return (
    <>
      <Text size="sm">{info.label}</Text>
      {about !== '' && <Code fz={12}>{about}</Code>}
    </>
  )
}

function aboutOf({ event, filter }: Pick<Automation, 'event' | 'filter'>): string {
  const { label, run, filterText } = readFilter(event, filter)
  const info = eventInfo(event)
  if (filterText !== null) return 'by a filter'
  if (info.run === 'state') return run.states.map((state) => state.toLowerCase()).join(', ')
  if (info.run === 'alert') return run.levels.map((level) => level.toLowerCase()).join(', ')
  if (info.run !== null) return run.metric
  if (label.how === 'any') return ''
  return label.how === 'regex' ? `/${label.value}/` : label.value
}

/** Where it fires. */
export function ScopeInWords({ scope }: { scope: Schemas['ShownScope'] }) {
  const [kind, name] = scopeInWords(scope)
  return (
    <>
      <Text size="sm">{name}</Text>
      <Text size="xs" c={scope.deleted ? 'var(--mantine-color-error)' : 'dimmed'}>
        {scope.deleted ? `the ${kind.toLowerCase()} is gone` : kind}
      </Text>
    </>
  )
}

const ACTIONS = { webhook: 'Webhook', notification: 'Slack notification', nothing: 'Nothing' } as const

export function ActionInWords({ action }: { action: Schemas['ShownAction'] }) {
  return (
    <>
      <Text size="sm">{ACTIONS[action.type]}</Text>
      {action.webhook !== undefined && (
        <Text size="xs" c={action.webhook.deleted ? 'var(--mantine-color-error)' : 'dimmed'}>
          {action.webhook.name}
          {action.webhook.deleted && ' (deleted)'}
        </Text>
      )}
    </>
  )
}

const HEALTH = { failing: 'failing', held: 'held', never_fired: 'never fired', healthy: 'healthy' } as const

/**
 * How it does, why, and what of it is still on its way.
 *
 * - `isBesideQueue`: where there is room, that stands in a column of its own.
 */
export function Health({ automation, isBesideQueue = false }: { automation: Listed; isBesideQueue?: boolean }) {
  const { activity } = automation
  const { failed } = activity.outcomes
  const waiting = waitingInWords(automation)
  const lines = [reasonOf(automation), failed > 0 && `${failed} failed this week`]
  return (
    <Group gap={6}>
      <StateBadge state={HEALTH[activity.health]} />
      {lines.filter(Boolean).map((line) => (
        <Text key={String(line)} size="xs" c="dimmed">
          {line}
        </Text>
      ))}
      {waiting !== '' && (
        <Text size="xs" c="dimmed" {...(isBesideQueue ? { hiddenFrom: 'sm' } : {})}>
          {waiting}
        </Text>
      )}
    </Group>
  )
}

/** What of it waits in the queue, or is just being sent, leading there. */
export function Queue({ automation }: { automation: Listed }) {
  const { base } = placeOfEntity(useViewer(), automation.entity)
  const waiting = waitingInWords(automation)
  if (waiting === '')
    return (
      <Text size="sm" c="dimmed">
        empty
      </Text>
    )
  const query = new URLSearchParams({ tab: 'deliveries', state: 'pending', automation: automation.id })
  return (
    <Anchor component={Link} to={`${base}/history?${query}`} size="sm">
      {waiting}
    </Anchor>
  )
}

/** The API looks at so many of its newest firings. */
const COUNTED_MAX = 100

function waitingInWords({ activity }: Listed): string {
  const { waiting } = activity.outcomes
  if (waiting === 0) return ''
  return waiting < COUNTED_MAX ? `${waiting} waiting` : `${COUNTED_MAX} or more waiting`
}

/** Why it is held, or fails though nothing has failed yet; empty if there is nothing to say. */
function reasonOf({ action, holds, activity }: Pick<Listed, 'action' | 'holds' | 'activity'>): string {
  const { webhook } = action
  if (webhook?.deleted) return 'its webhook is deleted'
  if (holds.length > 0) return 'fired too often'
  if (activity.health !== 'held') return ''
  if (webhook?.paused) return 'its webhook is paused'
  return webhook?.circuitOpen ? 'the receiver is out' : ''
}

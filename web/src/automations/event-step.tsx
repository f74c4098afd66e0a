import { Radio, SimpleGrid, Stack, Text } from '@mantine/core'
import { AlertFields } from './alert-fields'
import type { Draft } from './draft'
import { EVENTS, type EventInfo, type EventType, eventInfo } from './event-types'
import { FilterFields } from './filter-fields'
import classes from './form.module.css'
import { LabelFields } from './label-fields'
import { RunFields } from './run-fields'

export type PartProps = { draft: Draft; onChange(part: Partial<Draft>): void; entity: string }

const GROUPS = [...new Set(EVENTS.map(({ group }) => group))]

/** What it waits for, and what that must be like. */
export function EventStep(props: PartProps) {
  const { draft, onChange } = props
  const info = draft.event === null ? undefined : eventInfo(draft.event)
  return (
    <Stack>
      <Radio.Group
        aria-label="Event"
        value={draft.event}
        onChange={(chosen) => onChange(chosenEvent(draft, chosen as EventType))}
      >
        <Stack gap="sm">
          {GROUPS.map((group) => (
            <EventGroup key={group} group={group} chosen={draft.event} />
          ))}
        </Stack>
      </Radio.Group>
      {info !== undefined && draft.filterText === null && (
        <>
          {info.about !== null && <LabelFields {...props} about={info.about} />}
          {info.run === 'alert' && <AlertFields {...props} />}
          {info.run !== null && info.run !== 'alert' && <RunFields {...props} run={info.run} />}
        </>
      )}
      {info !== undefined && <FilterFields {...props} info={info} />}
    </Stack>
  )
}

function EventGroup({ group, chosen }: { group: EventInfo['group']; chosen: EventType | null }) {
  return (
    <div>
      <Text size="xs" fw={650} c="dimmed" mb={4}>
        {group}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="xs" verticalSpacing="xs">
        {EVENTS.filter((event) => event.group === group).map(({ type, label, explanation }) => (
          <Radio.Card
            key={type}
            value={type}
            className={classes.card}
            data-checked={chosen === type || undefined}
            aria-label={label}
          >
            <Text size="sm" fw={600}>
              {label}
            </Text>
            <Text size="xs" c="dimmed">
              {explanation}
            </Text>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </div>
  )
}

/** Only alerts have titles, texts and levels to ask about. */
function ofOther({ conditions, filterText }: Draft, event: EventType): Partial<Draft> {
  if (filterText !== null || event === 'RUN_ALERT') return {}
  return { conditions: conditions.filter(({ field }) => !['title', 'text', 'severity'].includes(field)) }
}

/** What was asked about artifacts says nothing about runs, and the other way round. */
function chosenEvent(draft: Draft, event: EventType): Partial<Draft> {
  const isRun = eventInfo(event).run !== null
  const wasRun = draft.event !== null && eventInfo(draft.event).run !== null
  const kept = draft.event === null || isRun === wasRun ? ofOther(draft, event) : { conditions: [], filterText: null }
  const scope =
    isRun && draft.scope.type === 'collection' ? { scope: { ...draft.scope, type: 'project' as const } } : {}
  return { event, ...kept, ...scope }
}

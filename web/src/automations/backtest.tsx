import { Accordion, Alert, Button, Drawer, Group, Progress, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconClockPlay } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { api, type Schemas } from '../api/client'
import { Labels } from '../artifacts/labels'
import { CodeEditor } from '../ui/code-editor'
import { EmptyState } from '../ui/empty-state'
import { prettyBody } from '../ui/pretty-body'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { type Draft, requestOf } from './draft'
import { eventInfo } from './event-types'

const DAYS = 90
/** Firings in one answer, and as many as are shown at all: what fires more often is seen to by then. */
const PAGE_SIZE = 100
const SHOWN_MAX = 500

type Firing = Schemas['Backtest']['items'][number]
type Found = {
  firings: Firing[]
  looked: number
  since: string | undefined
  isDone: boolean
  oldest: string | undefined
}

const NOTHING: Found = { firings: [], looked: 0, since: undefined, isDone: false, oldest: undefined }

/** "Try it on the last 90 days": what the draft would have fired. */
export function Backtest({ draft, entity, isReady }: { draft: Draft; entity: string; isReady: boolean }) {
  const [isOpen, opening] = useDisclosure(false)
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconClockPlay size={16} aria-hidden />}
        disabled={!isReady}
        onClick={opening.open}
      >
        Try it on the last {DAYS} days
      </Button>
      <Drawer opened={isOpen} onClose={opening.close} position="right" size="lg" title={`The last ${DAYS} days`}>
        <Results draft={draft} entity={entity} />
      </Drawer>
    </>
  )
}

function Results({ draft, entity }: { draft: Draft; entity: string }) {
  const { found, problem, stop } = useBacktest(draft, entity)
  if (problem !== undefined) return <ProblemAlert error={problem} />
  const { firings, looked, isDone } = found
  const isCut = firings.length >= SHOWN_MAX
  return (
    <Stack>
      <div role="status">
        <Text fw={600}>
          It would have fired{' '}
          {firings.length === 1 ? 'once' : `${firings.length}${isCut ? ' times and more' : ' times'}`}
          {isDone ? '' : ' so far'}
        </Text>
        <Text size="sm" c="dimmed">
          {looked.toLocaleString('en')} {looked === 1 ? 'event' : 'events'} looked at
          {isDone ? '. Nothing was sent.' : '…'}
        </Text>
      </div>
      {!isDone && (
        <Group wrap="nowrap">
          <Progress value={progressOf(found)} flex={1} aria-label="How far back it has looked" animated />
          <Button size="xs" variant="default" onClick={stop}>
            Stop
          </Button>
        </Group>
      )}
      {isDone && firings.length === 0 && (
        <EmptyState title="Nothing would have fired">
          No event of the last {DAYS} days fits. If you expected one, look at the alias, the conditions and the scope.
        </EmptyState>
      )}
      <Accordion variant="contained" order={3}>
        {firings.map((firing) => (
          <FiringItem key={firing.event.id} firing={firing} />
        ))}
      </Accordion>
      {draft.pacing.rateCount !== '' || draft.pacing.debounceSeconds !== '' ? (
        <Alert color="gray" p="sm">
          How often it may fire is not taken into account here.
        </Alert>
      ) : null}
    </Stack>
  )
}

function FiringItem({ firing: { event, subject, body, problem, warnings } }: { firing: Firing }) {
  const what =
    subject === null
      ? 'Not yours to see'
      : [subject.project, subject.collection ?? subject.run].filter(Boolean).join('/')
  return (
    <Accordion.Item value={event.id}>
      <Accordion.Control>
        <Group gap={8}>
          <Text size="sm">
            {what}
            {subject?.version && `:${subject.version}`}
          </Text>
          <Labels values={about(event.alias)} color="indigo" />
          <Labels values={about(event.tag)} />
        </Group>
        <Text size="xs" c="dimmed">
          {eventInfo(event.type).label} · <Time at={event.occurredAt} />
        </Text>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">
          {problem !== null && (
            <Alert color="red" p="sm" title="It could not have been sent">
              {problem}
            </Alert>
          )}
          {warnings.map(({ message }) => (
            <Text key={message} size="xs" c="dimmed">
              {message}
            </Text>
          ))}
          {body === null ? (
            <Text size="sm">Nothing would have been sent.</Text>
          ) : (
            <CodeEditor
              label={`Body for ${what}`}
              isLabelHidden
              value={prettyBody(body)}
              minHeight={60}
              maxHeight={320}
            />
          )}
          <Button
            component={Link}
            to={`/events/${event.id}`}
            target="_blank"
            variant="subtle"
            size="xs"
            ml={-10}
            style={{ alignSelf: 'flex-start' }}
          >
            Open the event
          </Button>
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  )
}

const about = (label: string | null) => (label === null ? [] : [label])

/** Asks page by page, until all is looked at, enough is found, or one stops it. */
function useBacktest(draft: Draft, entity: string) {
  const [found, setFound] = useState(NOTHING)
  const [problem, setProblem] = useState<unknown>()
  const stopping = useRef<AbortController>(undefined)
  const request = JSON.stringify(requestOf(draft))

  useEffect(() => {
    const controller = new AbortController()
    stopping.current = controller
    void run(controller.signal)
    return () => controller.abort()

    async function run(signal: AbortSignal) {
      let all = NOTHING
      setFound(all)
      for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
        const automation = { ...(JSON.parse(request) as ReturnType<typeof requestOf>) }
        const { data, error } = await api.POST('/api/v1/entities/{entity}/automations/backtest', {
          params: { path: { entity } },
          body: {
            automation: { ...automation, name: automation.name === '' ? 'draft' : automation.name },
            days: DAYS,
            limit: PAGE_SIZE,
            ...(cursor === undefined ? {} : { cursor }),
          },
          signal,
        })
        if (signal.aborted) return
        if (data === undefined) return setProblem(error)
        cursor = data.cursor
        const firings = [...all.firings, ...data.items]
        all = {
          firings,
          looked: all.looked + data.looked,
          since: data.since,
          oldest: data.items.at(-1)?.event.occurredAt ?? all.oldest,
          isDone: cursor === undefined || firings.length >= SHOWN_MAX,
        }
        setFound(all)
        if (all.isDone) return
      }
    }
  }, [entity, request])

  return {
    found,
    problem,
    stop: () => {
      stopping.current?.abort()
      setFound((before) => ({ ...before, isDone: true }))
    },
  }
}

/** How much of the time has been looked at, in percent, as far as the firings tell. */
function progressOf({ since, oldest }: Found): number {
  if (since === undefined || oldest === undefined) return 5
  const whole = Date.now() - Date.parse(since)
  return Math.max(5, Math.min(95, (100 * (Date.now() - Date.parse(oldest))) / whole))
}

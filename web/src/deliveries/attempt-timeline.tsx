import { Accordion, Anchor, Group, Stack, Text, Timeline } from '@mantine/core'
import { IconCheck, IconClock, IconRefresh, IconX } from '@tabler/icons-react'
import type { Schemas } from '../api/client'
import { MessageParts, ResponseView, StatusBadge } from '../ui/response-view'
import { duration, Time } from '../ui/time'
import { reasonInWords } from './reasons'

type Delivery = Schemas['DeliveryWithAttempts']
type Attempt = Schemas['Attempt']

/** Every request that was made, in order: when, what came of it and why; at the end what comes next. */
export function AttemptTimeline({ delivery }: { delivery: Delivery }) {
  const { history, state, held, nextAttemptAt } = delivery
  const isOver = state !== 'pending' && state !== 'sending'
  return (
    <Timeline bulletSize={26} lineWidth={2} active={history.length}>
      {history.map((attempt, index) => (
        <Timeline.Item
          key={`${attempt.claim} ${attempt.startedAt}`}
          bullet={<Bullet verdict={attempt.verdict} />}
          color={COLORS[attempt.verdict] ?? 'gray'}
          title={<Heading attempt={attempt} number={index + 1} />}
        >
          <AttemptDetails attempt={attempt} body={delivery.body} />
        </Timeline.Item>
      ))}
      {!isOver && (
        <Timeline.Item bullet={<IconClock size={14} aria-hidden />} color="gray" title={next(delivery)}>
          {state === 'pending' && !held && nextAttemptAt !== null && (
            <Text size="sm" c="dimmed">
              <Time at={nextAttemptAt} />
            </Text>
          )}
        </Timeline.Item>
      )}
      {isOver && history.length === 0 && (
        <Timeline.Item bullet={<IconX size={14} aria-hidden />} color="gray" title="No request was made" />
      )}
    </Timeline>
  )
}

const COLORS: Record<string, string> = { succeeded: 'green.8', failed: 'red.8', pending: 'yellow.8' }

function Bullet({ verdict }: { verdict: string }) {
  const Icon = verdict === 'succeeded' ? IconCheck : verdict === 'failed' ? IconX : IconRefresh
  return <Icon size={14} aria-hidden />
}

function next({ state, held, history }: Delivery): string {
  if (state === 'sending') return 'Being sent now'
  if (held) return 'Waits until the webhook is resumed'
  return history.length === 0 ? 'Waits to be sent' : 'Next attempt'
}

const VERDICTS: Record<string, string> = { succeeded: 'arrived', failed: 'given up', pending: 'to be tried again' }

function Heading({ attempt, number }: { attempt: Attempt; number: number }) {
  return (
    <Group gap="xs">
      <Text span fw={600} size="sm">
        Attempt {number}: {VERDICTS[attempt.verdict] ?? attempt.verdict}
      </Text>
      {attempt.status !== null && <StatusBadge status={attempt.status} />}
      <Text span size="xs" c="dimmed">
        <Time at={attempt.startedAt} />, took {duration(attempt.timing.totalMs)}
        {attempt.timing.queueMs !== null && `, after ${duration(attempt.timing.queueMs)} in the queue`}
      </Text>
    </Group>
  )
}

function AttemptDetails({ attempt, body }: { attempt: Attempt; body: string | null }) {
  const { verdict, reason, explanation, request, response, timing, remoteId, remoteUrl } = attempt
  return (
    <Stack gap={6}>
      {verdict !== 'succeeded' && (
        <Text size="sm">
          <Text span fw={600}>
            {reasonInWords(reason)}.
          </Text>{' '}
          {explanation}
        </Text>
      )}
      {remoteUrl !== null && (
        <Anchor href={remoteUrl} target="_blank" rel="noreferrer" size="sm">
          {remoteId ?? 'See it at the receiver'}
        </Anchor>
      )}
      {verdict === 'pending' && typeof timing.retryDelayMs === 'number' && (
        <Text size="xs" c="dimmed">
          Tried again {duration(timing.retryDelayMs)} later.
        </Text>
      )}
      <Accordion variant="contained" multiple chevronPosition="left" order={3}>
        <Accordion.Item value="answer">
          <Accordion.Control>Answer</Accordion.Control>
          <Accordion.Panel>
            <ResponseView response={response} timing={timing} />
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="request">
          <Accordion.Control>Request</Accordion.Control>
          <Accordion.Panel>
            {request === null ? (
              <Text size="sm" c="dimmed">
                Taken away because of its age.
              </Text>
            ) : (
              <Stack gap="xs">
                <Text size="sm" ff="monospace">
                  POST {request.url}
                </Text>
                <MessageParts label="Request" headers={request.headers} body={body ?? ''} />
              </Stack>
            )}
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  )
}

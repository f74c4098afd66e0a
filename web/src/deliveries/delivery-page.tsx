import { Alert, Anchor, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { IconRepeat } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { $api, asProblem, type Schemas } from '../api/client'
import { crumbsTo } from '../app/crumbs'
import { NotFound } from '../app/route-failure'
import { useViewer } from '../app/session'
import { EVENT_TYPE_LABELS, type EventType } from '../events/event-types'
import { CodeBlock, Copy } from '../ui/copy'
import { FactList } from '../ui/facts'
import { type Crumb, Page } from '../ui/page'
import { prettyBody } from '../ui/pretty-body'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { WAITING } from '../ui/waiting'
import { AttemptTimeline } from './attempt-timeline'
import { DeliveryState, ENDED } from './delivery-state'
import { reasonInWords } from './reasons'
import { ReplayModal } from './replay'

type Delivery = Schemas['DeliveryWithAttempts']

const UNDER_WAY_POLL_MS = 1_000

/** One delivery: how it stands and why, what led to it, and every attempt; live while it is under way. */
export function DeliveryPage() {
  const { id = '' } = useParams()
  const query = $api.useQuery(
    'get',
    '/api/v1/deliveries/{id}',
    { params: { path: { id } } },
    {
      refetchInterval: ({ state: { data } }) =>
        data !== undefined && !data.held && !ENDED.has(data.state) ? UNDER_WAY_POLL_MS : false,
    },
  )
  const navigate = useNavigate()
  const [isReplaying, setReplaying] = useState(false)
  const { data: delivery, error } = query
  const crumbs = useCrumbs(delivery?.automation.id)
  if (error !== null && delivery === undefined) {
    if (asProblem(error).status === 404) return <NotFound what="delivery" />
    return (
      <Page title="Delivery" crumbs="unknown">
        <ProblemAlert error={error} onRetry={() => void query.refetch()} />
      </Page>
    )
  }
  if (delivery === undefined) {
    return (
      <Page title="Delivery" crumbs="unknown">
        {WAITING}
      </Page>
    )
  }
  const hasEnded = ENDED.has(delivery.state)
  return (
    <Page
      title={`Delivery to ${delivery.webhook.name}`}
      crumbs={crumbs}
      // Why is said below, with what to do.
      subtitle={<DeliveryState delivery={{ ...delivery, reason: null }} />}
      actions={
        <Button
          leftSection={<IconRepeat size={16} aria-hidden />}
          variant="default"
          disabled={!hasEnded}
          title={hasEnded ? undefined : 'It is still under way: only what has ended can be sent once more'}
          onClick={() => setReplaying(true)}
        >
          Replay
        </Button>
      }
    >
      <Standing delivery={delivery} />
      <Paper withBorder p="md">
        <FactList facts={factsOf(delivery)} />
      </Paper>
      <Stack gap="xs" component="section" aria-labelledby="attempts">
        <Text id="attempts" component="h2" fw={650}>
          Attempts
        </Text>
        <AttemptTimeline delivery={delivery} />
      </Stack>
      <Payload delivery={delivery} />
      {isReplaying && (
        <ReplayModal
          ids={[delivery.id]}
          onClose={(replayed) => {
            setReplaying(false)
            if (replayed[0] !== undefined) void navigate(`/deliveries/${replayed[0]}`)
          }}
        />
      )}
    </Page>
  )
}

/** To all deliveries of the team or organization whose automation made it. */
function useCrumbs(automation: string | undefined): Crumb[] | 'unknown' {
  const viewer = useViewer()
  const { data } = $api.useQuery(
    'get',
    '/api/v1/automations/{id}',
    { params: { path: { id: automation ?? '' } } },
    { enabled: automation !== undefined },
  )
  if (data === undefined) return 'unknown'
  const [owner] = crumbsTo(viewer, data.entity)
  return owner === undefined ? [] : [owner, { label: 'History', to: `${owner.to}/history?tab=deliveries` }]
}

/** What somebody who comes here because something is wrong wants to know first. */
function Standing({ delivery }: { delivery: Delivery }) {
  const last = delivery.history.at(-1)
  if (delivery.held) {
    return (
      <Alert color="yellow" title="Held">
        Its webhook is paused. It is sent when the webhook is resumed, and loses no attempt by waiting.
      </Alert>
    )
  }
  if (delivery.waitsFor !== null) {
    return (
      <Alert color="gray" title="Waits for another delivery">
        The webhook asks for an order:{' '}
        <Anchor component={Link} to={`/deliveries/${delivery.waitsFor}`} inherit>
          the one before it
        </Anchor>{' '}
        has to end first.
      </Alert>
    )
  }
  if (delivery.state === 'failed' && last !== undefined) {
    return (
      <Alert color="red" title={`Given up: ${reasonInWords(delivery.reason ?? last.reason)}`}>
        {last.explanation}
      </Alert>
    )
  }
  if (delivery.state === 'superseded' && delivery.supersededBy !== null) {
    return (
      <Alert color="gray" title="Superseded">
        <Anchor component={Link} to={`/deliveries/${delivery.supersededBy}`} inherit>
          A newer delivery
        </Anchor>{' '}
        took its place.
      </Alert>
    )
  }
  if (delivery.state === 'pending' && last !== undefined) {
    return (
      <Alert color="yellow" title={`The last attempt failed: ${reasonInWords(last.reason)}`}>
        {last.explanation}
      </Alert>
    )
  }
  return null
}

function factsOf(delivery: Delivery) {
  const { event } = delivery
  return [
    {
      name: 'Automation',
      value: (
        <Anchor component={Link} to={`/automations/${delivery.automation.id}`} inherit>
          {delivery.automation.name}
        </Anchor>
      ),
    },
    {
      name: 'Because of',
      value: (
        <Anchor component={Link} to={`/events/${event.id}`} inherit>
          {EVENT_TYPE_LABELS[event.type as EventType] ?? event.type}
        </Anchor>
      ),
    },
    ...(event.causedBy === null
      ? []
      : [
          {
            name: 'Which came of',
            value: (
              <Anchor component={Link} to={`/deliveries/${event.causedBy}`} inherit>
                another delivery ({event.depth} before it)
              </Anchor>
            ),
          },
        ]),
    ...(delivery.replayOf === null
      ? []
      : [
          {
            name: 'Replay of',
            value: (
              <Anchor component={Link} to={`/deliveries/${delivery.replayOf}`} inherit>
                an earlier delivery, {delivery.replayMode === 'as_now' ? 'as now' : 'as then'}
              </Anchor>
            ),
          },
        ]),
    { name: 'Made', value: <Time at={delivery.createdAt} /> },
    { name: 'Ended', value: <Time at={delivery.settledAt} none="not yet" /> },
    {
      name: 'Message id',
      value: (
        <Group gap={4} wrap="nowrap">
          <Text size="sm" ff="monospace" truncate>
            {delivery.messageId}
          </Text>
          <Copy value={delivery.messageId} label="Copy the message id" />
        </Group>
      ),
    },
  ]
}

function Payload({ delivery }: { delivery: Delivery }) {
  const { body, warnings, bodiesPurgedAt } = delivery
  return (
    <Stack gap="xs" component="section" aria-labelledby="payload">
      <Text id="payload" component="h2" fw={650}>
        Payload
      </Text>
      {warnings.map(({ path, message }) => (
        <Alert key={`${path} ${message}`} color="yellow" title={path === '' ? undefined : path}>
          {message}
        </Alert>
      ))}
      {body === null ? (
        <Text size="sm" c="dimmed">
          {bodiesPurgedAt === null ? (
            'It is made when the delivery is sent for the first time.'
          ) : (
            <>
              Taken away <Time at={bodiesPurgedAt} />, because of its age.
            </>
          )}
        </Text>
      ) : (
        <CodeBlock code={prettyBody(body)} label="The payload as JSON" maxHeight={360} />
      )}
    </Stack>
  )
}

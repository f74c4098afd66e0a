import { Anchor, Button, Card, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconPlugConnectedX, IconUrgent } from '@tabler/icons-react'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { useViewer } from '../app/session'
import { ExecutionsTable } from '../deliveries/executions-table'
import { EmptyState } from '../ui/empty-state'
import { wholeList } from '../ui/list'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import classes from './home-page.module.css'
import { entityPath, troublesOf } from './troubles'

type Overview = Schemas['Overview']

const POLL_MS = 15_000

/** Everything at a glance: what is in trouble, what happened last, and where to go. */
export function HomePage() {
  const viewer = useViewer()
  const query = $api.useQuery('get', '/api/v1/overview', {}, { refetchInterval: POLL_MS })
  useLiveEvents(viewer.defaultEntity)
  const overview = query.data
  return (
    <Page title="Home" heading={`Hello, ${viewer.name ?? viewer.username}`}>
      {overview === undefined && query.error !== null && (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      )}
      {overview === undefined && query.error === null && <Skeleton height={96} />}
      {overview !== undefined && <Health overview={overview} />}
      <Stack gap="xs" component="section" aria-labelledby="latest">
        <Text id="latest" component="h2" fw={650} mt="xs">
          What automations did last
        </Text>
        <ExecutionsTable
          list={wholeList(query, ({ executions }) => executions)}
          empty={
            <EmptyState
              title="No automation has fired yet"
              action={
                <Button component={Link} to="/welcome" variant="default">
                  First steps
                </Button>
              }
            >
              Log a model with the wandb client you have, then make an automation: when the alias production is added,
              say, tell the deployment.
            </EmptyState>
          }
        />
      </Stack>
      {overview !== undefined && <Places overview={overview} />}
    </Page>
  )
}

/** Troubles first, each with the page where it can be mended; else that all is well. */
function Health({ overview }: { overview: Overview }) {
  const troubles = troublesOf(overview)
  if (troubles.length === 0) {
    return (
      <Group gap="xs" wrap="nowrap" align="flex-start" className={classes.well} role="status">
        <IconCircleCheck size={20} stroke={1.6} aria-hidden className={classes.sign} />
        <Text size="sm">All is well: no automation fails, every webhook is in service, no dead letters today.</Text>
      </Group>
    )
  }
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} role="list" aria-label="What needs looking after">
      {troubles.map(({ kind, entity, text, to }) => (
        <Card key={`${entity} ${kind}`} withBorder padding="sm" className={classes.trouble} role="listitem">
          <Group gap="sm" wrap="nowrap" align="flex-start">
            <Icon kind={kind} />
            <Stack gap={2}>
              <Anchor component={Link} to={to} fw={600} size="sm">
                {text}
              </Anchor>
              <Text size="xs" c="dimmed">
                {entity}
              </Text>
            </Stack>
          </Group>
        </Card>
      ))}
    </SimpleGrid>
  )
}

const ICONS = { failing: IconUrgent, held: IconAlertTriangle, out: IconPlugConnectedX, letters: IconAlertTriangle }

function Icon({ kind }: { kind: keyof typeof ICONS }) {
  const Shape = ICONS[kind]
  return <Shape size={20} stroke={1.6} aria-hidden className={`${classes.sign} ${classes.icon}`} />
}

function Places({ overview }: { overview: Overview }) {
  return (
    <Stack gap="xs" component="section" aria-labelledby="places">
      <Text id="places" component="h2" fw={650} mt="xs">
        Where you belong
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {overview.entities.map(({ name, displayName, kind, role, automations }) => {
          const count = automations.failing + automations.held + automations.healthy + automations.never_fired
          return (
            <Card key={name} withBorder padding="sm">
              <Anchor component={Link} to={entityPath({ name, kind })} fw={600} size="sm">
                {displayName ?? name}
              </Anchor>
              <Text size="xs" c="dimmed">
                {kind === 'user' ? 'yours' : `${kind}, you are ${role === 'admin' ? 'an admin' : `a ${role}`}`} ·{' '}
                {count === 1 ? '1 automation' : `${count} automations`}
                {automations.failing > 0 && `, ${automations.failing} failing`}
              </Text>
            </Card>
          )
        })}
      </SimpleGrid>
    </Stack>
  )
}

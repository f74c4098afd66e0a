import { Anchor, Paper, Stack, Text } from '@mantine/core'
import { Link, useParams } from 'react-router'
import { $api, asProblem, type Schemas } from '../api/client'
import { projectPath } from '../app/area'
import { crumbsTo } from '../app/crumbs'
import { NotFound } from '../app/route-failure'
import { useViewer, type Viewer } from '../app/session'
import { formatBytes } from '../ui/bytes'
import { CodeBlock } from '../ui/copy'
import { FactList } from '../ui/facts'
import { type Crumb, Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { WAITING } from '../ui/waiting'
import { EVENT_TYPE_LABELS } from './event-types'
import { eventTitle, VIA } from './event-words'
import { Explanations } from './explanations'

type Event = Schemas['Event']

/** One event: what happened, and why each automation fired on it or did not. */
export function EventPage() {
  const { id = '' } = useParams()
  const viewer = useViewer()
  const query = $api.useQuery('get', '/api/v1/events/{id}', { params: { path: { id } } })
  const { data: event, error } = query
  if (error !== null && event === undefined) {
    if (asProblem(error).status === 404) return <NotFound what="event" />
    return (
      <Page title="Event" crumbs="unknown">
        <ProblemAlert error={error} onRetry={() => void query.refetch()} />
      </Page>
    )
  }
  if (event === undefined) {
    return (
      <Page title="Event" crumbs="unknown">
        {WAITING}
      </Page>
    )
  }
  return (
    <Page
      title={eventTitle(event)}
      crumbs={crumbsOf(viewer, event)}
      subtitle={
        <>
          {EVENT_TYPE_LABELS[event.type]}, <Time at={event.occurredAt} />
        </>
      }
    >
      <Paper withBorder p="md">
        <FactList facts={factsOf(event)} />
      </Paper>
      <Stack gap="xs" component="section" aria-labelledby="why">
        <Text id="why" component="h2" fw={650}>
          Why each automation fired, or did not
        </Text>
        <Explanations event={event.id} />
      </Stack>
      <Stack gap="xs" component="section" aria-labelledby="all">
        <Text id="all" component="h2" fw={650}>
          Everything that is known of it
        </Text>
        <CodeBlock code={JSON.stringify(event, null, 2)} label="The event as JSON" maxHeight={360} />
      </Stack>
    </Page>
  )
}

function factsOf(event: Event) {
  const { actor, artifact, run, metric } = event
  return [
    { name: 'By', value: `${actor.username ?? 'the server'}, ${VIA[actor.via]}` },
    ...(event.runBy === null ? [] : [{ name: 'Run by hand by', value: event.runBy }]),
    ...event.subjects.map((subject) => ({ name: 'Where', value: <Place subject={subject} type={artifact?.type} /> })),
    ...(event.alias === null ? [] : [{ name: 'Alias', value: event.alias }]),
    ...(event.tag === null ? [] : [{ name: 'Tag', value: event.tag }]),
    ...(event.previousVersion === null ? [] : [{ name: 'It was on', value: event.previousVersion.version }]),
    ...(event.movedTo === null ? [] : [{ name: 'It went to', value: event.movedTo.version }]),
    ...(artifact === null
      ? []
      : [
          {
            name: 'Content',
            value: `${artifact.type}, ${artifact.fileCount === 1 ? '1 file' : `${artifact.fileCount} files`}, ${formatBytes(artifact.size)}`,
          },
        ]),
    ...(run === null ? [] : [{ name: 'Run', value: `${run.displayName}: ${run.state}` }]),
    ...(metric === null ? [] : [{ name: metric.name, value: `${metric.value} (${metric.condition})` }]),
    ...(event.causedBy === null
      ? []
      : [
          {
            name: 'Caused by',
            value: (
              <Anchor component={Link} to={`/deliveries/${event.causedBy}`} inherit>
                a delivery ({event.depth} in a row)
              </Anchor>
            ),
          },
        ]),
  ]
}

function Place({ subject, type }: { subject: Event['subjects'][number]; type: string | undefined }) {
  const { entity, project, collection, version, aliases } = subject
  const base = projectPath(entity, project)
  const parts = ['artifacts', type, collection, version].filter((part) => part !== null && part !== undefined)
  const to = collection === null || type === undefined ? base : `${base}/${parts.map(encodeURIComponent).join('/')}`
  const name = [entity, project, collection].filter((part) => part !== null).join('/')
  return (
    <>
      <Anchor component={Link} to={to} inherit>
        {version === null ? name : `${name}:${version}`}
      </Anchor>
      {aliases.length > 0 && ` (${aliases.join(', ')})`}
    </>
  )
}

/** The project in which it happened, and what happened there besides. */
function crumbsOf(viewer: Viewer, { subjects: [subject] }: Event): Crumb[] {
  if (subject === undefined) return []
  const { entity, project } = subject
  return [...crumbsTo(viewer, entity, project), { label: 'History', to: `${projectPath(entity, project)}/history` }]
}

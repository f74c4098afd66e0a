import { Alert, Button, Group, Skeleton, Switch, Text } from '@mantine/core'
import { IconHandStop, IconPencil } from '@tabler/icons-react'
import { Link, useParams } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { crumbsTo } from '../app/crumbs'
import { NotFound } from '../app/route-failure'
import { useViewer } from '../app/session'
import { AutomationExecutions } from '../deliveries/executions-table'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'
import { PageTabs } from '../ui/page-tabs'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'
import { AutomationMenu } from './automation-menu'
import { useAutomationChanges } from './changes'
import { Definition } from './definition'
import { draftOf } from './draft'
import { Health } from './in-words'
import { automationPath, placeOfEntity } from './place'
import { Revisions } from './revisions'
import { sentenceOf } from './sentence'

type Automation = Schemas['Automation']

const HEALTH_MS = 5_000

/** One automation: what it does, how it does, what it did, how it came to be so. */
export function AutomationPage() {
  const { id = '' } = useParams()
  const { data, error, refetch } = $api.useQuery('get', '/api/v1/automations/{id}', { params: { path: { id } } })
  if (error !== null && (data === undefined || error.code === 'not_found')) {
    return error.code === 'not_found' ? (
      <NotFound what="automation" />
    ) : (
      <ProblemAlert error={error} onRetry={refetch} />
    )
  }
  if (data === undefined) return <Loading />
  return <Shown automation={data} />
}

function Shown({ automation }: { automation: Automation }) {
  const viewer = useViewer()
  const [tab, setTab] = useUrlState('tab', 'history')
  const { setEnabled } = useAutomationChanges()
  const { id, name, description, entity, enabled, deletedAt } = automation
  const place = placeOfEntity(viewer, entity)
  const may = automation.mayChange
  const names = { entity, isOrganization: place.isOrganization, webhook: automation.action.webhook?.name }
  return (
    <Page
      title={name}
      crumbs={[...crumbsTo(viewer, entity), { label: 'Automations', to: `${place.base}/automations` }]}
      subtitle={sentenceOf(draftOf(automation), names)}
      actions={
        <>
          <Switch
            label="Enabled"
            checked={enabled}
            disabled={!may}
            onChange={({ currentTarget }) => void setEnabled(automation, currentTarget.checked)}
          />
          {may && (
            <Button
              component={Link}
              to={`${automationPath(id)}/edit`}
              variant="default"
              leftSection={<IconPencil size={16} aria-hidden />}
            >
              Edit
            </Button>
          )}
          <AutomationMenu automation={automation} may={may} isOpen />
        </>
      }
    >
      {description !== null && <Text size="sm">{description}</Text>}
      {deletedAt !== null && (
        <Alert color="red" title="This automation is deleted">
          It was deleted <Time at={deletedAt} /> and fires no more. What it did is kept.
        </Alert>
      )}
      {automation.scope.deleted && (
        <Alert color="red" title="What it watched is gone">
          Its {automation.scope.type} was deleted, so it never fires again.
        </Alert>
      )}
      <Held automation={automation} may={may} />
      {deletedAt === null && <HealthLine automation={automation} />}
      <PageTabs
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'history', label: 'History', panel: <AutomationExecutions id={id} empty={NOT_FIRED_YET} /> },
          { value: 'definition', label: 'Definition', panel: <Definition automation={automation} /> },
          { value: 'revisions', label: 'Revisions', panel: <Revisions id={id} /> },
        ]}
      />
    </Page>
  )
}

const NOT_FIRED_YET = (
  <EmptyState title="It has not fired yet">
    What it waits for has not happened since it was made. To see it work, run it now for a version, in the menu above.
  </EmptyState>
)

function Held({ automation, may }: { automation: Automation; may: boolean }) {
  const { release, isReleasing } = useAutomationChanges()
  if (automation.holds.length === 0) return null
  return (
    <Alert color="yellow" icon={<IconHandStop aria-hidden />} title="It is held, since it fired too often">
      <Group justify="space-between" gap="sm">
        <div>
          {automation.holds.map(({ collection, until, since }) => (
            <Text size="sm" key={since + (collection?.collection ?? '')}>
              {collection === null ? 'For runs' : `On ${collection.project}/${collection.collection}`}, since{' '}
              <Time at={since} />; it goes on by itself <Time at={until} />.
            </Text>
          ))}
        </div>
        {may && (
          <Button size="xs" variant="default" loading={isReleasing} onClick={() => void release(automation)}>
            Release now
          </Button>
        )}
      </Group>
    </Alert>
  )
}

/** How it does is told by the list: the one that is called so. */
function HealthLine({ automation: { entity, name, id } }: { automation: Automation }) {
  const { data } = $api.useQuery(
    'get',
    '/api/v1/entities/{entity}/automations',
    {
      params: { path: { entity }, query: { name, limit: 1 } },
    },
    { refetchInterval: HEALTH_MS },
  )
  const listed = data?.items.find((each) => each.id === id)
  if (listed === undefined) return <Skeleton height={22} width={220} />
  return (
    <Group gap="md">
      <Health automation={listed} />
      <Text size="sm" c="dimmed" component="span">
        Last fired: <Time at={listed.activity.lastFiredAt} />
      </Text>
    </Group>
  )
}

function Loading() {
  return (
    <Page title="Automation">
      <Skeleton height={32} width={320} />
      <Skeleton height={220} />
    </Page>
  )
}

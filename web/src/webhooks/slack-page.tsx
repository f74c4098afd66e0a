import { Anchor, Button, Text } from '@mantine/core'
import { IconBrandSlack, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'
import { type Owner, useOwner } from './owner'
import { type ListedWebhook, useWebhooks } from './queries'
import { SlackModal, type SlackTask } from './slack-modal'
import { slackValuesOf } from './slack-values'
import { TestDrawer, type TestTask } from './test-drawer'
import { LAST_ARRIVED, menuColumn, STATE, USED_BY } from './webhook-columns'
import { WebhookMenu } from './webhook-menu'

export function SlackPage() {
  const owner = useOwner()
  const { entity, isAdmin, crumbs } = owner
  const all = useWebhooks(entity)
  const [task, setTask] = useState<SlackTask>()
  const [testTask, setTestTask] = useState<TestTask>()
  const rows = all.rows.filter(({ slack }) => slack !== null)
  const isEmpty = !all.isPending && all.error === null && rows.length === 0
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setTask({})}>
      Add an integration
    </Button>
  )
  return (
    <Page
      title="Slack"
      crumbs={crumbs}
      subtitle="Channels that automations can notify."
      actions={isAdmin && !isEmpty && add}
    >
      <DataTable
        label="Slack integrations"
        columns={columns(owner, {
          onEdit: (webhook) => setTask({ edited: { id: webhook.id, values: slackValuesOf(webhook) } }),
          onTest: ({ id, name }) => setTestTask({ id, name }),
        })}
        list={{ ...all, rows }}
        rowKey={({ id }) => id}
        empty={
          <EmptyState
            icon={<IconBrandSlack size={32} aria-hidden />}
            title="No channel is connected yet"
            action={isAdmin && add}
          >
            Connect a channel by an incoming webhook or a bot of your own. Automations then post a message there when an
            artifact changes or a run fails.
          </EmptyState>
        }
      />
      <SlackModal entity={entity} task={task} onClose={() => setTask(undefined)} />
      <TestDrawer entity={entity} task={testTask} onClose={() => setTestTask(undefined)} />
    </Page>
  )
}

function columns(
  owner: Owner,
  actions: { onEdit(webhook: ListedWebhook): void; onTest(webhook: ListedWebhook): void },
): Column<ListedWebhook>[] {
  return [
    {
      key: 'name',
      header: 'Integration',
      cell: ({ name, target, accessTokenSecret, slack }) => (
        <>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text size="xs" hiddenFrom="sm">
            {slack?.channel}, {slack?.workspace}
          </Text>
          <Text size="xs" c="dimmed">
            {target === 'slack_api' ? (
              <>
                Bot, with{' '}
                <Anchor component={Link} to={`${owner.base}/secrets?q=${accessTokenSecret}`} size="xs">
                  {accessTokenSecret}
                </Anchor>
              </>
            ) : (
              'Incoming webhook'
            )}
          </Text>
        </>
      ),
    },
    {
      key: 'place',
      header: 'Channel',
      width: '24%',
      isExtra: true,
      cell: ({ slack }) => (
        <>
          <Text size="sm">{slack?.channel}</Text>
          <Text size="xs" c="dimmed">
            {slack?.workspace}
          </Text>
        </>
      ),
    },
    STATE,
    USED_BY,
    LAST_ARRIVED,
    ...menuColumn(owner, (webhook) => (
      <WebhookMenu
        webhook={webhook}
        owner={owner}
        edit={() => actions.onEdit(webhook)}
        onTest={() => actions.onTest(webhook)}
      />
    )),
  ]
}

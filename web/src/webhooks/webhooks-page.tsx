import { Button, Group, Select, TextInput } from '@mantine/core'
import { IconPlus, IconSearch, IconWebhook } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'
import { useUrlState } from '../ui/use-url-state'
import { useOwner } from './owner'
import { type ListedWebhook, useWebhooks } from './queries'
import { SecretModal, type SecretTask } from './secret-modal'
import { TestDrawer, type TestTask } from './test-drawer'
import { webhookColumns } from './webhook-columns'
import { STATES, webhookState } from './webhook-state'

export function WebhooksPage() {
  const owner = useOwner()
  const { entity, base, isAdmin, crumbs } = owner
  const all = useWebhooks(entity)
  const webhooks = all.rows.filter(({ slack }) => slack === null)
  const [search, setSearch] = useUrlState('q')
  const [state, setState] = useUrlState('state')
  const [secretTask, setSecretTask] = useState<SecretTask>()
  const [testTask, setTestTask] = useState<TestTask>()
  const rows = webhooks.filter(
    (webhook) => isFound(webhook, search) && (state === '' || webhookState(webhook).kind === state),
  )
  const isEmpty = !all.isPending && all.error === null && webhooks.length === 0
  const newWebhook = (
    <Button component={Link} to={`${base}/webhooks/new`} leftSection={<IconPlus size={16} aria-hidden />}>
      New webhook
    </Button>
  )
  return (
    <Page
      title="Webhooks"
      crumbs={crumbs}
      subtitle="Where automations send what happened: a URL, and what every request to it carries."
      actions={isAdmin && !isEmpty && newWebhook}
    >
      {!isEmpty && (
        <Group gap="xs">
          <TextInput
            aria-label="Search webhooks"
            placeholder="Search by name or URL"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            flex="1 1 220px"
            maw={{ xs: 320 }}
          />
          <Select
            aria-label="State"
            placeholder="Any state"
            data={STATES.map(({ kind, label }) => ({ value: kind, label }))}
            value={state === '' ? null : state}
            onChange={setState}
            clearable
            w={{ base: '100%', xs: 170 }}
          />
        </Group>
      )}
      <DataTable
        label="Webhooks"
        columns={webhookColumns(owner, {
          onTest: ({ id, name }) => setTestTask({ name, id }),
          onRotate: (name) => setSecretTask({ replaced: { name, signs: true } }),
        })}
        list={{ ...all, rows }}
        rowKey={({ id }) => id}
        empty={
          isEmpty ? (
            <EmptyState
              icon={<IconWebhook size={32} aria-hidden />}
              title="No webhooks yet"
              action={isAdmin && newWebhook}
            >
              A webhook is a receiver of yours, such as a GitHub workflow or a Jenkins job. Automations call it when an
              artifact changes.
            </EmptyState>
          ) : (
            <EmptyState
              title="No webhook is like that"
              action={
                <Button variant="default" onClick={() => clear(setSearch, setState)}>
                  Show all
                </Button>
              }
            />
          )
        }
      />
      <SecretModal entity={entity} task={secretTask} onClose={() => setSecretTask(undefined)} />
      <TestDrawer entity={entity} task={testTask} onClose={() => setTestTask(undefined)} />
    </Page>
  )
}

function isFound({ name, url }: ListedWebhook, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return name.toLowerCase().includes(wanted) || url.toLowerCase().includes(wanted)
}

function clear(...setters: ((value: null) => void)[]): void {
  for (const set of setters) set(null)
}

import { Alert, Anchor, Group, Skeleton, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { asProblem } from '../api/client'
import { NotFound } from '../app/route-failure'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { useLeaveGuard } from '../ui/use-leave-guard'
import { changesOf, EMPTY, nameOfCopy, settingsOf, valuesOf, type WebhookValues } from './form-values'
import { type Owner, useOwner } from './owner'
import { changeWebhook, createWebhook, useWebhook, useWebhooks, type Webhook } from './queries'
import { tellSaved } from './tell-saved'
import { WebhookBadge } from './webhook-badge'
import { WebhookFormView } from './webhook-form'
import { webhookState } from './webhook-state'

export function NewWebhookPage() {
  const owner = useOwner()
  const [params] = useSearchParams()
  const from = params.get('from')
  const original = useWebhook(owner.entity, from)
  const all = useWebhooks(owner.entity)
  if (from === null) return <NewWebhook owner={owner} initial={EMPTY} />
  if (original.error !== null && original.data === undefined) return <Failed owner={owner} error={original.error} />
  if (original.data === undefined || all.isPending) return <Loading owner={owner} title="New webhook" />
  const name = nameOfCopy(
    original.data.name,
    all.rows.map((webhook) => webhook.name),
  )
  return <NewWebhook owner={owner} initial={{ ...valuesOf(original.data), name }} isCopy />
}

function NewWebhook({ owner, initial, isCopy = false }: { owner: Owner; initial: WebhookValues; isCopy?: boolean }) {
  const navigate = useNavigate()
  return (
    <Page title="New webhook" crumbs={crumbsOf(owner)}>
      <AdminsOnly owner={owner}>
        <GuardedForm
          owner={owner}
          initial={initial}
          action="Create webhook"
          isChanged={isCopy}
          save={async (values, release) => {
            const { data, error } = await createWebhook(owner.entity, settingsOf(values))
            if (error !== undefined || data === undefined) return error
            release()
            tellSaved(data, 'created')
            await navigate(`${owner.base}/webhooks`)
          }}
        />
      </AdminsOnly>
    </Page>
  )
}

export function EditWebhookPage() {
  const owner = useOwner()
  const { id = '' } = useParams()
  const query = useWebhook(owner.entity, id)
  if (query.error !== null && query.data === undefined) return <Failed owner={owner} error={query.error} />
  if (query.data === undefined) return <Loading owner={owner} title="Webhook" />
  return <EditWebhook key={id} owner={owner} webhook={query.data} />
}

function EditWebhook({ owner, webhook }: { owner: Owner; webhook: Webhook }) {
  const navigate = useNavigate()
  const { reason } = webhookState(webhook)
  const initial = valuesOf(webhook)
  return (
    <Page
      title={webhook.name}
      crumbs={crumbsOf(owner)}
      subtitle={
        <Group gap="xs" component="span">
          <WebhookBadge webhook={webhook} />
          {reason !== undefined && <span>{reason}</span>}
        </Group>
      }
    >
      {webhook.warnings.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="Look at this">
          {webhook.warnings.map((warning) => (
            <Text key={warning} size="sm">
              {warning}
            </Text>
          ))}
        </Alert>
      )}
      <AdminsOnly owner={owner}>
        <GuardedForm
          owner={owner}
          initial={initial}
          action="Save changes"
          save={async (values, release) => {
            const { data, error } = await changeWebhook(owner.entity, webhook.id, changesOf(initial, values))
            if (error !== undefined || data === undefined) return error
            release()
            tellSaved(data, 'saved')
            await navigate(`${owner.base}/webhooks`)
          }}
        />
      </AdminsOnly>
    </Page>
  )
}

/** The form as a page of its own, which asks before it is left. `release`: called before it leads away by itself. */
function GuardedForm({
  owner,
  save,
  ...rest
}: {
  owner: Owner
  initial: WebhookValues
  action: string
  isChanged?: boolean
  save(values: WebhookValues, release: () => void): Promise<unknown>
}) {
  const [isDirty, setDirty] = useState(false)
  const release = useLeaveGuard(isDirty)
  return (
    <WebhookFormView
      {...rest}
      entity={owner.entity}
      onDirty={setDirty}
      save={(values) => save(values, release)}
      cancel={
        <Anchor component={Link} to={`${owner.base}/webhooks`} size="sm">
          Cancel
        </Anchor>
      }
    />
  )
}

function AdminsOnly({ owner, children }: { owner: Owner; children: React.ReactNode }) {
  if (owner.isAdmin) return <>{children}</>
  return (
    <Text c="dimmed">
      Only admins of {owner.entity} change webhooks and see their URLs whole. You can use them in automations.
    </Text>
  )
}

function Failed({ owner, error }: { owner: Owner; error: unknown }) {
  if (asProblem(error).status === 404) return <NotFound what="webhook" />
  return (
    <Page title="Webhook" crumbs={crumbsOf(owner)}>
      <ProblemAlert error={error} />
    </Page>
  )
}

function Loading({ owner, title }: { owner: Owner; title: string }) {
  return (
    <Page title={title} heading={<Skeleton height={28} width={240} />} crumbs={crumbsOf(owner)}>
      <Stack maw={720} aria-busy>
        {[0, 1, 2, 3].map((row) => (
          <Skeleton key={row} height={58} />
        ))}
      </Stack>
    </Page>
  )
}

function crumbsOf({ crumbs, base }: Owner) {
  return [...crumbs, { label: 'Webhooks', to: `${base}/webhooks` }]
}

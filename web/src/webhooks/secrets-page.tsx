import { Anchor, Button, Group, Menu, Stack, Text, TextInput } from '@mantine/core'
import { IconClockOff, IconKey, IconPlus, IconRefresh, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { useConfirm } from '../ui/confirm'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { notifyDone, notifyProblem } from '../ui/notify'
import { Page } from '../ui/page'
import { DeleteItem, RowMenu } from '../ui/row-menu'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'
import { type Owner, useOwner } from './owner'
import { endOverlap, type ListedWebhook, type Secret, useSecrets, useWebhooks } from './queries'
import { SecretModal, type SecretTask } from './secret-modal'
import { useDeleteSecret } from './use-delete-secret'

export function SecretsPage() {
  const owner = useOwner()
  const { entity, isAdmin, crumbs } = owner
  const secrets = useSecrets(entity)
  const webhooks = useWebhooks(entity)
  const [task, setTask] = useState<SecretTask>()
  const [search, setSearch] = useUrlState('q')
  const rows = secrets.rows.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  const isEmpty = !secrets.isPending && secrets.error === null && secrets.rows.length === 0
  const newSecret = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setTask({})}>
      New secret
    </Button>
  )
  return (
    <Page
      title="Secrets"
      crumbs={crumbs}
      subtitle="Tokens and keys that webhooks send or sign with. A value can be replaced, and never be read again."
      actions={isAdmin && !isEmpty && newSecret}
    >
      {!isEmpty && (
        <TextInput
          aria-label="Search secrets"
          placeholder="Search by name"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          maw={{ xs: 320 }}
        />
      )}
      <DataTable
        label="Secrets"
        columns={columns(owner, webhooks.rows, setTask)}
        list={{ ...secrets, rows }}
        rowKey={({ name }) => name}
        empty={
          isEmpty ? (
            <EmptyState icon={<IconKey size={32} aria-hidden />} title="No secrets yet" action={isAdmin && newSecret}>
              A token for GitHub or a key to sign requests with is stored here once; webhooks and payloads name it, and
              nobody sees it again.
            </EmptyState>
          ) : (
            <EmptyState title={`No secret is called like “${search}”`} />
          )
        }
      />
      <SecretModal entity={entity} task={task} onClose={() => setTask(undefined)} />
    </Page>
  )
}

function columns(owner: Owner, webhooks: ListedWebhook[], setTask: (task: SecretTask) => void): Column<Secret>[] {
  return [
    { key: 'name', header: 'Name', cell: (secret) => <Name secret={secret} /> },
    {
      key: 'usedBy',
      header: 'Used by',
      cell: ({ usedBy }) => <UsedBy owner={owner} names={usedBy} webhooks={webhooks} />,
    },
    {
      key: 'updatedAt',
      header: 'Last changed',
      isExtra: true,
      width: '170px',
      cell: ({ updatedAt, updatedBy }) => (
        <>
          <Time at={updatedAt} />
          {updatedBy !== null && (
            <Text size="xs" c="dimmed">
              by {updatedBy}
            </Text>
          )}
        </>
      ),
    },
    {
      key: 'lastUsedAt',
      header: 'Last used',
      isExtra: true,
      width: '140px',
      cell: ({ lastUsedAt }) => <Time at={lastUsedAt} />,
    },
    {
      key: 'lastRefusedAt',
      header: 'Last refused',
      isExtra: true,
      width: '170px',
      cell: (secret) => <Refused secret={secret} />,
    },
    ...(owner.isAdmin
      ? [
          {
            key: 'menu',
            header: <span className="visually-hidden">Actions</span>,
            width: '56px',
            align: 'right' as const,
            cell: (secret: Secret) => (
              <SecretMenu secret={secret} owner={owner} webhooks={webhooks} setTask={setTask} />
            ),
          },
        ]
      : []),
  ]
}

function Name({ secret: { name, version, previous } }: { secret: Secret }) {
  const last = previous.at(0)
  return (
    <>
      <Group gap={8}>
        <Text ff="monospace" size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          v{version}
        </Text>
      </Group>
      {last !== undefined && (
        <Text size="xs" c="dimmed">
          {previous.length === 1 ? `v${last.version} still signs` : `${previous.length} older values still sign`}, ends{' '}
          <Time at={last.endsAt} />
        </Text>
      )}
    </>
  )
}

function Refused({ secret: { lastRefusedAt, updatedAt } }: { secret: Secret }) {
  const isNow = lastRefusedAt !== null && Date.parse(lastRefusedAt) >= Date.parse(updatedAt)
  return (
    <>
      <Time at={lastRefusedAt} />
      {isNow && (
        <Text size="xs" c="var(--mantine-color-error)">
          401 or 403 with this value
        </Text>
      )}
    </>
  )
}

const USERS_SHOWN_MAX = 3

function UsedBy({ owner, names, webhooks }: { owner: Owner; names: string[]; webhooks: ListedWebhook[] }) {
  if (names.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        nothing
      </Text>
    )
  }
  const rest = names.length - USERS_SHOWN_MAX
  return (
    <Stack gap={4}>
      {names.slice(0, USERS_SHOWN_MAX).map((name) => {
        const webhook = webhooks.find((each) => each.name === name)
        const to = webhook?.slack === null ? `webhooks/${webhook.id}` : 'slack'
        return webhook === undefined ? (
          <Text key={name} size="sm">
            {name}
          </Text>
        ) : (
          <Anchor key={name} component={Link} to={`${owner.base}/${to}`} size="sm">
            {name}
          </Anchor>
        )
      })}
      {rest > 0 && (
        <Text size="xs" c="dimmed" title={names.slice(USERS_SHOWN_MAX).join(', ')}>
          and {rest} more
        </Text>
      )}
    </Stack>
  )
}

function SecretMenu({
  secret,
  owner,
  webhooks,
  setTask,
}: {
  secret: Secret
  owner: Owner
  webhooks: ListedWebhook[]
  setTask: (task: SecretTask) => void
}) {
  const { name, previous } = secret
  const confirm = useConfirm()
  const deleteSecret = useDeleteSecret(owner.entity, owner.base, webhooks)

  async function end() {
    const isSure = await confirm({
      title: `End the overlap of ${name}?`,
      action: 'End it',
      children: `Only v${secret.version} signs from now on. A receiver that does not know it yet refuses what it gets.`,
    })
    if (!isSure) return
    const { error } = await endOverlap(owner.entity, name)
    if (error !== undefined) return notifyProblem(error)
    notifyDone(`Only the newest value of ${name} signs now.`)
  }

  return (
    <RowMenu label={`Actions for ${name}`}>
      <Menu.Item
        leftSection={<IconRefresh size={16} aria-hidden />}
        onClick={() =>
          setTask({ replaced: { name, signs: webhooks.some(({ signingSecret }) => signingSecret === name) } })
        }
      >
        Replace the value
      </Menu.Item>
      {previous.length > 0 && (
        <Menu.Item leftSection={<IconClockOff size={16} aria-hidden />} onClick={() => void end()}>
          End the overlap
        </Menu.Item>
      )}
      <DeleteItem onClick={() => void deleteSecret(secret)} />
    </RowMenu>
  )
}

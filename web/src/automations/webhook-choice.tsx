import { Button, Group, Select, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useViewer } from '../app/session'
import { NewWebhookDrawer } from '../webhooks/new-webhook-drawer'
import { useWebhooks, type Webhook } from '../webhooks/queries'
import { SlackModal } from '../webhooks/slack-modal'
import { TargetIcon } from '../webhooks/target-icon'
import { WebhookBadge } from '../webhooks/webhook-badge'

/** The webhooks an automation of the entity may send to: its own and those of whoever asks. */
export function useUsableWebhooks(entity: string): { webhooks: Webhook[]; isPending: boolean } {
  const { username } = useViewer()
  const own = useWebhooks(entity)
  const personal = useWebhooks(username)
  return {
    webhooks: username === entity ? own.rows : [...own.rows, ...personal.rows],
    isPending: own.isPending || personal.isPending,
  }
}

/** One of them, with how each is; or a new one, which is made beside the form and chosen then. */
export function WebhookChoice({
  entity,
  isSlack,
  value,
  onChange,
}: {
  entity: string
  isSlack: boolean
  value: string
  onChange(id: string): void
}) {
  const viewer = useViewer()
  const { webhooks, isPending } = useUsableWebhooks(entity)
  const offered = webhooks.filter(({ slack }) => (slack !== null) === isSlack)
  const isAdmin = viewer.admin || viewer.entities.some(({ name, role }) => name === entity && role === 'admin')
  // Who may not change the team's settings can still send to a receiver of their own.
  const owner = isAdmin ? entity : viewer.username
  const note = owner === entity ? undefined : `Only admins add one to ${entity}: this one will be yours alone.`
  const [isAdding, setAdding] = useState(false)
  const noun = isSlack ? 'Slack integration' : 'Webhook'
  return (
    <div>
      <Select
        label={noun}
        placeholder={isPending ? 'Loading…' : offered.length === 0 ? 'There is none yet' : 'Choose one'}
        searchable
        nothingFoundMessage="None is called so"
        data={offered.map(({ id, name }) => ({ value: id, label: name }))}
        value={value === '' ? null : value}
        onChange={(id) => onChange(id ?? '')}
        maw={460}
        renderOption={({ option }) => {
          const webhook = offered.find(({ id }) => id === option.value)
          return webhook === undefined ? option.label : <Option webhook={webhook} />
        }}
      />
      <Button
        variant="subtle"
        size="compact-sm"
        mt={6}
        ml={-8}
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => setAdding(true)}
      >
        New {isSlack ? 'Slack integration' : 'webhook'}
      </Button>
      {isSlack ? (
        <SlackModal
          entity={owner}
          task={isAdding ? {} : undefined}
          onClose={() => setAdding(false)}
          onSaved={onChange}
        />
      ) : (
        <NewWebhookDrawer
          entity={owner}
          note={note}
          isOpen={isAdding}
          onClose={() => setAdding(false)}
          onCreated={(id) => {
            onChange(id)
            setAdding(false)
          }}
        />
      )}
    </div>
  )
}

function Option({ webhook }: { webhook: Webhook }) {
  return (
    <Group justify="space-between" wrap="nowrap" flex={1} miw={0}>
      <TargetIcon target={webhook.target} size={18} />
      <div style={{ minWidth: 0, flex: 1 }}>
        <Text size="sm">{webhook.name}</Text>
        <Text size="xs" c="dimmed" truncate>
          {webhook.slack === null ? webhook.url : `${webhook.slack.workspace} ${webhook.slack.channel}`}
        </Text>
      </div>
      <WebhookBadge webhook={webhook} />
    </Group>
  )
}

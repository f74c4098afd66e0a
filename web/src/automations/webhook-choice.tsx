import { Anchor, Group, Select, Text } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useViewer } from '../app/session'
import { useWebhooks, type Webhook } from '../webhooks/queries'
import { TargetIcon } from '../webhooks/targets'
import { WebhookBadge } from '../webhooks/webhook-badge'
import { placeOfEntity } from './place'

/** The webhooks an automation of the entity may send to: its own and those of whoever asks. */
export function useUsableWebhooks(entity: string): { webhooks: Webhook[]; isPending: boolean } {
  const { username } = useViewer()
  const own = useWebhooks(entity)
  const personal = useWebhooks(username)
  return { webhooks: username === entity ? own.rows : [...own.rows, ...personal.rows], isPending: own.isPending }
}

/** One of them, with how each is; a new one is made in a tab beside, and shows here when one comes back. */
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
  const { base } = placeOfEntity(viewer, entity)
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
      <Anchor
        href={isSlack ? `${base}/slack` : `${base}/webhooks/new`}
        target="_blank"
        size="sm"
        mt={6}
        display="inline-block"
      >
        New {isSlack ? 'Slack integration' : 'webhook'} <IconExternalLink size={13} aria-label="(opens a new tab)" />
      </Anchor>
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

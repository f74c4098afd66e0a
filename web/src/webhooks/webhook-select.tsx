import { Group, Select, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWebhooks } from './queries'
import { TargetIcon } from './targets'
import { WebhookBadge } from './webhook-badge'

/**
 * One of an entity's webhooks, by id, with how each is.
 *
 * - `kind`: Slack integrations alone, or all others.
 */
export function WebhookSelect({
  entity,
  kind = 'webhook',
  value,
  onChange,
  ...rest
}: {
  entity: string
  kind?: 'webhook' | 'slack'
  label: string
  description?: ReactNode
  error?: ReactNode
  value: string | null
  onChange(id: string | null): void
}) {
  const { rows, isPending } = useWebhooks(entity)
  const offered = rows.filter(({ slack }) => (slack !== null) === (kind === 'slack'))
  return (
    <Select
      {...rest}
      data={offered.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      placeholder={isPending ? 'Loading…' : 'Choose one'}
      nothingFoundMessage={offered.length === 0 ? 'There is none yet' : 'None is called like that'}
      searchable
      renderOption={({ option }) => {
        const webhook = offered.find(({ id }) => id === option.value)
        if (webhook === undefined) return option.label
        return (
          <Group gap="sm" justify="space-between" wrap="nowrap" flex={1} miw={0}>
            <Group gap="xs" wrap="nowrap" miw={0}>
              <TargetIcon target={webhook.target} size={16} />
              <div style={{ minWidth: 0 }}>
                <Text size="sm" truncate>
                  {webhook.name}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {webhook.slack === null ? webhook.url : `${webhook.slack.workspace} ${webhook.slack.channel}`}
                </Text>
              </div>
            </Group>
            <WebhookBadge webhook={webhook} />
          </Group>
        )
      }}
    />
  )
}

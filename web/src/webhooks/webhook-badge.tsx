import { Badge, type MantineColor, Tooltip } from '@mantine/core'
import type { Webhook } from './queries'
import { type WebhookState, webhookState } from './webhook-state'

const COLORS: Record<WebhookState['kind'], MantineColor> = {
  active: 'green',
  failing: 'red',
  waiting: 'yellow',
  out: 'orange',
  paused: 'yellow',
}

/** The state of a webhook in a word and a colour; why, on hover and focus. */
export function WebhookBadge({ webhook }: { webhook: Pick<Webhook, 'paused' | 'health'> }) {
  const { kind, label, reason } = webhookState(webhook)
  const badge = (
    <Badge variant="light" color={COLORS[kind]} radius="sm" tt="none" fw={600}>
      {label}
    </Badge>
  )
  return reason === undefined ? badge : <Tooltip label={reason}>{badge}</Tooltip>
}

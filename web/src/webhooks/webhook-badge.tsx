import { Tooltip } from '@mantine/core'
import { Chip, type ChipColor } from '../ui/chip'
import type { Webhook } from './queries'
import { type WebhookState, webhookState } from './webhook-state'

const COLORS: Record<WebhookState['kind'], ChipColor> = {
  active: 'green',
  failing: 'red',
  waiting: 'yellow',
  out: 'orange',
  paused: 'yellow',
}

/** The state of a webhook in a word and a colour; why, on hover. */
export function WebhookBadge({ webhook }: { webhook: Pick<Webhook, 'paused' | 'health'> }) {
  const { kind, label, reason } = webhookState(webhook)
  const badge = (
    <Chip color={COLORS[kind]} isWhole>
      {label}
    </Chip>
  )
  if (reason === undefined) return badge
  return (
    <Tooltip label={reason}>
      <span>{badge}</span>
    </Tooltip>
  )
}

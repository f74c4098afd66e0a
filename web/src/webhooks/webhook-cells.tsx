import { Anchor, Group, Stack, Text } from '@mantine/core'
import { Link } from 'react-router'
import { Time } from '../ui/time'
import { openDeliveries } from './counts'
import type { Owner } from './owner'
import type { ListedWebhook } from './queries'
import { TargetIcon } from './target-icon'
import { useTargets } from './targets'
import { WebhookBadge } from './webhook-badge'
import classes from './webhook-cells.module.css'
import { webhookState } from './webhook-state'

export function NameCell({ webhook: { id, name, url, target }, base }: { webhook: ListedWebhook; base: string }) {
  const label = useTargets().find((each) => each.target === target)?.label
  return (
    <Group gap={10} wrap="nowrap" align="flex-start">
      <span className={classes.icon} title={label}>
        <TargetIcon target={target} />
      </span>
      <div className={classes.name}>
        <Anchor component={Link} to={`${base}/webhooks/${id}`} size="sm" fw={600}>
          {name}
        </Anchor>
        {target !== 'generic' && (
          <Text size="xs" c="dimmed" className={classes.kind}>
            {label}
          </Text>
        )}
        <Text size="xs" c="dimmed" className={classes.url} title={url}>
          {url}
        </Text>
      </div>
    </Group>
  )
}

export function StateCell({ webhook }: { webhook: ListedWebhook }) {
  const { reason } = webhookState(webhook)
  const { lastFailure } = webhook.health
  return (
    <>
      <WebhookBadge webhook={webhook} />
      {reason !== undefined && (
        <Text size="xs" c="dimmed" mt={2} className={classes.reason}>
          {reason}
          {webhook.paused === null && lastFailure !== null && (
            <>
              {' '}
              <Time at={lastFailure.at} />
            </>
          )}
        </Text>
      )}
    </>
  )
}

const USERS_SHOWN_MAX = 2

/** The automations that send to it, the first of them by name. */
export function UseCell({ webhook: { usedBy } }: { webhook: ListedWebhook }) {
  if (usedBy.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        nothing
      </Text>
    )
  }
  const rest = usedBy.slice(USERS_SHOWN_MAX)
  return (
    <Stack gap={4}>
      {usedBy.slice(0, USERS_SHOWN_MAX).map(({ id, name }) => (
        <Anchor key={id} component={Link} to={`/automations/${id}`} size="sm" lineClamp={1} title={name}>
          {name}
        </Anchor>
      ))}
      {rest.length > 0 && (
        <Text size="xs" c="dimmed" title={rest.map(({ name }) => name).join(', ')}>
          and {rest.length} more
        </Text>
      )}
    </Stack>
  )
}

export function OpenCell({ webhook: { id, use, paused }, owner }: { webhook: ListedWebhook; owner: Owner }) {
  if (use.open === 0) {
    return (
      <Text size="sm" c="dimmed">
        nothing
      </Text>
    )
  }
  return (
    <Anchor component={Link} to={`${owner.base}/history?webhook=${id}`} size="sm">
      {openDeliveries(use.open)}
      {paused !== null && ' held'}
    </Anchor>
  )
}

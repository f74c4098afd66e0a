import { Anchor, Group, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { Column } from '../ui/data-table'
import { Time } from '../ui/time'
import { openDeliveries } from './counts'
import type { Owner } from './owner'
import type { ListedWebhook } from './queries'
import { TARGETS, TargetIcon } from './targets'
import { WebhookBadge } from './webhook-badge'
import classes from './webhook-columns.module.css'
import { WebhookMenu } from './webhook-menu'
import { webhookState } from './webhook-state'

/** The columns of the list of webhooks; the menu only for those who may use it. */
export function webhookColumns(
  owner: Owner,
  actions: { onTest(webhook: ListedWebhook): void; onRotate(secret: string): void },
): Column<ListedWebhook>[] {
  return [
    { key: 'name', header: 'Webhook', cell: (webhook) => <Name webhook={webhook} base={owner.base} /> },
    { key: 'state', header: 'State', width: '210px', cell: (webhook) => <State webhook={webhook} /> },
    {
      key: 'use',
      header: 'Used by',
      width: '130px',
      isExtra: true,
      cell: (webhook) => <Use webhook={webhook} owner={owner} />,
    },
    {
      key: 'open',
      header: 'Not arrived yet',
      width: '140px',
      isExtra: true,
      cell: (webhook) => <Open webhook={webhook} owner={owner} />,
    },
    {
      key: 'success',
      header: 'Last arrived',
      width: '130px',
      isExtra: true,
      cell: ({ use }) => <Time at={use.lastSuccessAt} />,
    },
    ...(owner.isAdmin
      ? [
          {
            key: 'menu',
            header: <span className="visually-hidden">Actions</span>,
            width: '56px',
            align: 'right' as const,
            cell: (webhook: ListedWebhook) => (
              <WebhookMenu
                webhook={webhook}
                owner={owner}
                onTest={() => actions.onTest(webhook)}
                onRotate={actions.onRotate}
              />
            ),
          },
        ]
      : []),
  ]
}

function Name({ webhook: { id, name, url, target }, base }: { webhook: ListedWebhook; base: string }) {
  return (
    <Group gap={10} wrap="nowrap" align="flex-start">
      <span className={classes.icon} title={TARGETS[target].label}>
        <TargetIcon target={target} />
      </span>
      <div className={classes.name}>
        <Anchor component={Link} to={`${base}/webhooks/${id}`} size="sm" fw={600}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" className={classes.url} title={url}>
          {target !== 'generic' && `${TARGETS[target].label} · `}
          {url}
        </Text>
      </div>
    </Group>
  )
}

function State({ webhook }: { webhook: ListedWebhook }) {
  const { reason } = webhookState(webhook)
  const { lastFailure } = webhook.health
  return (
    <>
      <WebhookBadge webhook={webhook} />
      {reason !== undefined && (
        <Text size="xs" c="dimmed" mt={2}>
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

function Use({ webhook: { id, use }, owner }: { webhook: ListedWebhook; owner: Owner }) {
  if (use.automations === 0) {
    return (
      <Text size="sm" c="dimmed">
        nothing
      </Text>
    )
  }
  return (
    <Anchor component={Link} to={`${owner.base}/automations?webhook=${id}`} size="sm">
      {use.automations === 1 ? '1 automation' : `${use.automations} automations`}
    </Anchor>
  )
}

function Open({ webhook: { id, use, paused }, owner }: { webhook: ListedWebhook; owner: Owner }) {
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

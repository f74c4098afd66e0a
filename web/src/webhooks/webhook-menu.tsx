import { Menu } from '@mantine/core'
import {
  IconCopy,
  IconHistory,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconSend,
} from '@tabler/icons-react'
import { Link } from 'react-router'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { DeleteItem, RowMenu } from '../ui/row-menu'
import { openDeliveries } from './counts'
import type { Owner } from './owner'
import { changeWebhook, type ListedWebhook } from './queries'
import { useDeleteWebhook } from './use-delete-webhook'
import { webhookState } from './webhook-state'

/** What can be done with a webhook. `edit`: a page, or what opens the form. */
export function WebhookMenu({
  webhook,
  owner,
  edit,
  onTest,
  onRotate,
}: {
  webhook: ListedWebhook
  owner: Owner
  edit?: () => void
  onTest(): void
  onRotate?: (secret: string) => void
}) {
  const { id, name, paused, signingSecret } = webhook
  const deleteWebhook = useDeleteWebhook(owner.entity)
  const setPaused = useSetPaused(owner.entity)
  const { kind } = webhookState(webhook)
  const isHeldBack = kind !== 'active' && kind !== 'waiting'
  const page = `${owner.base}/webhooks`
  return (
    <RowMenu label={`Actions for ${name}`} width={230}>
      <Menu.Item leftSection={<IconSend size={16} aria-hidden />} onClick={onTest}>
        Test
      </Menu.Item>
      {edit === undefined ? (
        <Menu.Item component={Link} to={`${page}/${id}`} leftSection={<IconPencil size={16} aria-hidden />}>
          Edit
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={edit}>
          Edit
        </Menu.Item>
      )}
      {webhook.slack === null && (
        <Menu.Item component={Link} to={`${page}/new?from=${id}`} leftSection={<IconCopy size={16} aria-hidden />}>
          Duplicate
        </Menu.Item>
      )}
      <Menu.Item
        component={Link}
        to={`${owner.base}/history?webhook=${id}`}
        leftSection={<IconHistory size={16} aria-hidden />}
      >
        History
      </Menu.Item>
      <Menu.Divider />
      {onRotate !== undefined && (
        <Menu.Item
          leftSection={<IconRefresh size={16} aria-hidden />}
          disabled={signingSecret === null}
          onClick={() => signingSecret !== null && onRotate(signingSecret)}
        >
          Rotate the signing secret
        </Menu.Item>
      )}
      {isHeldBack ? (
        <Menu.Item
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => void setPaused(webhook, false)}
        >
          {paused === null ? 'Try again now' : 'Resume'}
        </Menu.Item>
      ) : null}
      {paused === null && (
        <Menu.Item
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => void setPaused(webhook, true)}
        >
          Pause
        </Menu.Item>
      )}
      <DeleteItem onClick={() => void deleteWebhook(webhook)} />
    </RowMenu>
  )
}

/** Pauses at once, as that can be undone; resuming asks where it lets many deliveries go. */
function useSetPaused(entity: string) {
  const confirm = useConfirm()
  return async function setPaused({ id, name, use }: ListedWebhook, isPaused: boolean): Promise<void> {
    if (!isPaused && use.open > 1) {
      const isSure = await confirm({
        title: `Send what ${name} held?`,
        action: 'Send them',
        children: `${openDeliveries(use.open)} waited. They are sent now, oldest first, within its limits.`,
      })
      if (!isSure) return
    }
    const { error } = await changeWebhook(entity, id, { paused: isPaused })
    if (error !== undefined) return notifyProblem(error)
    notifyDone(isPaused ? `${name} is paused: its deliveries wait.` : `${name} sends again.`)
  }
}

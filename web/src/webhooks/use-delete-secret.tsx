import { Anchor, List, Text } from '@mantine/core'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { openDeliveries } from './counts'
import { type ListedWebhook, removeSecret, type Secret } from './queries'

/** Deletes a secret once that is confirmed; one in use only after saying where, and what is cancelled with it. */
export function useDeleteSecret(entity: string, base: string, webhooks: ListedWebhook[]) {
  const confirm = useConfirm()

  return async function deleteSecret({ name, usedBy }: Secret): Promise<void> {
    const isUsed = usedBy.length > 0
    const isSure = await confirm({
      title: `Delete ${name}?`,
      action: 'Delete',
      isDangerous: true,
      children: isUsed
        ? 'Tripline looks first whether something still needs it.'
        : 'No webhook uses it. Its value is gone for good.',
    })
    if (!isSure) return
    const { error } = await removeSecret(entity, name, false)
    if (error === undefined) return notifyDone(`${name} is deleted.`)
    if (!isUsed || codeOf(error) !== 'secret_in_use') return notifyProblem(error)

    const users = webhooks.filter((webhook) => usedBy.includes(webhook.name))
    const isForced = await confirm({
      title: `${name} is in use`,
      action: 'Delete it all the same',
      isDangerous: true,
      typed: name,
      children: (
        <>
          <Text size="sm">These webhooks need it, and cannot send without it:</Text>
          <List size="sm" my="xs">
            {users.map((webhook) => (
              <List.Item key={webhook.id}>
                <Anchor href={`${base}/webhooks/${webhook.id}`} size="sm">
                  {webhook.name}
                </Anchor>
                : {openDeliveries(webhook.use.open)}
              </List.Item>
            ))}
          </List>
          <Text size="sm">
            Better change them first. If you delete it now, what they still have to send is cancelled and never arrives.
          </Text>
        </>
      ),
    })
    if (!isForced) return
    const forced = await removeSecret(entity, name, true)
    if (forced.error !== undefined) return notifyProblem(forced.error)
    const cancelled = (forced.data as { cancelled: string[] } | undefined)?.cancelled.length ?? 0
    notifyDone(cancelled === 0 ? `${name} is deleted.` : `${name} is deleted; ${openDeliveries(cancelled)} cancelled.`)
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? ''
}

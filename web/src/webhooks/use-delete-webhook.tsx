import { List, Text } from '@mantine/core'
import type { Schemas } from '../api/client'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { openDeliveries } from './counts'
import { removeWebhook, type Webhook } from './queries'

const SHOWN_MAX = 8

/** Deletes a webhook once that is confirmed; one in use only after saying what needs it, and what is cancelled with it. */
export function useDeleteWebhook(entity: string) {
  const confirm = useConfirm()

  return async function deleteWebhook({ id, name }: Pick<Webhook, 'id' | 'name'>): Promise<void> {
    const isSure = await confirm({
      title: `Delete ${name}?`,
      action: 'Delete',
      isDangerous: true,
      children: 'Its settings are gone for good; the history of what it sent stays.',
    })
    if (!isSure) return
    const { error } = await removeWebhook(entity, id, false)
    if (error === undefined) return notifyDone(`${name} is deleted.`)
    const use = inUse(error)
    if (use === undefined) return notifyProblem(error)

    const isForced = await confirm({
      title: `${name} is in use`,
      action: 'Delete it all the same',
      isDangerous: true,
      typed: name,
      children: <InUse {...use} />,
    })
    if (!isForced) return
    const forced = await removeWebhook(entity, id, true)
    if (forced.error !== undefined) return notifyProblem(forced.error)
    const cancelled = (forced.data as { cancelled: string[] } | undefined)?.cancelled.length ?? 0
    notifyDone(cancelled === 0 ? `${name} is deleted.` : `${name} is deleted; ${openDeliveries(cancelled)} cancelled.`)
  }
}

function InUse({ automations, waiting }: { automations: string[]; waiting: number }) {
  const rest = automations.length - SHOWN_MAX
  return (
    <>
      {automations.length > 0 && (
        <>
          <Text size="sm">These automations send to it, and would do nothing without it:</Text>
          <List size="sm" my="xs">
            {automations.slice(0, SHOWN_MAX).map((automation) => (
              <List.Item key={automation}>{automation}</List.Item>
            ))}
            {rest > 0 && <List.Item>and {rest} more</List.Item>}
          </List>
        </>
      )}
      {waiting > 0 && (
        <Text size="sm">
          {openDeliveries(waiting)} {waiting === 1 ? 'has' : 'have'} not arrived yet. Deleting cancels them: they never
          will.
        </Text>
      )}
    </>
  )
}

/** What stands in the way; `undefined` where it was refused for something else. */
function inUse(error: unknown): { automations: string[]; waiting: number } | undefined {
  const { code, automations, waiting } = error as Schemas['Problem'] & { automations?: string[]; waiting?: number }
  return code === 'webhook_in_use' ? { automations: automations ?? [], waiting: waiting ?? 0 } : undefined
}

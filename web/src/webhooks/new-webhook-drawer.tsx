import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { FormDrawer } from '../ui/form-drawer'
import { notifyWarnings } from '../ui/notify'
import { EMPTY, settingsOf } from './form-values'
import { createWebhook } from './queries'
import { WebhookFormView } from './webhook-form'

/** Makes a webhook beside what one is doing. What was typed is there again when it is opened again. */
export function NewWebhookDrawer({
  entity,
  note,
  isOpen,
  onClose,
  onCreated,
}: {
  entity: string
  /** What is to be known before. */
  note?: string | undefined
  isOpen: boolean
  onClose(): void
  onCreated(id: string): void
}) {
  const [madeCount, setMadeCount] = useState(0)
  return (
    <FormDrawer isOpen={isOpen} onClose={onClose} title="New webhook">
      {note !== undefined && (
        <Text size="sm" c="dimmed" mb="md">
          {note}
        </Text>
      )}
      <WebhookFormView
        key={madeCount}
        entity={entity}
        initial={EMPTY}
        action="Create webhook"
        headingOrder={3}
        cancel={
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
        }
        save={async (values) => {
          const { data, error } = await createWebhook(entity, settingsOf(values))
          if (error !== undefined || data === undefined) return error
          // That it is chosen says that it is there; a message would lie upon the form.
          notifyWarnings(data.warnings)
          onCreated(data.id)
          setMadeCount((count) => count + 1)
        }}
      />
    </FormDrawer>
  )
}

import { Button, Group } from '@mantine/core'

/** Below the form in a dialog: away from it, or what it is for. */
export function DialogButtons({ onCancel, action, isBusy }: { onCancel(): void; action: string; isBusy: boolean }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={isBusy}>
        {action}
      </Button>
    </Group>
  )
}

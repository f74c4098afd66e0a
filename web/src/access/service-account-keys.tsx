import { Modal } from '@mantine/core'
import { ApiKeys } from './api-keys'

/** The keys of a service account, over the list of members. */
export function ServiceAccountKeys({ username, onClose }: { username: string | undefined; onClose(): void }) {
  return (
    <Modal opened={username !== undefined} onClose={onClose} title={`API keys of ${username ?? ''}`} size="xl">
      {username !== undefined && <ApiKeys username={username} />}
    </Modal>
  )
}

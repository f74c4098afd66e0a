import { useQueryClient } from '@tanstack/react-query'
import { api, type Schemas } from '../api/client'
import { refreshSession, useViewer } from '../app/session'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'

type User = Schemas['User']

export const USERS_KEY = ['get', '/api/v1/users']

/** Makes and unmakes administrators of the server, and deletes users. */
export function useUserChanges() {
  const queryClient = useQueryClient()
  const confirm = useConfirm()
  const viewer = useViewer()

  async function setAdmin({ username }: User, admin: boolean): Promise<void> {
    const isSure = await confirm({
      title: admin ? `Make ${username} an administrator?` : `End that ${username} is an administrator?`,
      children: admin
        ? 'Administrators of the server make and delete users, read the whole audit, and can give themselves every right.'
        : 'Roles in teams and organizations stay as they are.',
      action: admin ? 'Make administrator' : 'End it',
      isDangerous: true,
    })
    if (!isSure) return
    const { error } = await api.PATCH('/api/v1/users/{username}', { params: { path: { username } }, body: { admin } })
    if (error !== undefined) return notifyProblem(error)
    notifyDone(admin ? `${username} is an administrator now.` : `${username} is no administrator any more.`)
    await queryClient.invalidateQueries({ queryKey: USERS_KEY })
    if (username === viewer.username) await refreshSession()
  }

  async function remove({ username, kind }: User): Promise<void> {
    const isSure = await confirm({
      title: `Delete ${username}?`,
      children: `${kind === 'service' ? 'Its' : 'All'} API keys, sessions and memberships end at once. What ${username} made stays, under this name, which nobody gets again. This cannot be undone.`,
      action: 'Delete the user',
      isDangerous: true,
      typed: username,
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/users/{username}', { params: { path: { username } } })
    if (error !== undefined) return notifyProblem(error)
    notifyDone(`${username} is deleted.`)
    await queryClient.invalidateQueries({ queryKey: USERS_KEY })
  }

  return {
    setAdmin: (user: User, admin: boolean) => void setAdmin(user, admin),
    remove: (user: User) => void remove(user),
  }
}

import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api } from '../api/client'
import { refreshSession, useViewer } from '../app/session'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { type Group, type Member, membersKey, putMember, removeMember } from './group'
import { type Role, roleLabel } from './role-select'

/** Changes and ends memberships, and shows what came of it. */
export function useMemberChanges(group: Group) {
  const queryClient = useQueryClient()
  const confirm = useConfirm()
  const navigate = useNavigate()
  const viewer = useViewer()
  const readAgain = () => queryClient.invalidateQueries({ queryKey: membersKey(group) })

  async function changeRole(member: Member, role: Role): Promise<void> {
    const isSelf = member.username === viewer.username
    if (isSelf && member.role === 'admin' && !(await confirm(stepDown(group)))) return
    const error = await putMember(group, member.username, role)
    if (error !== undefined) return notifyProblem(error)
    await readAgain()
    if (isSelf) await refreshSession()
    notifyDone(`${member.username} is now ${roleLabel(role)} of ${group.name}.`)
  }

  async function remove(member: Member): Promise<void> {
    const { username } = member
    const isSelf = username === viewer.username
    const isService = member.kind === 'service' && group.kind === 'team'
    if (!(await confirm(isService ? deleting(username) : leaving(group, username, isSelf)))) return
    const error = isService ? await deleteAccount(username) : await removeMember(group, username)
    if (error !== undefined) return notifyProblem(error)
    notifyDone(isSelf ? `You have left ${group.name}.` : `${username} is no member of ${group.name} any more.`)
    if (isSelf && group.headers === undefined) {
      await refreshSession()
      await navigate('/')
    }
    await readAgain()
  }

  return {
    changeRole: (member: Member, role: Role) => void changeRole(member, role),
    remove: (member: Member) => void remove(member),
  }
}

async function deleteAccount(username: string): Promise<unknown> {
  return (await api.DELETE('/api/v1/users/{username}', { params: { path: { username } } })).error
}

function stepDown({ name }: Group) {
  return {
    title: 'Give up your own role?',
    children: `You are an administrator of ${name}. Only another one can make you that again.`,
    action: 'Give it up',
    isDangerous: true,
  }
}

function deleting(username: string) {
  return {
    title: `Delete ${username}?`,
    children:
      'The service account and its API keys stop working at once. What it made stays. Its name is never given again.',
    action: 'Delete',
    isDangerous: true,
  }
}

function leaving({ kind, name }: Group, username: string, isSelf: boolean) {
  const teams = kind === 'organization' ? ' and the teams of it' : ''
  return {
    title: isSelf ? `Leave ${name}?` : `Remove ${username}?`,
    children: isSelf
      ? `You no longer see ${name}${teams}. What you made stays. An administrator can add you again.`
      : `${username} no longer sees ${name}${teams}. What they made stays. You can add them again.`,
    action: isSelf ? 'Leave' : 'Remove',
    isDangerous: true,
  }
}

import { Avatar, Menu, UnstyledButton } from '@mantine/core'
import { IconApi, IconKey, IconLogout, IconShield, IconUser } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import { api } from '../api/client'
import { forgetPlaces } from '../search/recent'
import { notifyProblem } from '../ui/notify'
import { useMayLeave } from '../ui/use-leave-guard'
import { queryClient } from './query-client'
import { useViewer } from './session'

/** Who is signed in, and what is theirs. */
export function UserMenu() {
  const viewer = useViewer()
  const navigate = useNavigate()
  const mayLeave = useMayLeave()

  async function signOut() {
    if (!(await mayLeave())) return
    const { error } = await api.DELETE('/api/v1/session')
    if (error !== undefined) return notifyProblem(error)
    forgetPlaces(viewer.username)
    queryClient.clear()
    await navigate('/login')
  }

  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton aria-label={`Your account: ${viewer.username}`}>
          <Avatar radius="xl" size={32} color="indigo">
            <IconUser size={18} aria-hidden />
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{viewer.username}</Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} aria-hidden />}>
          Your account
        </Menu.Item>
        <Menu.Item component={Link} to="/account/api-keys" leftSection={<IconKey size={16} aria-hidden />}>
          API keys
        </Menu.Item>
        {viewer.admin && (
          <Menu.Item component={Link} to="/admin/users" leftSection={<IconShield size={16} aria-hidden />}>
            Administer the server
          </Menu.Item>
        )}
        <Menu.Item component="a" href="/api/docs" leftSection={<IconApi size={16} aria-hidden />}>
          REST API
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

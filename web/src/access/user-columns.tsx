import { ActionIcon, Badge, Group, Menu, Text } from '@mantine/core'
import { IconDots, IconLock, IconShield, IconShieldOff, IconTrash } from '@tabler/icons-react'
import type { Schemas } from '../api/client'
import type { Viewer } from '../app/session'
import type { Column } from '../ui/data-table'
import { Time } from '../ui/time'

type User = Schemas['User']

type Input = {
  viewer: Viewer
  setAdmin(user: User, admin: boolean): void
  remove(user: User): void
  resetPassword(username: string): void
}

export function userColumns(input: Input): Column<User>[] {
  return [
    {
      key: 'username',
      header: 'Username',
      cell: (user) => (
        <Group gap={8}>
          <Text size="sm" fw={550} component="span">
            {user.username}
          </Text>
          {user.admin && (
            <Badge variant="light" color="indigo" radius="sm" tt="none">
              administrator
            </Badge>
          )}
          {user.kind === 'service' && (
            <Badge variant="light" color="grape" radius="sm" tt="none">
              service account{user.team === null ? '' : ` of ${user.team}`}
            </Badge>
          )}
          {user.username === input.viewer.username && (
            <Badge variant="light" color="gray" radius="sm" tt="none">
              you
            </Badge>
          )}
        </Group>
      ),
    },
    { key: 'name', header: 'Name', width: '24%', isExtra: true, cell: ({ name }) => name ?? '' },
    { key: 'email', header: 'E-mail', width: '26%', isExtra: true, cell: ({ email }) => email ?? '' },
    { key: 'since', header: 'Since', width: '140px', isExtra: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { key: 'menu', header: '', width: '52px', align: 'right', cell: (user) => <UserMenu {...input} user={user} /> },
  ]
}

function UserMenu({ viewer, setAdmin, remove, resetPassword, user }: Input & { user: User }) {
  const isPerson = user.kind === 'person'
  const isSelf = user.username === viewer.username
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More about ${user.username}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isPerson && !isSelf && (
          <Menu.Item leftSection={<IconLock size={16} aria-hidden />} onClick={() => resetPassword(user.username)}>
            Give another password
          </Menu.Item>
        )}
        {isPerson && !user.admin && (
          <Menu.Item leftSection={<IconShield size={16} aria-hidden />} onClick={() => setAdmin(user, true)}>
            Make administrator
          </Menu.Item>
        )}
        {user.admin && (
          <Menu.Item leftSection={<IconShieldOff size={16} aria-hidden />} onClick={() => setAdmin(user, false)}>
            End being administrator
          </Menu.Item>
        )}
        <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => remove(user)}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

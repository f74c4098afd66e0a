import { ActionIcon, Badge, Group, Menu, Text } from '@mantine/core'
import { IconDots, IconKey, IconLogout, IconTrash, IconUserMinus } from '@tabler/icons-react'
import type { Viewer } from '../app/session'
import type { Column } from '../ui/data-table'
import type { Member, Group as MemberGroup } from './group'
import { type Role, RoleSelect, roleLabel } from './role-select'

type Input = {
  kind: MemberGroup['kind']
  viewer: Viewer
  mayManage: boolean
  changeRole(member: Member, role: Role): void
  remove(member: Member): void
  showKeys(username: string): void
}

/** The columns of a table of members. */
export function memberColumns(input: Input): Column<Member>[] {
  const { viewer, mayManage } = input
  return [
    {
      key: 'username',
      header: 'Member',
      cell: (member) => (
        <Group gap={8}>
          <Text size="sm" fw={550} component="span">
            {member.username}
          </Text>
          {member.kind === 'service' && (
            <Badge variant="light" color="grape" radius="sm" tt="none">
              service account
            </Badge>
          )}
          {member.username === viewer.username && (
            <Badge variant="light" color="gray" radius="sm" tt="none">
              you
            </Badge>
          )}
        </Group>
      ),
    },
    { key: 'name', header: 'Name', width: '24%', cell: ({ name }) => name ?? '', isExtra: true },
    { key: 'email', header: 'E-mail', width: '26%', cell: ({ email }) => email ?? '', isExtra: true },
    {
      key: 'role',
      header: 'Role',
      width: '140px',
      cell: (member) =>
        mayManage ? (
          <RoleSelect value={member.role} of={member.username} onChange={(role) => input.changeRole(member, role)} />
        ) : (
          roleLabel(member.role)
        ),
    },
    {
      key: 'menu',
      header: '',
      width: '52px',
      align: 'right',
      cell: (member) => <MemberMenu {...input} member={member} />,
    },
  ]
}

function MemberMenu({ kind, viewer, mayManage, remove, showKeys, member }: Input & { member: Member }) {
  const isSelf = member.username === viewer.username
  const isService = member.kind === 'service' && kind === 'team'
  if (!mayManage && !isSelf) return null
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More about ${member.username}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isService && (
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => showKeys(member.username)}>
            API keys
          </Menu.Item>
        )}
        <Menu.Item
          color="red"
          leftSection={
            isService ? (
              <IconTrash size={16} aria-hidden />
            ) : isSelf ? (
              <IconLogout size={16} aria-hidden />
            ) : (
              <IconUserMinus size={16} aria-hidden />
            )
          }
          onClick={() => remove(member)}
        >
          {isService ? 'Delete' : isSelf ? `Leave the ${kind}` : 'Remove'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

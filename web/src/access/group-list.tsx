import { ActionIcon, Anchor, Menu, Text } from '@mantine/core'
import { IconDots, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { refreshSession } from '../app/session'
import { useConfirm } from '../ui/confirm'
import { type Column, DataTable } from '../ui/data-table'
import type { List } from '../ui/list'
import { notifyDone, notifyProblem } from '../ui/notify'
import { Time } from '../ui/time'
import { type Role, roleLabel } from './role-select'

type Listed = {
  name: string
  displayName: string | null
  organization?: string | null
  role: Role | null
  createdAt: string
}

/** Teams or organizations: their names lead to their members. */
export function GroupList({
  kind,
  list,
  headers,
  hasOrganization = false,
  empty,
}: {
  kind: 'team' | 'organization'
  list: List<Listed>
  headers: Record<string, string> | undefined
  hasOrganization?: boolean
  empty: ReactNode
}) {
  const remove = useRemoveGroup(kind, headers)
  const base = kind === 'team' ? '/teams' : '/orgs'
  const columns: Column<Listed>[] = [
    {
      key: 'name',
      header: kind === 'team' ? 'Team' : 'Organization',
      cell: ({ name, displayName }) => (
        <>
          <Anchor component={Link} to={`${base}/${name}/members`} size="sm" fw={550}>
            {name}
          </Anchor>
          {displayName !== null && displayName !== name && (
            <Text span size="sm" c="dimmed" ml={8}>
              {displayName}
            </Text>
          )}
        </>
      ),
    },
    ...(hasOrganization
      ? [
          {
            key: 'org',
            header: 'Organization',
            width: '180px',
            isExtra: true,
            cell: ({ organization }: Listed) => organization ?? '',
          },
        ]
      : []),
    {
      key: 'role',
      header: 'Your role',
      width: '130px',
      cell: ({ role }) => (role === null ? 'not a member' : roleLabel(role)),
    },
    { key: 'made', header: 'Made', width: '140px', isExtra: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      key: 'menu',
      header: '',
      width: '52px',
      align: 'right',
      cell: ({ name, role }) =>
        role !== 'admin' && headers === undefined ? null : (
          <Menu position="bottom-end" width={180}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More about ${name}`}>
                <IconDots size={16} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item component={Link} to={`${base}/${name}/audit`}>
                Audit
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={() => void remove(name)}
              >
                Delete
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
    },
  ]
  return (
    <DataTable
      label={kind === 'team' ? 'Teams' : 'Organizations'}
      columns={columns}
      list={list}
      rowKey={({ name }) => name}
      empty={empty}
    />
  )
}

function useRemoveGroup(kind: 'team' | 'organization', headers: Record<string, string> | undefined) {
  const confirm = useConfirm()
  const queryClient = useQueryClient()
  return async (name: string) => {
    const isSure = await confirm({
      title: `Delete ${name}?`,
      children:
        kind === 'team'
          ? 'A team can be deleted once it has no projects, webhooks or automations. Its service accounts end with it, and nobody gets the name again.'
          : 'An organization can be deleted once it has no teams and no registries. Nobody gets the name again.',
      action: `Delete the ${kind}`,
      isDangerous: true,
      typed: name,
    })
    if (!isSure) return
    const init = { params: { path: { name } }, headers }
    const { error } =
      kind === 'team'
        ? await api.DELETE('/api/v1/teams/{name}', init)
        : await api.DELETE('/api/v1/organizations/{name}', init)
    if (error !== undefined) return notifyProblem(error)
    notifyDone(`${name} is deleted.`)
    await refreshSession()
    await queryClient.invalidateQueries()
  }
}

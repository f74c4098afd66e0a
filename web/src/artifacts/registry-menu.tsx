import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconSettings, IconTrash, IconUsers } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { Schemas } from '../api/client'
import { projectPath } from '../app/area'
import { registryName } from './registry-settings'
import { useDeleteRegistry } from './use-delete-registry'

/** What one does with a registry. */
export function RegistryMenu({ project }: { project: Schemas['Project'] }) {
  const remove = useDeleteRegistry()
  const base = projectPath(project.entity, project.name)
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${registryName(project)}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`${base}/settings`} leftSection={<IconSettings size={16} aria-hidden />}>
          Settings
        </Menu.Item>
        <Menu.Item component={Link} to={`${base}/members`} leftSection={<IconUsers size={16} aria-hidden />}>
          Members
        </Menu.Item>
        {project.role === 'admin' && (
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void remove(project)}>
            Delete
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

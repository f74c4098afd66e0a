import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** What can be done with one thing of a list, behind three dots. */
export function RowMenu({ label, width = 220, children }: { label: string; width?: number; children: ReactNode }) {
  return (
    <Menu position="bottom-end" width={width}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={label}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  )
}

/** The last of them, apart from the others. */
export function DeleteItem({ onClick, children = 'Delete' }: { onClick(): void; children?: ReactNode }) {
  return (
    <>
      <Menu.Divider />
      <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={onClick}>
        {children}
      </Menu.Item>
    </>
  )
}

import { NavLink, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { NewGroups } from '../access/new-groups'
import { areaOf } from './area'
import { HOME_ITEM, type Item, sectionsOf } from './sections'
import { useViewer } from './session'

/** What there is in this part of the app. */
export function Sidebar() {
  const { pathname } = useLocation()
  const viewer = useViewer()
  const area = areaOf(pathname)
  return (
    <>
      <Entry item={HOME_ITEM} pathname={pathname} />
      {sectionsOf(area, viewer).map(({ title, items }) => (
        <Part key={title ?? items[0]?.to} title={title}>
          {items.map((item) => (
            <Entry key={item.to} item={item} pathname={pathname} />
          ))}
        </Part>
      ))}
      {area.kind === 'home' && <NewGroups />}
    </>
  )
}

function Part({ title, children }: { title: string | undefined; children: ReactNode }) {
  return (
    <>
      {title !== undefined && (
        <Text size="xs" fw={650} c="dimmed" mt="md" mb={4} px="sm" truncate flex="none" title={title}>
          {title}
        </Text>
      )}
      {children}
    </>
  )
}

function Entry({ item: { label, to, icon: Icon, isExact }, pathname }: { item: Item; pathname: string }) {
  const isHere = pathname === to || (!isExact && pathname.startsWith(`${to}/`))
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      title={label}
      noWrap
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
      style={{ borderRadius: 'var(--mantine-radius-md)' }}
      py={6}
    />
  )
}

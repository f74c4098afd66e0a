import { NavLink, Text } from '@mantine/core'
import {
  IconAffiliate,
  IconBell,
  IconBolt,
  IconBox,
  IconBrandSlack,
  IconBuilding,
  IconClipboardList,
  IconFolder,
  IconHistory,
  IconHome,
  IconKey,
  IconLock,
  IconPlayerPlay,
  IconServer,
  IconUser,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { NewGroups } from '../access/new-groups'
import { type Area, areaOf } from './area'
import { useViewer, type Viewer } from './session'

type Item = { label: string; to: string; icon: typeof IconHome; isExact?: boolean }
type Section = { title?: string; items: Item[] }

/** What there is in this part of the app. */
export function Sidebar() {
  const { pathname } = useLocation()
  const viewer = useViewer()
  const area = areaOf(pathname)
  return (
    <>
      <Entry item={{ label: 'Home', to: '/', icon: IconHome, isExact: true }} pathname={pathname} />
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
        <Text size="xs" fw={650} c="dimmed" mt="md" mb={4} px="sm" truncate title={title}>
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
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
      style={{ borderRadius: 'var(--mantine-radius-md)' }}
      py={6}
    />
  )
}

function sectionsOf(area: Area, viewer: Viewer): Section[] {
  switch (area.kind) {
    case 'home':
      return homeSections(viewer)
    case 'account':
      return [
        {
          title: 'Your account',
          items: [
            { label: 'Profile', to: '/account', icon: IconUser, isExact: true },
            { label: 'API keys', to: '/account/api-keys', icon: IconKey },
            { label: 'Sessions', to: '/account/sessions', icon: IconLock },
          ],
        },
      ]
    case 'admin':
      return [
        {
          title: 'Server',
          items: [
            { label: 'Users', to: '/admin/users', icon: IconUsers },
            { label: 'Organizations', to: '/admin/organizations', icon: IconBuilding },
            { label: 'Teams', to: '/admin/teams', icon: IconAffiliate },
            { label: 'Master keys', to: '/admin/master-keys', icon: IconServer },
            { label: 'Audit', to: '/admin/audit', icon: IconClipboardList },
          ],
        },
      ]
    case 'entity':
      return entitySections(area.entity, area.base, viewer)
    case 'organization':
      return organizationSections(area.entity, area.base, viewer)
    case 'project':
    case 'registry':
      return projectSections(area)
  }
}

function homeSections(viewer: Viewer): Section[] {
  const of = (kind: string) => viewer.entities.filter((entity) => entity.kind === kind)
  const items = (kind: 'team' | 'organization' | 'user', path: string, icon: typeof IconHome): Item[] =>
    of(kind).map(({ name, displayName }) => ({ label: displayName ?? name, to: `/${path}/${name}`, icon }))
  const sections: Section[] = [
    { title: 'Organizations', items: items('organization', 'orgs', IconBuilding) },
    { title: 'Teams', items: items('team', 'teams', IconUsers) },
    { title: 'Yours', items: items('user', 'teams', IconUser) },
  ]
  return sections.filter((section) => section.items.length > 0)
}

function entitySections(entity: string, base: string, viewer: Viewer): Section[] {
  const own = viewer.entities.find(({ name }) => name === entity)
  const isAdmin = viewer.admin || own?.role === 'admin'
  const isTeam = own === undefined || own.kind === 'team'
  return [
    {
      title: own?.displayName ?? entity,
      items: [
        { label: 'Projects', to: base, icon: IconFolder, isExact: true },
        { label: 'Automations', to: `${base}/automations`, icon: IconBolt },
        { label: 'History', to: `${base}/history`, icon: IconHistory },
      ],
    },
    { title: 'Settings', items: settingsItems(base, { isAdmin, hasMembers: isTeam }) },
  ]
}

function organizationSections(entity: string, base: string, viewer: Viewer): Section[] {
  const own = viewer.entities.find(({ name }) => name === entity)
  const isAdmin = viewer.admin || own?.role === 'admin'
  return [
    {
      title: own?.displayName ?? entity,
      items: [
        { label: 'Registries', to: base, icon: IconBox, isExact: true },
        { label: 'Teams', to: `${base}/teams`, icon: IconAffiliate },
        { label: 'Automations', to: `${base}/automations`, icon: IconBolt },
        { label: 'History', to: `${base}/history`, icon: IconHistory },
      ],
    },
    { title: 'Settings', items: settingsItems(base, { isAdmin, hasMembers: true }) },
  ]
}

function settingsItems(base: string, { isAdmin, hasMembers }: { isAdmin: boolean; hasMembers: boolean }): Item[] {
  return [
    { label: 'Webhooks', to: `${base}/webhooks`, icon: IconWebhook },
    { label: 'Secrets', to: `${base}/secrets`, icon: IconLock },
    { label: 'Slack', to: `${base}/slack`, icon: IconBrandSlack },
    ...(hasMembers ? [{ label: 'Members', to: `${base}/members`, icon: IconUsers }] : []),
    ...(isAdmin ? [{ label: 'Audit', to: `${base}/audit`, icon: IconClipboardList }] : []),
  ]
}

function projectSections(area: Extract<Area, { base: string; project: string }>): Section[] {
  const { base } = area
  const title = area.kind === 'registry' ? area.registry : area.project
  const parent: Item =
    area.kind === 'registry'
      ? { label: area.entity, to: `/orgs/${area.entity}`, icon: IconBuilding, isExact: true }
      : { label: area.entity, to: `/teams/${area.entity}`, icon: IconUsers, isExact: true }
  return [
    { items: [parent] },
    {
      title,
      items: [
        { label: area.kind === 'registry' ? 'Collections' : 'Artifacts', to: `${base}/artifacts`, icon: IconBox },
        ...(area.kind === 'project' ? [{ label: 'Runs', to: `${base}/runs`, icon: IconPlayerPlay }] : []),
        { label: 'Automations', to: `${base}/automations`, icon: IconBolt },
        { label: 'History', to: `${base}/history`, icon: IconBell },
        ...(area.kind === 'registry' ? [{ label: 'Members', to: `${base}/members`, icon: IconUsers }] : []),
      ],
    },
  ]
}

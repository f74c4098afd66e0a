import {
  IconAffiliate,
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
  IconSettings,
  IconUser,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react'
import { type Area, shownEntity } from './area'
import type { Viewer } from './session'

export type Item = { label: string; to: string; icon: typeof IconHome; isExact?: boolean }
export type Section = { title?: string; items: Item[] }

/** The first screen, which is always there. */
export const HOME_ITEM: Item = { label: 'Home', to: '/', icon: IconHome, isExact: true }

/** The pages there are in an area, as the sidebar lists them and the palette finds them. */
export function sectionsOf(area: Area, viewer: Viewer): Section[] {
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
      // Whoever may not see them gets no list of pages that refuse them.
      if (!viewer.admin) return homeSections(viewer)
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
      return projectSections(area, viewer)
  }
}

function homeSections(viewer: Viewer): Section[] {
  const of = (kind: string) => viewer.entities.filter((entity) => entity.kind === kind)
  const items = (kind: 'team' | 'organization' | 'user', path: string, icon: typeof IconHome): Item[] =>
    of(kind).map(({ name, displayName }) => ({ label: displayName ?? name, to: `/${path}/${name}`, icon }))
  const sections: Section[] = [
    // Before the teams, of which there may be many.
    { title: 'Yours', items: items('user', 'teams', IconUser) },
    { title: 'Organizations', items: items('organization', 'orgs', IconBuilding) },
    { title: 'Teams', items: items('team', 'teams', IconUsers) },
  ]
  return sections.filter((section) => section.items.length > 0)
}

/** The pages of a team or of a person. */
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

function projectSections(area: Extract<Area, { base: string; project: string }>, viewer: Viewer): Section[] {
  const { base } = area
  const owner = shownEntity(viewer, area.entity)
  const title = area.kind === 'registry' ? area.registry : area.project
  const parent: Item =
    area.kind === 'registry'
      ? { label: owner, to: `/orgs/${area.entity}`, icon: IconBuilding, isExact: true }
      : { label: owner, to: `/teams/${area.entity}`, icon: IconUsers, isExact: true }
  return [
    { items: [parent] },
    {
      title,
      items: [
        { label: area.kind === 'registry' ? 'Collections' : 'Artifacts', to: `${base}/artifacts`, icon: IconBox },
        ...(area.kind === 'project' ? [{ label: 'Runs', to: `${base}/runs`, icon: IconPlayerPlay }] : []),
        { label: 'Automations', to: `${base}/automations`, icon: IconBolt },
        { label: 'History', to: `${base}/history`, icon: IconHistory },
        ...(area.kind === 'registry'
          ? [
              { label: 'Members', to: `${base}/members`, icon: IconUsers },
              { label: 'Settings', to: `${base}/settings`, icon: IconSettings },
            ]
          : []),
      ],
    },
  ]
}

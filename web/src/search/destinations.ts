import type { Schemas } from '../api/client'
import { type Area, areaOf, projectPath } from '../app/area'
import { HOME_ITEM, sectionsOf } from '../app/sections'
import type { Viewer } from '../app/session'
import type { Place } from './recent'

export type DestinationKind =
  | 'recent'
  | 'page'
  | 'action'
  | 'project'
  | 'registry'
  | 'collection'
  | 'automation'
  | 'run'

/** Something the palette leads to. - `where`: what it belongs to, shown beside it and found by, too. */
export type Destination = { kind: DestinationKind; label: string; where: string; to: string }

export type Group = { title: string; destinations: Destination[] }

const RECENT_MAX = 6
const FOUND_MAX = 8

/** What the palette shows before anything is typed: where one was, then what can be done here. */
export function withoutText(input: { recent: Place[]; pathname: string; viewer: Viewer }): Group[] {
  const { recent, pathname, viewer } = input
  const area = areaOf(pathname)
  const been = recent
    .filter(({ to }) => to !== pathname)
    .slice(0, RECENT_MAX)
    .map(({ to, title }): Destination => ({ kind: 'recent', label: title, where: to, to }))
  const here = [...actionsOf(area, viewer), ...pagesOf(area, viewer)].filter(({ to }) => to !== pathname)
  return shown([
    { title: 'Recent', destinations: been },
    { title: 'Here', destinations: area.kind === 'home' ? generalPages(viewer) : here },
  ])
}

/** What fits the text, of what the app itself knows: pages and actions everywhere the viewer belongs. */
export function pagesThatFit(text: string, input: { pathname: string; viewer: Viewer }): Group[] {
  const { pathname, viewer } = input
  const here = areaOf(pathname)
  const areas: Area[] = viewer.entities.map(({ kind, name }) => {
    const encoded = encodeURIComponent(name)
    return kind === 'organization'
      ? { kind: 'organization', entity: name, base: `/orgs/${encoded}` }
      : { kind: 'entity', entity: name, base: `/teams/${encoded}` }
  })
  const isHereApart = here.kind === 'project' || here.kind === 'registry'
  const all = [here, ...(isHereApart ? areas : areas.filter((area) => !isSame(area, here)))]
  const pages = unique([...generalPages(viewer), ...all.flatMap((area) => pagesOf(area, viewer))])
  const actions = unique(all.flatMap((area) => actionsOf(area, viewer)))
  return shown([
    { title: 'Pages', destinations: bestOf(text, pages) },
    { title: 'Actions', destinations: bestOf(text, actions) },
  ])
}

/** What the server found, by kind. */
export function foundOnServer(results: Schemas['SearchResults']): Group[] {
  const projects = results.projects.map(({ entity, name, registry }): Destination => {
    const to = projectPath(entity, name)
    return {
      kind: registry ? 'registry' : 'project',
      label: registry ? name.replace(/^wandb-registry-/, '') : name,
      where: entity,
      to: `${to}/artifacts`,
    }
  })
  return shown([
    { title: 'Automations', destinations: results.automations.map(automation) },
    { title: 'Collections', destinations: results.collections.map(collection) },
    { title: 'Projects', destinations: projects.filter(({ kind }) => kind === 'project') },
    { title: 'Registries', destinations: projects.filter(({ kind }) => kind === 'registry') },
    { title: 'Runs', destinations: results.runs.map(run) },
  ])
}

type Found<Kind extends keyof Schemas['SearchResults']> = Schemas['SearchResults'][Kind][number]

function automation({ id, name, entity, enabled }: Found<'automations'>): Destination {
  const where = enabled ? entity : `${entity}, switched off`
  return { kind: 'automation', label: name, where, to: `/automations/${encodeURIComponent(id)}` }
}

function collection({ entity, project, type, name }: Found<'collections'>): Destination {
  const to = `${projectPath(entity, project)}/artifacts/${encodeURIComponent(type)}/${encodeURIComponent(name)}`
  return { kind: 'collection', label: name, where: `${entity}/${project}, ${type}`, to }
}

function run({ entity, project, name, displayName }: Found<'runs'>): Destination {
  const to = `${projectPath(entity, project)}/runs/${encodeURIComponent(name)}`
  return { kind: 'run', label: displayName, where: `${entity}/${project}`, to }
}

/** Pages that belong to nobody in particular. */
function generalPages(viewer: Viewer): Destination[] {
  const areas: Area[] = [{ kind: 'account' }, ...(viewer.admin ? [{ kind: 'admin' } as const] : [])]
  const home: Destination = { kind: 'page', label: HOME_ITEM.label, where: '', to: HOME_ITEM.to }
  return [home, ...areas.flatMap((area) => pagesOf(area, viewer))]
}

function pagesOf(area: Area, viewer: Viewer): Destination[] {
  if (area.kind === 'home') return []
  const [own] = sectionsOf(area, viewer).filter(({ title }) => title !== undefined)
  const where = area.kind === 'project' ? `${area.entity}/${area.project}` : (own?.title ?? '')
  return sectionsOf(area, viewer)
    .filter(({ title }) => title !== undefined)
    .flatMap(({ items }) => items.map(({ label, to }): Destination => ({ kind: 'page', label, where, to })))
}

function actionsOf(area: Area, viewer: Viewer): Destination[] {
  if (!('entity' in area)) return []
  const own = viewer.entities.find(({ name }) => name === area.entity)
  if (own?.role === 'viewer' && !viewer.admin) return []
  const where = area.kind === 'project' ? `${area.entity}/${area.project}` : nameOf(area, own)
  const action = (label: string, path: string): Destination => ({
    kind: 'action',
    label,
    where,
    to: `${area.base}/${path}`,
  })
  return [
    action(`Create automation in ${where}`, 'automations/new'),
    ...(area.kind === 'entity' || area.kind === 'organization'
      ? [action(`Add webhook to ${where}`, 'webhooks/new'), action(`Secrets of ${where}`, 'secrets')]
      : []),
  ]
}

function nameOf(area: Extract<Area, { entity: string }>, own: Viewer['entities'][number] | undefined): string {
  return area.kind === 'registry' ? area.registry : (own?.displayName ?? area.entity)
}

/** Those in which every word occurs, where words of the label begin with them first. */
export function bestOf(text: string, destinations: Destination[]): Destination[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return destinations
    .map((destination) => ({ destination, score: scoreOf(words, destination) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, FOUND_MAX)
    .map(({ destination }) => destination)
}

/** 0 unless every word occurs. The beginning of the label counts most, then that of any word of it, then any place. */
function scoreOf(words: string[], { label, where }: Destination): number {
  const [name, place] = [label.toLowerCase(), where.toLowerCase()]
  let score = 0
  for (const word of words) {
    if (name.startsWith(word)) score += 4
    else if (name.includes(` ${word}`)) score += 3
    else if (place.startsWith(word)) score += 2
    else if (name.includes(word) || place.includes(word)) score += 1
    else return 0
  }
  return score
}

function isSame(a: Area, b: Area): boolean {
  return 'base' in a && 'base' in b && a.base === b.base
}

function unique(destinations: Destination[]): Destination[] {
  return [...new Map(destinations.map((destination) => [destination.to, destination])).values()]
}

function shown(groups: Group[]): Group[] {
  return groups.filter(({ destinations }) => destinations.length > 0)
}

import { useParams } from 'react-router'
import { useViewer } from '../app/session'
import { useArea } from '../app/use-area'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import type { Crumb } from '../ui/page'
import { type ProjectPlace, typePath } from './place'

export type Place = ProjectPlace & {
  /** The path that all pages of the project begin with. */
  base: string
  /** The registry's name without its prefix; `undefined` in a project. */
  registry: string | undefined
}

/** The project or registry that the page is in. Only on pages of one. */
export function usePlace(): Place {
  const area = useArea()
  if (area.kind === 'registry') {
    return { entity: area.entity, project: area.project, base: area.base, registry: area.registry }
  }
  if (area.kind === 'project')
    return { entity: area.entity, project: area.project, base: area.base, registry: undefined }
  throw new Error('This page belongs to a project.')
}

/** A part of the path, decoded; the routes have it. */
export function usePart(name: string): string {
  const { [name]: value } = useParams()
  if (value === undefined) throw new Error(`The path has no ${name}.`)
  return value
}

/** Where a page of the project stands; of one about a type of artifacts, or what is below, with that. */
export function usePlaceCrumbs(type?: string): Crumb[] {
  const crumbs = useAreaCrumbs()
  const place = usePlace()
  return type === undefined ? crumbs : [...crumbs, { label: type, to: typePath(place, type) }]
}

/** Whether to offer changes here. The server decides; this only spares viewers buttons that it would refuse. */
export function useMayWrite(entity: string): boolean {
  const viewer = useViewer()
  if (viewer.admin) return true
  return viewer.entities.find(({ name }) => name === entity)?.role !== 'viewer'
}

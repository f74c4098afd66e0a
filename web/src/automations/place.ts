import { useViewer, type Viewer } from '../app/session'
import { useArea } from '../app/use-area'

/** Whose automations a page is about, and where in it. */
export type Place = {
  entity: string
  isOrganization: boolean
  /** A project, also the one of a registry; `null`: the whole entity. */
  project: string | null
  registry: string | null
  /** What paths of the page's area begin with. */
  base: string
}

/** Where the page is; on pages of no area (`/automations/…`), nowhere. */
export function usePlace(): Place | undefined {
  const area = useArea()
  const viewer = useViewer()
  switch (area.kind) {
    case 'entity':
    case 'organization':
      return { ...placeOfEntity(viewer, area.entity), base: area.base, isOrganization: area.kind === 'organization' }
    case 'project':
      return { ...placeOfEntity(viewer, area.entity), project: area.project, base: area.base }
    case 'registry':
      return { ...placeOfEntity(viewer, area.entity), project: area.project, registry: area.registry, base: area.base }
    default:
      return undefined
  }
}

/** The whole of a team, user or organization. */
export function placeOfEntity(viewer: Viewer, entity: string): Place {
  const isOrganization = viewer.entities.some(({ name, kind }) => name === entity && kind === 'organization')
  const base = `/${isOrganization ? 'orgs' : 'teams'}/${encodeURIComponent(entity)}`
  return { entity, isOrganization, project: null, registry: null, base }
}

/** Whether the viewer may change automations there; the server has the last word. */
export function mayChange(viewer: Viewer, entity: string): boolean {
  const own = viewer.entities.find(({ name }) => name === entity)
  return own === undefined || own.role !== 'viewer'
}

export const automationPath = (id: string) => `/automations/${encodeURIComponent(id)}`

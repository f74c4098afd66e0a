import { useParams } from 'react-router'
import { useViewer } from '../app/session'
import { useArea } from '../app/use-area'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import type { Crumb } from '../ui/page'

/** Whose webhooks and secrets a page shows: a team, a person or an organization. */
export type Owner = {
  entity: string
  /** What paths of its pages begin with. */
  base: string
  /** May change its settings. */
  isAdmin: boolean
  crumbs: Crumb[]
}

export function useOwner(): Owner {
  const { entity = '' } = useParams()
  const area = useArea()
  const viewer = useViewer()
  const own = viewer.entities.find(({ name }) => name === entity)
  const base = 'base' in area ? area.base : `/teams/${encodeURIComponent(entity)}`
  return {
    entity,
    base,
    isAdmin: viewer.admin || own?.role === 'admin',
    crumbs: useAreaCrumbs(),
  }
}

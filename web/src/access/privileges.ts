import { useViewer, type Viewer } from '../app/session'

/**
 * Headers with which an administrator of the server acts on an entity that it is no administrator of: on purpose, on
 * pages that are about administration. For everybody else, and for one's own entities, none.
 */
export function privilegesFor(viewer: Viewer, entity: string | undefined): Record<string, string> | undefined {
  if (!viewer.admin) return undefined
  const own = viewer.entities.find(({ name }) => name === entity)
  return own?.role === 'admin' ? undefined : { 'use-admin-privileges': 'true' }
}

/** Whether who is signed in may manage the members of this entity, and with which headers. */
export function useManagement(entity: string): { mayManage: boolean; headers: Record<string, string> | undefined } {
  const viewer = useViewer()
  const own = viewer.entities.find(({ name }) => name === entity)
  const roleIn = (name: string | null | undefined) => viewer.entities.find((other) => other.name === name)?.role
  const mayManage = viewer.admin || own?.role === 'admin' || roleIn(own?.organization) === 'admin'
  return { mayManage, headers: privilegesFor(viewer, entity) }
}

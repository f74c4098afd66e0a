import { useViewer, type Viewer } from '../app/session'

/** The organizations in which somebody may make teams. */
export function administeredOrganizations(viewer: Viewer): string[] {
  return viewer.entities.filter(({ kind, role }) => kind === 'organization' && role === 'admin').map(({ name }) => name)
}

/** Which groups somebody may make. */
export function useMayCreate(): { team: boolean; organization: boolean } {
  const viewer = useViewer()
  return { organization: viewer.admin, team: viewer.admin || administeredOrganizations(viewer).length > 0 }
}

import type { Crumb } from '../ui/page'
import { type Area, projectPath, shownEntity, shownProject } from './area'
import type { Viewer } from './session'

/** The way to a team, person or organization and, where `project` is given, on to a project or registry of theirs. */
export function crumbsTo(viewer: Pick<Viewer, 'entities'>, entity: string, project?: string | null): Crumb[] {
  const own = viewer.entities.find(({ name }) => name === entity)
  const isOrganization = own?.kind === 'organization' || (project != null && shownProject(project) !== project)
  const base = `/${isOrganization ? 'orgs' : 'teams'}/${encodeURIComponent(entity)}`
  const owner = { label: shownEntity(viewer, entity), to: base }
  if (project == null) return [owner]
  return [owner, { label: shownProject(project), to: `${projectPath(entity, project)}/artifacts` }]
}

/** The way to the area that the page is in. */
export function areaCrumbs(viewer: Pick<Viewer, 'entities'>, area: Area): Crumb[] {
  if ('project' in area) return crumbsTo(viewer, area.entity, area.project)
  if (!('entity' in area)) return []
  const [owner] = crumbsTo(viewer, area.entity)
  return owner === undefined ? [] : [{ ...owner, to: area.base }]
}

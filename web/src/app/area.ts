/** What the page at a path is about: it decides what stands in the sidebar. */
export type Area =
  | { kind: 'home' }
  | { kind: 'account' }
  | { kind: 'admin' }
  | { kind: 'entity'; entity: string; base: string }
  | { kind: 'organization'; entity: string; base: string }
  | { kind: 'project'; entity: string; project: string; base: string }
  | { kind: 'registry'; entity: string; project: string; registry: string; base: string }

const REGISTRY_PREFIX = 'wandb-registry-'

/** Words that begin a path of ours and are no entity. */
const HOME = new Set(['', 'automations', 'deliveries', 'events', 'search', 'welcome', 'authorize'])

/** The area of `pathname`. Names are decoded; `base` is the path that the area's own pages begin with. */
export function areaOf(pathname: string): Area {
  const encoded = pathname.split('/').slice(1)
  const [first = '', second, third, fourth] = encoded.map(decode)
  if (HOME.has(first)) return { kind: 'home' }
  if (first === 'account') return { kind: 'account' }
  if (first === 'admin') return { kind: 'admin' }
  const base = (length: number) => `/${encoded.slice(0, length).join('/')}`
  if (first === 'teams' && second !== undefined) return { kind: 'entity', entity: second, base: base(2) }
  if (first === 'orgs' && second !== undefined) {
    if (third === 'registry' && fourth !== undefined) {
      const project = `${REGISTRY_PREFIX}${fourth}`
      return { kind: 'registry', entity: second, project, registry: fourth, base: base(4) }
    }
    return { kind: 'organization', entity: second, base: base(2) }
  }
  if (second === undefined || second === '') return { kind: 'entity', entity: first, base: `/teams/${first}` }
  return { kind: 'project', entity: first, project: second, base: base(2) }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** What people call a team, person or organization: the name that it shows, else the one of its paths. */
export function shownEntity(
  viewer: { entities: { name: string; displayName: string | null }[] },
  entity: string,
): string {
  return viewer.entities.find(({ name }) => name === entity)?.displayName ?? entity
}

/** What a project is called where people read it: a registry without what its project's name begins with. */
export function shownProject(project: string): string {
  return project.startsWith(REGISTRY_PREFIX) ? project.slice(REGISTRY_PREFIX.length) : project
}

/** Where a project is opened, a registry being a project with a name of its own kind. */
export function projectPath(entity: string, project: string): string {
  if (project.startsWith(REGISTRY_PREFIX)) {
    return `/orgs/${encodeURIComponent(entity)}/registry/${encodeURIComponent(project.slice(REGISTRY_PREFIX.length))}`
  }
  return `/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`
}

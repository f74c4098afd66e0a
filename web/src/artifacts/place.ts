import type { Schemas } from '../api/client'
import { projectPath } from '../app/area'

/** Where artifacts are: a project of a team, or a registry of an organization. */
export type ProjectPlace = { entity: string; project: string }

/** What a collection, or a version in it, goes by in paths of the API. */
export type CollectionAddress = ProjectPlace & { collection: string }
export type VersionAddress = CollectionAddress & { version: string }

/** The tabs of a version, as they stand in its URL; the first one is left out there. */
export const VERSION_TABS = ['overview', 'metadata', 'files', 'lineage', 'automations'] as const
export type VersionTab = (typeof VERSION_TABS)[number]

/** Tabs under the names that W&B gives them. */
const OTHER_NAMES: Record<string, VersionTab> = { usage: 'overview', api: 'overview', graph: 'lineage', tree: 'files' }

/** The tab of the last part of a version's URL; `undefined` for a part that is none. */
export function versionTab(part: string | undefined): VersionTab | undefined {
  if (part === undefined) return 'overview'
  return VERSION_TABS.find((tab) => tab === part) ?? OTHER_NAMES[part]
}

export const artifactsPath = ({ entity, project }: ProjectPlace) => `${projectPath(entity, project)}/artifacts`

export function typePath(place: ProjectPlace, type: string): string {
  return `${artifactsPath(place)}/${encodeURIComponent(type)}`
}

export function collectionPath(place: ProjectPlace, type: string, collection: string): string {
  return `${typePath(place, type)}/${encodeURIComponent(collection)}`
}

export function versionPath(at: VersionAddress & { type: string; tab?: VersionTab }): string {
  const path = `${collectionPath(at, at.type, at.collection)}/${encodeURIComponent(at.version)}`
  return at.tab === undefined || at.tab === 'overview' ? path : `${path}/${at.tab}`
}

export function runPath({ entity, project, name }: { entity: string; project: string; name: string }): string {
  return `${projectPath(entity, project)}/runs/${encodeURIComponent(name)}`
}

/** A version as people and the client write it: `entity/project/collection:v3`. */
export function qualifiedName({ entity, project, collection, version }: VersionAddress): string {
  return `${entity}/${project}/${collection}:${version}`
}

/** Whether this place in the version's life is where it was logged, or `null` when that is not to be seen. */
export function isSource(version: Schemas['Version']): boolean | null {
  const { source } = version
  if (source === null) return null
  return (
    source.entity === version.entity && source.project === version.project && source.collection === version.collection
  )
}

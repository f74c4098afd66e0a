import type { ListFilter } from '../runtime/list-filter.ts'
import type { FilterFields } from './list-filter.ts'
import type { ListOrder, OrderFields } from './list-order.ts'

/**
 * What the lists of projects, collections and versions are filtered and ordered by. Clients have several names for some
 * fields, by the kind of search that they take a server to have.
 */

export type ProjectField = 'id' | 'name' | 'entity' | 'description' | 'created' | 'updated'
export const PROJECT_FILTERS: FilterFields<ProjectField> = {
  id: { field: 'id', type: 'id' },
  project_id: { field: 'id', type: 'id' },
  name: { field: 'name', type: 'text' },
  entity_id: { field: 'entity', type: 'id' },
  description: { field: 'description', type: 'text' },
  created_at: { field: 'created', type: 'time' },
  updated_at: { field: 'updated', type: 'time' },
}

export type CollectionField = 'id' | 'name' | 'tag' | 'description' | 'created' | 'updated'
export const COLLECTION_FILTERS: FilterFields<CollectionField> = {
  id: { field: 'id', type: 'id' },
  artifact_collection_id: { field: 'id', type: 'id' },
  collection_id: { field: 'id', type: 'id' },
  name: { field: 'name', type: 'text' },
  collection_name: { field: 'name', type: 'text' },
  artifact_collection_name: { field: 'name', type: 'text' },
  tag: { field: 'tag', type: 'label' },
  tags: { field: 'tag', type: 'label' },
  description: { field: 'description', type: 'text' },
  created_at: { field: 'created', type: 'time' },
  updated_at: { field: 'updated', type: 'time' },
}

export type VersionField = 'id' | 'version' | 'tag' | 'alias' | 'metadata' | 'state' | 'created' | 'updated' | 'size'
export const VERSION_FILTERS: FilterFields<VersionField> = {
  id: { field: 'id', type: 'id' },
  artifact_id: { field: 'id', type: 'id' },
  version: { field: 'version', type: 'version' },
  version_index: { field: 'version', type: 'version' },
  tag: { field: 'tag', type: 'label' },
  tags: { field: 'tag', type: 'label' },
  alias: { field: 'alias', type: 'label' },
  aliases: { field: 'alias', type: 'label' },
  metadata: { field: 'metadata', type: 'metadata' },
  artifact_metadata: { field: 'metadata', type: 'metadata' },
  state: { field: 'state', type: 'text' },
  created_at: { field: 'created', type: 'time' },
  artifact_created_at: { field: 'created', type: 'time' },
  updated_at: { field: 'updated', type: 'time' },
  artifact_size: { field: 'size', type: 'number' },
}

export type RowOrder = 'id' | 'name' | 'created' | 'updated'
/** Of projects and collections. */
export const ROW_ORDERS: OrderFields<RowOrder> = {
  name: { field: 'name', type: 'text' },
  created_at: { field: 'created', type: 'number' },
  updated_at: { field: 'updated', type: 'number' },
}
export const BY_NAME: ListOrder<RowOrder> = { field: 'name', type: 'text', direction: 'asc' }
export const NEWEST_FIRST: ListOrder<RowOrder> = { field: 'id', type: 'number', direction: 'desc' }

export type VersionOrder = 'version' | 'created' | 'updated' | 'size' | 'linked'
export const VERSION_ORDERS: OrderFields<VersionOrder> = {
  version: { field: 'version', type: 'number' },
  version_index: { field: 'version', type: 'number' },
  created_at: { field: 'created', type: 'number' },
  artifact_created_at: { field: 'created', type: 'number' },
  updated_at: { field: 'updated', type: 'number' },
  artifact_size: { field: 'size', type: 'number' },
  linked_at: { field: 'linked', type: 'number' },
  acm_created_at: { field: 'linked', type: 'number' },
}
export const NEWEST_VERSION_FIRST: ListOrder<VersionOrder> = { field: 'version', type: 'number', direction: 'desc' }
export const NEWEST_LINK_FIRST: ListOrder<VersionOrder> = { field: 'linked', type: 'number', direction: 'desc' }

export type ProjectFilter = ListFilter<ProjectField>
export type CollectionFilter = ListFilter<CollectionField>
export type VersionFilter = ListFilter<VersionField>

/**
 * The filter without the one condition that the wandb client puts into every listing of versions, and that each of them
 * fulfils: what is in a collection is committed. `undefined`: nothing else is asked for.
 */
export function versionFilterOf(filter: VersionFilter | undefined): VersionFilter | undefined {
  if (filter === undefined || isOfCommitted(filter)) return undefined
  if (filter.kind !== 'all') return filter
  return { kind: 'all', of: filter.of.filter((each) => !isOfCommitted(each)) }
}

function isOfCommitted(filter: VersionFilter): boolean {
  return (
    filter.kind === 'compare' && filter.field === 'state' && filter.operator === '=' && filter.value === 'COMMITTED'
  )
}

import { api } from '../api/client'
import type { LabelChange, Labelled } from './label-change'

const COLLECTION = '/api/v1/projects/{entity}/{project}/collections/{collection}'

/** Makes the change; resolves to why it was refused, or `undefined`. */
export async function makeLabelChange(
  { version, ...path }: Labelled,
  { what, kind, label }: LabelChange,
): Promise<unknown> {
  const isGiven = kind === 'add'
  if (version === undefined) return changeCollectionTag(path, label, isGiven)
  if (what === 'tag') {
    const { error } = await api.PATCH(`${COLLECTION}/versions/{version}`, {
      params: { path: { ...path, version } },
      body: isGiven ? { addTags: [label] } : { deleteTags: [label] },
    })
    return error
  }
  const params = { path: { ...path, alias: label } }
  const { error } = isGiven
    ? await api.PUT(`${COLLECTION}/aliases/{alias}`, { params, body: { version } })
    : await api.DELETE(`${COLLECTION}/aliases/{alias}`, { params })
  return error
}

async function changeCollectionTag(path: Omit<Labelled, 'version'>, tag: string, isGiven: boolean): Promise<unknown> {
  const at = { params: { path: { ...path, tag } } }
  const { error } = isGiven
    ? await api.PUT(`${COLLECTION}/tags/{tag}`, at)
    : await api.DELETE(`${COLLECTION}/tags/{tag}`, at)
  return error
}

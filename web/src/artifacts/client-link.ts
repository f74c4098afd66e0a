import type { VersionAddress } from './place'

/**
 * What a link of the `wandb` client to a registry names in its query, as in
 * `?selectionPath=acme%2Fwandb-registry-model%2Fchurn&view=membership&version=v3`; `undefined` when it names nothing.
 * Without a version it is about the collection.
 */
export function selectedByClient(
  query: URLSearchParams,
): (Omit<VersionAddress, 'version'> & { version: string | undefined }) | undefined {
  const parts = query.get('selectionPath')?.split('/') ?? []
  const [entity, project, collection] = parts
  if (parts.length !== 3 || !entity || !project || !collection) return undefined
  // Our own numbers are `v3`; older clients have left the letter out.
  const version = query.get('version')?.replace(/^(?=\d+$)/, 'v')
  return { entity, project, collection, version: version || undefined }
}

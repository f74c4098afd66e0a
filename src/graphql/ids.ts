/**
 * The ids of GraphQL: standard base64 of `Type:integer`, because the wandb client decodes some of them. It turns an
 * artifact's id into hex to build `wandb-artifact://` references, and reads the integer of a project's `internalId`.
 *
 * Sequences and portfolios share `ArtifactCollection`, as every place that takes one takes either.
 */
export type IdType =
  | 'ApiKey'
  | 'Artifact'
  | 'ArtifactAlias'
  | 'ArtifactCollection'
  | 'ArtifactCollectionMembership'
  | 'ArtifactManifest'
  | 'ArtifactType'
  | 'Entity'
  | 'Integration'
  | 'Organization'
  | 'Project'
  | 'ProjectInternalId'
  | 'Run'
  | 'Tag'
  | 'Trigger'
  | 'User'

export function encodeId(type: IdType, id: number): string {
  return Buffer.from(`${type}:${id}`).toString('base64')
}

/** The integer in an id of this type; `undefined` for whatever else, which then names nothing. */
export function decodeId(type: IdType, id: string): number | undefined {
  if (id.length > 100) return undefined
  const decoded = Buffer.from(id, 'base64').toString('latin1')
  const digits = decoded.startsWith(`${type}:`) ? decoded.slice(type.length + 1) : ''
  if (!/^(0|[1-9]\d{0,15})$/.test(digits)) return undefined
  // Node also decodes sloppy base64: only the one spelling we hand out names anything.
  const number = Number(digits)
  return Number.isSafeInteger(number) && encodeId(type, number) === id ? number : undefined
}

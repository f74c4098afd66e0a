import { builder } from '../graphql/builder.ts'
import { decodeId } from '../graphql/ids.ts'
import { notFound, Refusal } from '../refusal.ts'

export const ArtifactAliasInput = builder.inputType('ArtifactAliasInput', {
  fields: (t) => ({
    artifactCollectionName: t.string({ required: true }),
    alias: t.string({ required: true }),
  }),
})

export const TagInput = builder.inputType('TagInput', {
  fields: (t) => ({
    tagName: t.string({ required: true }),
    tagCategoryName: t.string({ description: 'Taken and not kept.' }),
    attributes: t.field({ type: 'JSONString', description: 'Taken and not kept.' }),
  }),
})

/** For administrators of the server alone. */
export const ImportedVersionInput = builder.inputType('ImportedVersionInput', {
  description: 'What a version keeps of where it is brought from. Only administrators of the server may say it.',
  fields: (t) => ({
    versionIndex: t.field({
      type: 'Int64',
      required: true,
      description: 'Above all that the collection has given. Those passed over stay gaps.',
    }),
    createdAt: t.field({ type: 'DateTime', required: true }),
  }),
})

export function importedVersion(
  input: typeof ImportedVersionInput.$inferInput | null | undefined,
): { version: number; createdAt: number } | undefined {
  return input == null ? undefined : { version: input.versionIndex, createdAt: input.createdAt }
}

type AliasInput = typeof ArtifactAliasInput.$inferInput

/**
 * The aliases of an input that go to `collection`, which are all of them.
 *
 * @throws Refusal `alias_invalid` for one that names another collection
 */
export function aliasNames(aliases: readonly AliasInput[] | null | undefined, collection: string): string[] {
  return (aliases ?? []).map(({ alias, artifactCollectionName }) => {
    if (artifactCollectionName === collection) return alias
    throw new Refusal('alias_invalid', `The alias "${alias}" is for another collection than "${collection}"`)
  })
}

export function tagNames(tags: readonly (typeof TagInput.$inferInput)[] | null | undefined): string[] {
  return (tags ?? []).map((tag) => tag.tagName)
}

/** @throws Refusal `not_found` for what is not the id of an artifact */
export function artifactIdOf(id: string): number {
  const number = decodeId('Artifact', id)
  if (number === undefined) throw notFound(`Artifact "${id}"`)
  return number
}

/** @throws Refusal `not_found` for what is not the id of a collection */
export function collectionIdOf(id: string): number {
  const number = decodeId('ArtifactCollection', id)
  if (number === undefined) throw notFound(`Collection "${id}"`)
  return number
}

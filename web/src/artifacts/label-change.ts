import type { Schemas } from '../api/client'
import type { CollectionAddress } from './place'

/** What is about to happen to an alias or a tag of a version, or to a tag of a collection. */
export type LabelChange = { what: 'alias' | 'tag'; kind: 'add' | 'remove'; label: string }

/** What carries aliases or tags: a version or, without a `version`, a collection. */
export type Labelled = CollectionAddress & { version?: string | undefined }

/** The change, as the API is asked what it would set off. */
export function rehearsed({ what, kind, label }: LabelChange): Schemas['VersionChange'] {
  if (what === 'alias') return kind === 'add' ? { addAlias: label } : { removeAlias: label }
  return kind === 'add' ? { addTag: label } : { removeTag: label }
}

export function questionOf({ what, kind, label }: LabelChange): string {
  return kind === 'remove' ? `Remove the ${what} ${label}?` : `Give the ${what} ${label}?`
}

/** What is different afterwards. `from`: the version that an alias is taken from. */
export function sentenceOf(at: Pick<Labelled, 'collection' | 'version'>, change: LabelChange, from?: string): string {
  const { what, kind, label } = change
  const { collection, version } = at
  const name = nameOf(at)
  if (what === 'tag') {
    return kind === 'remove' ? `${name} no longer carries the tag ${label}.` : `${name} gets the tag ${label}.`
  }
  if (kind === 'remove') return `${name} is no longer found as ${collection}:${label}.`
  return from === undefined
    ? `${name} will also be found as ${collection}:${label}.`
    : `${label} moves from ${from} to ${version}: whoever asks for ${collection}:${label} gets ${version}.`
}

export function buttonWords({ what, kind }: LabelChange, isMove: boolean): string {
  if (kind === 'remove') return `Remove ${what}`
  return isMove ? `Move ${what}` : `Give ${what}`
}

export function doneWords(at: Pick<Labelled, 'collection' | 'version'>, { what, kind, label }: LabelChange): string {
  if (kind === 'remove') return `${label} is removed`
  return what === 'alias' ? `${nameOf(at)} is ${label} now` : `${nameOf(at)} has the tag ${label} now`
}

function nameOf({ collection, version }: Pick<Labelled, 'collection' | 'version'>): string {
  return version === undefined ? collection : `${collection}:${version}`
}

import type { ManifestEntry } from '../../artifacts/manifest.ts'

const SCHEME = 'wandb-artifact://'

/** The id of the artifact that a reference points into, as its server writes it; `undefined` for other references. */
function artifactReferredTo(ref: string | null): string | undefined {
  const hex = /^wandb-artifact:\/\/([0-9a-f]+)\//i.exec(ref ?? '')?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString('base64')
}

/** The ids of all artifacts that entries point into. */
export function artifactsReferredTo(entries: readonly ManifestEntry[]): Set<string> {
  return new Set(entries.flatMap(({ ref }) => artifactReferredTo(ref) ?? []))
}

/** The entries with references into artifacts led to where those are now. `ids`: new ids by old ones. */
export function withReferencesTo(ids: ReadonlyMap<string, string>, entries: readonly ManifestEntry[]): ManifestEntry[] {
  return entries.map((entry) => {
    const from = artifactReferredTo(entry.ref)
    const to = from === undefined ? undefined : ids.get(from)
    if (entry.ref === null || to === undefined) return entry
    const path = entry.ref.slice(SCHEME.length).replace(/^[^/]*/, '')
    return { ...entry, ref: `${SCHEME}${Buffer.from(to, 'base64').toString('hex')}${path}` }
  })
}

/** What a version is asked for by: its number in the collection, or an alias there. */
export type VersionName = { kind: 'number'; version: number } | { kind: 'alias'; alias: string }

/** `v3` is version 3; everything else is an alias. */
export function parseVersionName(text: string): VersionName {
  const digits = /^v(0|[1-9]\d{0,14})$/.exec(text)?.[1]
  return digits === undefined ? { kind: 'alias', alias: text } : { kind: 'number', version: Number(digits) }
}

export function formatVersion(version: number): string {
  return `v${version}`
}

/** `collection:v3`, `collection:alias`, or `collection`, which means its `latest`. */
export function parseVersionPath(text: string): { collection: string; version: VersionName } {
  const colon = text.indexOf(':')
  if (colon === -1) return { collection: text, version: { kind: 'alias', alias: 'latest' } }
  return { collection: text.slice(0, colon), version: parseVersionName(text.slice(colon + 1) || 'latest') }
}

import type { ColumnTypes } from '../migrate.ts'

/**
 * Which versions refer to which: entries `wandb-artifact://<key>/<path>`, found by the version and by the key. Other
 * references are in neither index, so that they cost nothing. A key of ours has at most 72 characters; more of what
 * somebody else may write would be too long for an index.
 */
export function statements({ engine }: ColumnTypes): string[] {
  const key =
    engine === 'postgres'
      ? "split_part(substr(ref, 18, 80), '/', 1)"
      : "substr(substr(ref, 18, 80), 1, instr(substr(ref, 18, 80), '/') - 1)"
  const isReference = "substr(ref, 1, 17) = 'wandb-artifact://'"
  return [
    `create index manifest_entries_by_reference on manifest_entries ((${key}), artifact_id) where ${isReference}`,
    `create index manifest_entries_by_referring on manifest_entries (artifact_id, (${key})) where ${isReference}`,
  ]
}

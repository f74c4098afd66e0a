import type { ColumnTypes } from '../migrate.ts'

/** The run that writes a manifest: of an artifact that several runs make together, each has its own. */
export function statements(_: ColumnTypes): string[] {
  return ['alter table manifests add column run_id bigint references runs (id)']
}

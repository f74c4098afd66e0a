import type { ColumnTypes } from '../migrate.ts'

/** The workspace and channel of a webhook that notifications go to, as JSON; null for all others. */
export function statements({ text }: ColumnTypes): string[] {
  return [`alter table webhooks add column slack ${text}`]
}

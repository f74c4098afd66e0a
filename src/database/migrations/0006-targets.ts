import type { ColumnTypes } from '../migrate.ts'

/**
 * What a webhook's receiver is, by whose rule its answers are judged, and what the receiver calls the thing it made.
 *
 * The names of the targets are not listed in a check: SQLite cannot change one, and there will be more of them.
 */
export function statements({ text }: ColumnTypes): string[] {
  return [
    `alter table webhooks add column target ${text} not null default 'generic' check (target <> '')`,
    `alter table attempts add column remote_id ${text}`,
    `alter table attempts add column remote_url ${text}`,
  ]
}

/** Collections that are made before their first version, and restricted registries that are gone. */
export function statements(): string[] {
  return [
    // 1: somebody made it by itself, so it is shown although it never had a version.
    'alter table collections add column is_declared bigint not null default 0',
    // Of restricted registries only: the row and its members stay, so that what happened there stays hidden from others.
    'alter table projects add column deleted_at bigint',
  ]
}

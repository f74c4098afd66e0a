/** What a screen of everything that fired asks by. */
export function statements(): string[] {
  return [
    // Deleted ones too: their history stays in the lists.
    'create index automations_of_entity on automations (entity_id, id)',
    // Few are skipped, so that what is matched costs no more than it did.
    "create index executions_skipped on executions (automation_id, created_at, id) where state = 'skipped'",
  ]
}

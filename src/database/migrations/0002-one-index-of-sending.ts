/**
 * What is being sent is in one index instead of two: every delivery comes into it and leaves it again. Leases that have
 * lapsed are found by walking it whole, which is as long as there are requests open.
 */
export function statements(): string[] {
  return [
    'drop index deliveries_leased',
    'drop index deliveries_sending',
    "create index deliveries_sending on deliveries (webhook_id, lease_until) where state = 'sending'",
  ]
}

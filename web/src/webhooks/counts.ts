/** Counted no further by the server. */
const OPEN_COUNT_MAX = 1_000

/** Such as "3 deliveries". */
export function openDeliveries(count: number): string {
  if (count >= OPEN_COUNT_MAX) return `${OPEN_COUNT_MAX} deliveries or more`
  return count === 1 ? '1 delivery' : `${count === 0 ? 'no' : count} deliveries`
}

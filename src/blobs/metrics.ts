import { Counter, type Registry } from 'prom-client'

/** What a server removes. */
export function createGarbageMetrics(registry: Registry) {
  const blobs = new Counter({
    name: 'tripline_blobs_removed_total',
    help: 'Blobs removed because nothing referred to them.',
    registers: [registry],
  })
  const bytes = new Counter({
    name: 'tripline_blobs_removed_bytes_total',
    help: 'Their bytes.',
    registers: [registry],
  })
  return {
    removed(garbage: { count: number; bytes: number }) {
      blobs.inc(garbage.count)
      bytes.inc(garbage.bytes)
    },
  }
}

import { Counter, Histogram, type Registry } from 'prom-client'
import type { HealthChange } from '../webhooks/operations.ts'
import type { AttemptResult } from './attempt.ts'
import type { ClaimedDelivery } from './store.ts'

/** What a worker counts. Labels are states and reasons, never a tenant, a webhook or an automation. */
export function createDeliveryMetrics(registry: Registry) {
  const attempts = new Counter({
    name: 'tripline_delivery_attempts_total',
    help: 'Attempts by what came of them.',
    labelNames: ['verdict', 'reason'] as const,
    registers: [registry],
  })
  const latency = new Histogram({
    name: 'tripline_delivery_first_attempt_seconds',
    help: 'Time from the event to the end of the first attempt.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120],
    registers: [registry],
  })
  const fenced = new Counter({
    name: 'tripline_delivery_late_answers_total',
    help: 'Answers dropped because the lease had lapsed and another worker had claimed the delivery.',
    registers: [registry],
  })
  const health = new Counter({
    name: 'tripline_webhook_health_changes_total',
    help: 'Circuits of webhooks that opened or closed, and webhooks paused because their receivers only failed.',
    labelNames: ['change'] as const,
    registers: [registry],
  })
  return {
    healthChanged(change: HealthChange['change']) {
      health.inc({ change })
    },
    settled(result: AttemptResult, delivery: ClaimedDelivery, nowMs: number) {
      attempts.inc({ verdict: result.settlement.state, reason: result.settlement.reason ?? 'none' })
      if (delivery.claim_count === 1) latency.observe(Math.max(0, nowMs - delivery.created_at) / 1_000)
    },
    fenced() {
      fenced.inc()
    },
  }
}

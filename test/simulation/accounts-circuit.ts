import type { Selectable } from 'kysely'
import type { AttemptRow } from '../../src/database/schema.ts'
import type { Commit, Row, Webhook } from './accounts-rows.ts'

const OPENS_AT = 10
const COOL_DOWN_MS_MIN = 30_000
const COOL_DOWN_MS_MAX = 5 * 60_000

/**
 * Points of a receiver that is out, counted twice: what an acceptance means that was claimed before a worker could know
 * of the failures is not certain.
 */
type Circuit = {
  /** At least so many, in a row. */
  sure: number
  /** At most so many. */
  possible: number
  /** How often it was opened, or a probe failed, for certain. */
  trips: number
  heldUntilMs: number
  lastFailureAtMs: number
}

/** What docs/webhooks.md promises of a receiver that is out. */
export type CircuitBook = {
  enter(commit: Commit, claimedAtMs: (row: Row) => number | undefined): void
  checkClaim(row: Row, sending: number): void
}

export function openCircuitBook(fault: (what: string) => void, now: () => number): CircuitBook {
  const circuits = new Map<number, Circuit>()
  let webhooks: Commit['webhooks'] = new Map()
  const newCircuit = (): Circuit => ({
    sure: 0,
    possible: 0,
    trips: 0,
    heldUntilMs: 0,
    lastFailureAtMs: Number.NEGATIVE_INFINITY,
  })
  const isOpen = (circuit: Circuit | undefined) => circuit !== undefined && circuit.sure >= OPENS_AT

  function enter(commit: Commit, claimedAtMs: (row: Row) => number | undefined): void {
    webhooks = commit.webhooks
    const byWebhook = Map.groupBy(commit.attempts, ({ delivery_id }) => commit.rows.get(delivery_id)!.webhook_id)
    for (const webhook of webhooks.values()) {
      const was = commit.webhooksBefore.get(webhook.id)
      const attempts = byWebhook.get(webhook.id) ?? []
      const circuit = circuits.get(webhook.id) ?? newCircuit()
      circuits.set(webhook.id, circuit)
      if (attempts.length === 0) {
        // Somebody said that it is well.
        if (webhook.failing_since === null && was?.failing_since != null) circuits.set(webhook.id, newCircuit())
        continue
      }
      circuit.heldUntilMs = was?.held_until ?? 0
      const wasOpen = was?.circuit_opened_at != null
      for (const attempt of attempts) {
        observe(circuit, attempt, { wasOpen, claimedAtMs: claimedAtMs(commit.rows.get(attempt.delivery_id)!) ?? 0 })
      }
      check(circuit, webhook, was)
    }
  }

  function observe(
    circuit: Circuit,
    attempt: Selectable<AttemptRow>,
    { wasOpen, claimedAtMs }: { wasOpen: boolean; claimedAtMs: number },
  ): void {
    if (attempt.outcome === 'interrupted') return
    const isAccepted = attempt.reason === 'accepted'
    const isOut = attempt.outcome !== 'answered' || attempt.reason === 'receiver_error'
    if (!isOut) {
      circuit.sure = 0
      circuit.trips = 0
      circuit.heldUntilMs = 0
      if (!isAccepted || claimedAtMs > circuit.lastFailureAtMs) circuit.possible = 0
      if (!isAccepted) circuit.lastFailureAtMs = now()
      return
    }
    const isLate = (wasOpen || isOpen(circuit)) && now() < circuit.heldUntilMs
    const points = attempt.outcome === 'timed-out' ? 2 : 1
    circuit.sure += points
    circuit.possible += points
    circuit.lastFailureAtMs = now()
    // One that ends during the cool-down was begun before, so it is no probe.
    if (!isOpen(circuit) || isLate) return
    circuit.trips += 1
    const coolDownMs = Math.min(COOL_DOWN_MS_MAX, COOL_DOWN_MS_MIN * 2 ** (circuit.trips - 1))
    circuit.heldUntilMs = Math.max(circuit.heldUntilMs, now() + coolDownMs)
  }

  function check(circuit: Circuit, webhook: Webhook, was: Webhook | undefined): void {
    const isRowOpen = webhook.circuit_opened_at !== null
    if (isOpen(circuit)) {
      if (!isRowOpen) fault(`the circuit of ${webhook.name} is closed after ${circuit.sure} points`)
      const leftMs = circuit.heldUntilMs - (webhook.held_until ?? 0)
      if (leftMs > 0) fault(`the circuit of ${webhook.name} lets a probe through ${leftMs} ms too early`)
    }
    const hasOpened = isRowOpen && was?.circuit_opened_at == null
    if (hasOpened && circuit.possible < OPENS_AT) {
      fault(`the circuit of ${webhook.name} has opened after ${circuit.possible} points`)
    }
  }

  /** `sending`: deliveries that are being sent to its webhook, this one among them. */
  function checkClaim(row: Row, sending: number): void {
    const webhook = webhooks.get(row.webhook_id)!
    const circuit = circuits.get(row.webhook_id)
    if (isOpen(circuit) && now() < circuit!.heldUntilMs) fault(`delivery ${row.id} is claimed during a cool-down`)
    if ((isOpen(circuit) || webhook.circuit_opened_at !== null) && sending > 1) {
      fault(`delivery ${row.id} is claimed beside the probe of ${webhook.name}`)
    }
  }

  return { enter, checkClaim }
}

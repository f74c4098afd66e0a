/** In `file`, below `src`, stands `after` wherever `before` stood. */
export type Edit = readonly [file: string, before: string, after: string]
/** `seedsMax`: within so many seeds it is found. */
export type Mutant = { name: string; edits: readonly Edit[]; found: RegExp; seedsMax: number }

const STORE = 'deliveries/store.ts'
const ORDER = 'deliveries/store-order.ts'

/** Faults of order, of one delivery for many events, of rate limits and of circuits. */
export const PACING_MUTANTS: readonly Mutant[] = [
  {
    name: 'the order of a webhook is not kept',
    edits: [
      [
        'deliveries/operations-claiming.ts',
        'key === null ? [] : [{ id, automationId',
        "key !== '' ? [] : [{ id, automationId",
      ],
    ],
    found: /comes first/,
    seedsMax: 30,
  },
  {
    name: 'the order of aliases is that of their collection',
    edits: [['deliveries/ordering.ts', "webhook.order === 'collection' || alias === null", "webhook.order !== 'none'"]],
    found: /although nothing comes before it|is superseded by/,
    seedsMax: 100,
  },
  {
    name: 'the next of an order goes out while the one before it waits for its retry',
    edits: [
      [
        'deliveries/worker.ts',
        "order_key !== null && state !== 'pending' ? [id] : []",
        'order_key !== null ? [id] : []',
      ],
    ],
    found: /comes first/,
    seedsMax: 100,
  },
  {
    name: 'what waits for one that has ended is not released',
    edits: [[ORDER, "and waits_for is not null and state = 'pending'", 'and 1 = 0']],
    found: /although nothing comes before it/,
    seedsMax: 30,
  },
  {
    name: 'a new delivery does not wait for what is tried again',
    edits: [[ORDER, 'and d.settled_at is null\n    order', "and d.state = 'sending'\n    order"]],
    found: /comes first|takes its place/,
    seedsMax: 100,
  },
  {
    name: 'the newest is superseded by the one before it',
    edits: [
      ['deliveries/ordering.ts', '[automationId, id]) : [])', '[automationId, id]).reverse() : [])'],
      [
        'deliveries/ordering.ts',
        'const newest = new Map(newestWins ? fresh',
        'const newest = new Map(newestWins ? [...fresh]',
      ],
    ],
    found: /superseded/,
    seedsMax: 300,
  },
  {
    name: 'the newest is superseded by what waits',
    edits: [['deliveries/ordering.ts', 'newestWins ? fresh.map', 'newestWins ? [...fresh, ...before].map']],
    found: /is superseded by/,
    seedsMax: 100,
  },
  {
    name: 'what is being sent is superseded',
    edits: [
      ['deliveries/ordering.ts', 'by !== id && !isSending', 'by !== id'],
      [
        ORDER,
        'where deliveries.id = ${item.id} and ${IS_PENDING}`,\n)\n\n/** Make due',
        'where deliveries.id = ${item.id}`,\n)\n\n/** Make due',
      ],
      [
        ORDER,
        'settled_at = ${engine.nowMs(input.nowMs)}\n',
        'settled_at = ${engine.nowMs(input.nowMs)}, lease_owner = null, lease_until = null\n',
      ],
    ],
    found: /superseded/,
    seedsMax: 100,
  },
  {
    name: 'the newest takes the place of no other',
    edits: [['deliveries/ordering.ts', 'new Map(newestWins ?', 'new Map(newestWins && false ?']],
    found: /takes its place \(newer_delivery\)/,
    seedsMax: 100,
  },
  {
    name: 'the newest takes the place of other automations',
    edits: [
      ['deliveries/ordering.ts', 'const by = newest.get(automationId)', 'const by = [...newest.values()].at(-1)'],
    ],
    found: /is superseded by/,
    seedsMax: 100,
  },
  {
    name: 'what debounces is sent at once',
    edits: [[ORDER, 'next_attempt_at = ${due}', 'next_attempt_at = ${engine.nowMs(input.nowMs)}']],
    found: /is due \d+ ms too early|before its time is over/,
    seedsMax: 30,
  },
  {
    name: 'each event prolongs the time of those before it',
    edits: [['deliveries/operations-digest.ts', 'due_at: first?.digest_due_at ?? null', 'due_at: null']],
    found: /is due \d+ ms too late/,
    seedsMax: 30,
  },
  {
    name: 'the end of a pause ends the time',
    edits: [
      [STORE, '.where(sql<boolean>`(digest_due_at is null or digest_due_at <= ${engine.nowMs(input.nowMs)})`)', ''],
    ],
    found: /hastened|before its time is over/,
    seedsMax: 300,
  },
  {
    name: 'the end of a pause sends what has to wait',
    edits: [[STORE, "    .where('waits_for', 'is', null)\n", '']],
    found: /comes first/,
    seedsMax: 300,
  },
  {
    name: 'an event is left out of those it is gathered with',
    edits: [
      [
        'deliveries/operations-digest.ts',
        'const waiting = before.get(key) ?? []',
        'const waiting = (before.get(key) ?? []).filter(({ digest_count }) => digest_count < 2)',
      ],
    ],
    found: /takes its place \(digested\)/,
    seedsMax: 100,
  },
  {
    name: 'events that are gathered are counted wrong',
    edits: [['deliveries/operations-digest.ts', 'sum + row.digest_count, ofKey.length)', 'sum + 1, ofKey.length)']],
    found: /events, not/,
    seedsMax: 100,
  },
  {
    name: 'what gathers goes on gathering after it was sent',
    edits: [[ORDER, '\n      and d.claim_count = 0\n', '\n']],
    found: /is superseded by/,
    seedsMax: 300,
  },
  {
    name: 'a replay as now forgets how many events it stands for',
    edits: [['deliveries/store-replays.ts', 'n.digest_count, n.digest_first, n.id', '1, null, n.id']],
    found: /tells of 1 events/,
    seedsMax: 300,
  },
  {
    name: 'the firings of an automation are not counted',
    edits: [['automations/operations-pacing.ts', 'if (freeAt !== rate.freeAt) await', 'if (false) await']],
    found: /fired \d+ times within/,
    seedsMax: 30,
  },
  {
    name: 'what one change fires counts once',
    edits: [
      ['automations/operations-pacing.ts', 'takeExecution(rateLimit, freeAt,', 'takeExecution(rateLimit, rate.freeAt,'],
    ],
    found: /fired \d+ times within/,
    seedsMax: 100,
  },
  {
    name: 'an automation is limited more than it should be',
    edits: [
      ['automations/pacing.ts', 'Math.max(freeAt, nowMs) + windowMs / count', 'Math.max(freeAt, nowMs) + windowMs'],
    ],
    found: /although its limit allows it/,
    seedsMax: 100,
  },
  {
    name: 'an execution that is skipped is not written down',
    edits: [
      [
        'automations/operations-matching.ts',
        'const executions = matches.map(',
        "const executions = matches.filter(({ reason }) => reason !== 'rate_limited').map(",
      ],
    ],
    found: /fired .* automations, not/,
    seedsMax: 30,
  },
  {
    name: 'the rate limit of a webhook is not kept by its claims',
    edits: [['deliveries/store.ts', 'if (taken.length > 0) await takeSlots(tx, taken, { nowMs })', '']],
    found: /before its rate limit allows it/,
    seedsMax: 100,
  },
  {
    name: 'the rate limit of a webhook is not kept by changes',
    edits: [['deliveries/operations-claiming.ts', 'takeSlots(tx, taken, { nowMs })', 'Promise.resolve([])']],
    found: /before its rate limit allows it/,
    seedsMax: 300,
  },
  {
    name: 'a circuit never opens',
    edits: [['webhooks/health.ts', 'const OUTAGE_POINTS_MAX = 10', 'const OUTAGE_POINTS_MAX = 1e9']],
    found: /is closed after \d+ points/,
    seedsMax: 100,
  },
  {
    name: 'a circuit opens too early',
    edits: [['webhooks/health.ts', 'const OUTAGE_POINTS_MAX = 10', 'const OUTAGE_POINTS_MAX = 8']],
    found: /has opened after \d points/,
    seedsMax: 100,
  },
  {
    name: 'a circuit that is half open lets more than one request through',
    edits: [['deliveries/store-room.ts', 'else 1 end', 'else w.concurrency_max end']],
    found: /beside the probe/,
    seedsMax: 300,
  },
  {
    name: 'a probe that fails puts off the next no longer',
    edits: [['webhooks/health.ts', 'COOL_DOWN_MS_MIN * 2 ** Math.min(trips - 1, 10)', 'COOL_DOWN_MS_MIN']],
    found: /lets a probe through/,
    seedsMax: 300,
  },
  {
    name: 'what a receiver asks for holds only the delivery that it answered',
    edits: [['deliveries/verdict.ts', "holdMs: course === 'retry' ? holdMs(reason, retryAfterMs) : 0", 'holdMs: 0']],
    found: /leaves its webhook no peace/,
    seedsMax: 100,
  },
]

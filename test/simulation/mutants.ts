import { type Mutant, PACING_MUTANTS } from './mutants-pacing.ts'

const STORE = 'deliveries/store.ts'

/** Faults that the simulation finds: `docs/simulation.md` lists them. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'late answers are not fenced off by the claim count',
    edits: [[STORE, ' and deliveries.claim_count = ${item.claim}', '']],
    found: /claim that is not the present one|counts an attempt that is not in its history|without an attempt/,
    seedsMax: 300,
  },
  {
    name: 'late answers are not fenced off at all',
    edits: [[STORE, 'and deliveries.lease_owner = ${item.worker} and deliveries.claim_count = ${item.claim}', '']],
    found:
      /claim that is not the present one|counts an attempt that is not in its history|from a worker whose lease|does not hold its lease|without an attempt|without being claimed/,
    seedsMax: 100,
  },
  {
    name: 'lapsed leases are not reclaimed',
    edits: [['deliveries/worker.ts', 'await world.db.transaction((tx) => reclaimLapsed(tx, world.now()))', '']],
    found: /not come to rest|never ended/,
    seedsMax: 30,
  },
  {
    name: 'the leases of the living are ended when a worker starts',
    edits: [
      [
        'deliveries/worker.ts',
        'if (world.db.engine.isExclusive) await world.db.transaction',
        'await world.db.transaction',
      ],
    ],
    found: /changed hands/,
    seedsMax: 100,
  },
  {
    name: 'a send begins however little of its lease is left',
    edits: [
      ['deliveries/worker.ts', 'leaseLeftMs >= LEASE_LEFT_MS_MIN ?', 'leaseLeftMs >= Number.NEGATIVE_INFINITY ?'],
    ],
    found: /without a lease that lasts|open requests/,
    seedsMax: 100,
  },
  {
    name: 'a worker rests whatever falls due',
    edits: [
      ['deliveries/worker.ts', 'await rest(Math.min(waitMs, POLL_MS_MAX[world.db.engine.name]))', 'await rest(60_000)'],
    ],
    found: /with nothing in its way/,
    seedsMax: 30,
  },
  {
    name: 'a time-out is judged as success',
    edits: [['deliveries/verdict.ts', "answer_timed_out: { course: 'retry'", "answer_timed_out: { course: 'succeed'"]],
    found: /succeeded although nobody said so/,
    seedsMax: 30,
  },
  {
    name: 'a retry has no delay',
    edits: [[STORE, 'then ${now} + ${item.delay_ms} end', 'then ${now} end']],
    found: /tried again after 0 ms/,
    seedsMax: 30,
  },
  {
    name: 'what the receiver asks for is not waited for',
    edits: [['deliveries/retry-schedule.ts', 'Math.max(delayMs, askedMs)', 'delayMs']],
    found: /by the schedule/,
    seedsMax: 100,
  },
  {
    name: 'the schedule ends one attempt early',
    edits: [['deliveries/retry-schedule.ts', '  20 * HOUR_MS,\n  24 * HOUR_MS,\n', '  20 * HOUR_MS,\n']],
    found: /given up before its schedule was spent/,
    seedsMax: 100,
  },
  {
    name: 'the attempt count is not raised',
    edits: [[STORE, 'attempt_count = attempt_count + ${item.attempts},', 'attempt_count = attempt_count,']],
    found: /counts 0 attempts/,
    seedsMax: 10,
  },
  {
    name: 'an attempt cut off by a stop counts against the schedule',
    edits: [
      [
        'deliveries/attempt.ts',
        "case 'proxy-failed':\n      return true",
        "case 'proxy-failed':\n    case 'interrupted':\n      return true",
      ],
    ],
    found: /counts 1 attempts for one that was interrupted/,
    seedsMax: 300,
  },
  {
    name: 'a claim is not counted',
    edits: [
      [STORE, 'claim_count = claim_count + 1,\n      lease_owner', 'claim_count = claim_count,\n      lease_owner'],
    ],
    found: /without being counted/,
    seedsMax: 10,
  },
  {
    name: 'what is not due yet is claimed',
    edits: [
      [
        STORE,
        'and d.webhook_id = ${item.webhook_id} and d.next_attempt_at <= ${engine.nowMs(input.nowMs)}',
        'and d.webhook_id = ${item.webhook_id}',
      ],
    ],
    found: /before it was due/,
    seedsMax: 100,
  },
  {
    name: 'the newest is claimed first',
    edits: [
      [
        STORE,
        'order by d.next_attempt_at, d.id limit ${item.room}',
        'order by d.next_attempt_at desc, d.id limit ${item.room}',
      ],
    ],
    found: /was claimed before/,
    seedsMax: 100,
  },
  {
    name: 'the cap of a webhook is not counted',
    edits: [['deliveries/store-room.ts', 'else 1 end - ${sending})', 'else 1 end)']],
    found: /are being sent to|open requests/,
    seedsMax: 30,
  },
  {
    name: 'paused webhooks are claimed for',
    edits: [[STORE, ' and w.paused_at is null\n        and (cast(${input.mode}', ' and (cast(${input.mode}']],
    found: /although its webhook is paused/,
    seedsMax: 100,
  },
  {
    name: 'a change claims for paused webhooks',
    edits: [
      [
        STORE,
        'and w.paused_at is null and w.deleted_at is null\n      and not exists',
        'and w.deleted_at is null\n      and not exists',
      ],
    ],
    found: /although its webhook is paused/,
    seedsMax: 300,
  },
  {
    name: 'a change claims whatever else waits',
    edits: [
      [
        STORE,
        "where d.state = 'pending' and d.webhook_id = w.id and d.next_attempt_at <= ${engine.nowMs(input.nowMs)})",
        'where 1 = 0)',
      ],
    ],
    found: /although delivery \d+ waits/,
    seedsMax: 30,
  },
  {
    name: 'the body is rendered anew at each claim',
    edits: [
      ['deliveries/operations-claiming.ts', 'if (delivery.body !== null) {', "if (delivery.body === '') {"],
      [STORE, ' and d.body is null', ''],
    ],
    found: /another body than before/,
    seedsMax: 30,
  },
  {
    name: 'events are matched after the transaction of their change',
    edits: [
      [
        'events/operations-recording.ts',
        'await fireAutomations(world, tx, firings, isLast)',
        `world.db.afterCommit(() => {
           world.db.transaction((later) => fireAutomations(world, later, firings, false)).catch(() => {})
         })`,
      ],
    ],
    found: /fired no automations/,
    seedsMax: 10,
  },
  {
    name: 'deliveries are put into the queue after the transaction of their change',
    edits: [
      [
        'automations/operations-matching.ts',
        'await enqueueDeliveries(world, tx, drafts, readiness, isLast)',
        `world.db.afterCommit(() => {
           world.db.transaction((later) => enqueueDeliveries(world, later, drafts, readiness, false)).catch(() => {})
         })`,
      ],
    ],
    found: /execution without its delivery/,
    seedsMax: 10,
  },
  {
    name: 'what is to follow a commit follows a failure, too',
    edits: [['database/after-commit.ts', 'acts.push(act)', 'act()']],
    found: /never committed/,
    seedsMax: 100,
  },
  {
    name: 'a change hands its deliveries over before it has committed',
    edits: [
      ['deliveries/operations-claiming.ts', 'world.db.afterCommit(() => {\n', '{\n'],
      ['deliveries/operations-claiming.ts', 'world.wakeWorkers()\n  })', 'world.wakeWorkers()\n  }'],
    ],
    found: /never committed/,
    seedsMax: 30,
  },
  {
    name: 'a delivery that is given back fails',
    edits: [
      [
        'deliveries/attempt.ts',
        "state: 'pending', reason: null, delayMs: 0, attempt: null",
        "state: 'failed', reason: 'interrupted', delayMs: 0, attempt: null",
      ],
    ],
    found: /ended as failed without an attempt/,
    seedsMax: 300,
  },
  {
    name: 'a settlement keeps the lease',
    edits: [
      [
        STORE,
        'then null else ${now} end,\n        lease_owner = null,\n        lease_until = null,\n        last_status',
        'then null else ${now} end,\n        last_status',
      ],
    ],
    found: /not come to rest|never ended|without an attempt/,
    seedsMax: 10,
  },
  ...PACING_MUTANTS,
]

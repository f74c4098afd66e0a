import { NO_PACING, type Pacing } from '../../src/automations/pacing.ts'
import type { DeliveryOrder } from '../../src/webhooks/delivery-order.ts'
import type { Dice } from './dice.ts'
import type { DatabaseFaults } from './faulty-database.ts'
import { AUTOMATIONS, WEBHOOKS } from './fixture.ts'
import type { Temper } from './network.ts'

export type HookSettings = { order: DeliveryOrder; newestWins: boolean; rateLimitPerMinute: number | null }

const PLAIN_HOOK: HookSettings = { order: 'none', newestWins: false, rateLimitPerMinute: null }

/** What is to happen in one history. */
export type Plan = {
  isShared: boolean
  processes: number
  storms: number
  faults: DatabaseFaults
  tempers: Temper[]
  caps: number[]
  hooks: HookSettings[]
  pacings: Pacing[]
  /** Per storm, at the most. */
  deaths: number
  freezes: number
  stops: number
  pauses: number
  changes: number
  replays: number
  settings: number
}

/** Each history has some kinds of trouble and not others: all of them at once would hide what one of them can do. */
export function drawPlan(dice: Dice): Plan {
  const isShared = dice.chance(0.6)
  const isPlain = dice.chance(0.3)
  const sometimes = (probability: number, most: number) => (dice.chance(0.5) ? dice.random() * most * probability : 0)
  return {
    isShared,
    processes: isShared ? dice.between(2, 3) : 1,
    storms: dice.between(1, 2),
    faults: {
      beforeCommit: sometimes(1, 0.1),
      afterCommit: sometimes(1, 0.1),
      diesBeforeCommit: sometimes(1, 0.04),
      diesAfterCommit: sometimes(1, 0.04),
      read: sometimes(1, 0.1),
      slow: sometimes(1, 0.2),
      stuck: sometimes(1, 0.06),
      lostSignal: isShared ? sometimes(1, 0.5) : 0,
    },
    tempers: WEBHOOKS.map(() => drawTemper(dice)),
    caps: WEBHOOKS.map(() => dice.between(1, 4)),
    hooks: WEBHOOKS.map(() => (isPlain ? PLAIN_HOOK : drawHookSettings(dice))),
    pacings: AUTOMATIONS.map(() => (isPlain ? NO_PACING : drawPacing(dice))),
    deaths: dice.pick([0, 1, 2, 3]),
    freezes: dice.pick([0, 0, 1, 2]),
    stops: dice.pick([0, 0, 1, 2]),
    pauses: dice.pick([0, 0, 1, 2]),
    changes: dice.between(3, 7),
    replays: dice.pick([0, 0, 1, 2]),
    settings: isPlain ? 0 : dice.pick([0, 0, 1, 2]),
  }
}

function drawTemper(dice: Dice): Temper {
  switch (dice.weighted({ good: 4, mixed: 5, slow: 3, broken: 1, strict: 1 })) {
    case 'good':
      return { accepts: 1 }
    case 'slow':
      return { accepts: 1, acceptsSlowly: 4, acceptsAndHangs: 1, hangs: 1 }
    case 'broken':
      return { fails: 1, refusesConnections: 1, hangs: 1 }
    case 'strict':
      return { accepts: 4, isUnauthorized: 2, rejects: 1, isGone: 0.5, isBusy: 2 }
    case 'mixed':
      return {
        accepts: 6,
        acceptsSlowly: 1,
        acceptsAndHangs: 1,
        acceptsAndResets: 1,
        acceptsAndItsSenderDies: 0.5,
        refusesConnections: 1,
        hangs: 1,
        fails: 1,
        isBusy: 1,
      }
  }
}

/** The limits are below those that let several requests begin at once. */
export function drawHookSettings(dice: Dice): HookSettings {
  const order = dice.weighted({ none: 4, collection: 3, alias: 2 })
  return {
    order,
    newestWins: order !== 'none' && dice.chance(0.5),
    rateLimitPerMinute: dice.chance(0.25) ? dice.pick([4, 10, 30]) : null,
  }
}

export function drawPacing(dice: Dice): Pacing {
  return {
    rateLimit: dice.chance(0.25) ? { count: dice.between(1, 3), seconds: dice.pick([10, 60, 300]) } : null,
    holdPerMinute: null,
    debounceSeconds: dice.chance(0.3) ? dice.pick([5, 20, 90]) : null,
  }
}

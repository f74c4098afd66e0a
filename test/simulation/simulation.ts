/**
 * Goal: no schedule of faults may lose a delivery, invent one, leave one unsettled or send one as it should not be sent.
 *
 * Method: the production worker, enqueueing, matching, verdicts and SQL, on the embedded engine. What is not ours (the
 * clock, the network, the way to the database, the life of a process) is simulated and drawn from a seed. One seed is one
 * history: storms, in which processes die, freeze and stop while the database and the receivers misbehave, and calms, in
 * which time leaps from one retry to the next. `accounts.ts` watches every commit and every request.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { updateAutomation } from '../../src/automations/operations.ts'
import type { Pacing } from '../../src/automations/pacing.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { replayDelivery } from '../../src/deliveries/operations.ts'
import { createWorker, type Worker } from '../../src/deliveries/worker.ts'
import { recordEvents } from '../../src/events/operations.ts'
import { updateWebhook } from '../../src/webhooks/operations.ts'
import type { LocalWorker, World } from '../../src/world.ts'
import { openAccounts } from './accounts.ts'
import { createDice } from './dice.ts'
import {
  DatabaseFault,
  faultyDatabase,
  NO_DATABASE_FAULTS,
  type SharedDatabase,
  type UnderWay,
} from './faulty-database.ts'
import {
  AUTOMATIONS,
  aliasAdded,
  CALLER,
  type Change,
  COLLECTIONS,
  COMMON,
  copyTemplate,
  nameOfChange,
  START_MS,
  settingUp,
  TEAM,
  WEBHOOKS,
} from './fixture.ts'
import { createLife, type Life } from './life.ts'
import { type Network, sendingOver } from './network.ts'
import { drawHookSettings, drawPacing, drawPlan, type HookSettings } from './plan.ts'
import { createSchedule } from './schedule.ts'

/** What a history came to. The same seed gives the same trace. */
export type History = { seed: number; faults: string[]; trace: string[]; hash: string }

/** More than any history needs: one that takes longer does not come to rest. */
const STEPS_MAX = 40_000

const SECOND = 1_000

/** A storm's slowest answers of the database come that much later. */
const SETTLING_MS = 90 * SECOND

type Process = { life: Life; world: World; worker: Worker; isReady: boolean; isStopping: boolean }

/** - `template`: of `makeTemplate`. */
export async function simulate(seed: number, template: string): Promise<History> {
  const dice = createDice(seed)
  const schedule = createSchedule(dice, START_MS)
  const plan = drawPlan(dice)
  const lines: string[] = []
  const trace = (line: string) => lines.push(`${schedule.nowMs() - START_MS} ${line}`)
  trace(`seed ${seed}: ${JSON.stringify(plan)}`)

  const copy = copyTemplate(template)
  const inner = await openSqlite({ directory: copy.directory })
  const underWay = new Set<UnderWay>()
  const processes: (Process | undefined)[] = Array.from({ length: plan.processes }, () => undefined)
  const lives = processes.map(() => 0)
  let isCalm = true
  let calmSinceMs = START_MS
  let changes = 0

  function died(life: Life, how: string): void {
    trace(`${life.name} dies ${how}`)
    life.die()
    const place = processes.findIndex((process) => process?.life === life)
    if (place >= 0) processes[place] = undefined
    schedule.after(isCalm ? 0 : dice.between(10, 20 * SECOND), () => begin(place))
  }

  const network: Network = {
    dice,
    schedule,
    tempers: new Map(WEBHOOKS.map((name, index) => [name, plan.tempers[index]!])),
    requests: [],
    underWay,
    trace,
    began: (request) => accounts.requestBegan(request),
    died,
  }
  const shared: SharedDatabase = {
    dice,
    schedule,
    inner,
    isShared: plan.isShared,
    faults: NO_DATABASE_FAULTS,
    listeners: new Set(),
    underWay,
    trace,
    committed: (life) => accounts.committed(life),
    died,
  }
  await inner.transaction(async (tx) => {
    for (const [index, cap] of plan.caps.entries()) {
      await tx
        .updateTable('webhooks')
        .set({ concurrency_max: cap })
        .where('id', '=', index + 1)
        .execute()
    }
  })
  const webhookIds = await inner.read.selectFrom('webhooks').select('public_id').orderBy('id').execute()
  for (const [index, settings] of plan.hooks.entries()) {
    if (settings.order !== 'none' || settings.rateLimitPerMinute !== null)
      await updateHook(settingUp(inner), index, settings)
  }
  for (const [index, pacing] of plan.pacings.entries()) {
    if (pacing.rateLimit !== null || pacing.debounceSeconds !== null)
      await updatePacing(settingUp(inner), index, pacing)
  }
  const accounts = openAccounts({
    file: join(copy.directory, 'tripline.db'),
    schedule,
    network,
    isShared: plan.isShared,
    trace,
  })

  /** A process starts, as `startServer` does it, in the place of one that has gone. */
  function begin(place: number): void {
    if (place < 0 || processes[place] !== undefined) return
    lives[place]! += 1
    const life = createLife(`p${place + 1}.${lives[place]}`, schedule)
    const db = faultyDatabase(life, shared)
    const world: World & { worker: LocalWorker | undefined } = {
      ...COMMON,
      // Another at each start, as an operator may change it: what is rendered twice comes out different.
      config: { ...COMMON.config, publicUrl: `https://${life.name}.example.com` },
      db,
      clock: life.clock,
      now: schedule.nowMs,
      random: dice.random,
      wakeWorkers: () => db.announce(),
      worker: undefined,
      log: logOf(life, trace),
      sender: sendingOver(network, life),
      // Nothing here stores a file.
      blobs: {} as World['blobs'],
    }
    const worker = createWorker(world, new Registry())
    const process: Process = { life, world, worker, isReady: false, isStopping: false }
    processes[place] = process
    accounts.workerStarts(life, worker.name)
    trace(`${life.name} starts`)
    worker.start().then(
      () => {
        world.worker = worker
        process.isReady = true
      },
      () => died(life, 'at its start'),
    )
  }

  function aProcess(): Process | undefined {
    const ready = processes.filter((process) => process?.isReady && !process.isStopping && !process.life.isFrozen)
    return ready.length === 0 ? undefined : dice.pick(ready)
  }

  /** A request of a user to one of the processes; what came of it is for the accounts. */
  function ask(what: string, act: (world: World) => Promise<unknown>): void {
    const process = aProcess()
    if (process === undefined) return
    trace(`${process.life.name} is asked to ${what}`)
    const awaited = { life: process.life }
    underWay.add(awaited)
    act(process.world)
      .catch(() => undefined)
      .finally(() => underWay.delete(awaited))
  }

  function change(): void {
    const made = Array.from({ length: dice.pick([1, 1, 1, 1, 2, 3]) }, (): Change => {
      changes += 1
      // Few names, so that they come again.
      const number = dice.between(1, 6) * (dice.chance(0.1) ? 10 : 1)
      const collectionId = dice.chance(0.75) ? 1 : COLLECTIONS.length
      return { alias: `${number % 2 === 0 ? 'even' : 'odd'}-${number}`, collectionId, version: changes }
    })
    const names = made.map(nameOfChange)
    for (const name of names) accounts.asked(name)
    const tell = (came: 'done' | 'failed' | 'unknown') => {
      for (const name of names) accounts.answered(name, came)
    }
    ask(`add ${names.join(', ')}`, async (world) => {
      try {
        await world.db.transaction((tx) => recordEvents(world, tx, CALLER, made.map(aliasAdded)))
        tell('done')
      } catch (error) {
        tell(error instanceof DatabaseFault && error.isCommitted ? 'unknown' : 'failed')
      }
    })
  }

  function replay(): void {
    const settled = [...accounts.rows.values()].filter((row) => row.settled_at !== null && row.body !== null)
    if (settled.length === 0) return
    const { id, public_id: publicId } = dice.pick(settled)
    const mode = dice.pick(['as_then', 'as_now'] as const)
    ask(`replay delivery ${id} ${mode}`, async (world) => {
      const made = await replayDelivery(world, CALLER, { publicId, mode })
      accounts.answered(made.publicId, 'done')
    })
  }

  function setPaused(paused: boolean, among: readonly { id: number; name: string }[]): void {
    if (among.length === 0) return
    const { id, name } = dice.pick(among)
    ask(`${paused ? 'pause' : 'resume'} ${name}`, (world) => updateHook(world, id - 1, { paused }))
  }

  async function updateHook(world: World, index: number, settings: Partial<HookSettings> | { paused: boolean }) {
    await updateWebhook(world, CALLER, { entity: TEAM, id: webhookIds[index]!.public_id, settings })
  }

  async function updatePacing(world: World, index: number, pacing: Pacing) {
    await updateAutomation(world, CALLER, { id: index + 1 }, { pacing })
  }

  /** Somebody changes how a webhook's deliveries are ordered and limited, or how an automation is paced. */
  function changeSettings(): void {
    if (dice.chance(0.5)) {
      const index = dice.between(0, WEBHOOKS.length - 1)
      const settings = drawHookSettings(dice)
      ask(`set ${WEBHOOKS[index]} to ${JSON.stringify(settings)}`, (world) => updateHook(world, index, settings))
    } else {
      const index = dice.between(0, AUTOMATIONS.length - 1)
      const pacing = drawPacing(dice)
      ask(`set automation ${index + 1} to ${JSON.stringify(pacing)}`, (world) => updatePacing(world, index, pacing))
    }
  }

  function stop(process: Process): void {
    trace(`${process.life.name} is stopped`)
    process.isStopping = true
    const awaited = { life: process.life }
    underWay.add(awaited)
    process.worker
      .stop()
      .then(() => process.worker.settled())
      .then(() => {
        underWay.delete(awaited)
        if (process.life.isAlive) died(process.life, 'after its stop')
      })
  }

  function storm(): void {
    const lengthMs = dice.between(20, 150) * SECOND
    trace(`a storm of ${lengthMs} ms`)
    isCalm = false
    shared.faults = plan.faults
    const during = (times: number, act: () => void) => {
      for (let time = 0; time < times; time += 1)
        schedule.after(dice.between(0, lengthMs), () => (isCalm ? undefined : act()))
    }
    during(plan.changes, change)
    during(plan.deaths, () => {
      const living = processes.filter((process) => process !== undefined)
      if (living.length > 0) died(dice.pick(living).life, 'by a signal')
    })
    during(plan.freezes, () => {
      const process = aProcess()
      if (process === undefined) return
      trace(`${process.life.name} freezes`)
      process.life.freeze()
      schedule.after(dice.between(SECOND, 100 * SECOND), () => thaw(process))
    })
    during(plan.stops, () => {
      const process = aProcess()
      if (process !== undefined) stop(process)
    })
    during(plan.pauses, () => setPaused(dice.chance(0.6), [...accounts.webhooks.values()]))
    during(plan.replays, replay)
    during(plan.settings, changeSettings)
    schedule.after(lengthMs, calmDown)
  }

  function thaw({ life }: Process): void {
    if (!life.isAlive || !life.isFrozen) return
    trace(`${life.name} goes on`)
    life.thaw()
  }

  function calmDown(): void {
    trace('a calm')
    isCalm = true
    calmSinceMs = schedule.nowMs()
    shared.faults = NO_DATABASE_FAULTS
    for (const [place, process] of processes.entries()) {
      if (process === undefined) begin(place)
      else thaw(process)
    }
  }

  const isIdle = () => [...underWay].every(({ life }) => !life.isAlive) && !accounts.isAnythingSending()
  const areUp = () => processes.every((process) => process?.isReady && !process.isStopping)

  async function live(): Promise<void> {
    for (const place of processes.keys()) schedule.after(0, () => begin(place))
    let storms = plan.storms
    let resumptions = dice.between(0, 3)
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      if (!(await schedule.step()) || accounts.faults.length > 0) return
      if (!isCalm || !areUp()) continue
      accounts.checkTimeliness(calmSinceMs + SETTLING_MS)
      if (!isIdle()) continue
      const nextMs = accounts.nextDueMs()
      if (nextMs !== undefined && nextMs <= schedule.nowMs() + 10 * SECOND) continue
      const paused = [...accounts.webhooks.values()].filter((webhook) => webhook.paused_at !== null)
      if (storms > 0 && (nextMs === undefined || dice.chance(0.7))) {
        storms -= 1
        storm()
      } else if (nextMs !== undefined) {
        schedule.sleepUntil(nextMs - dice.between(0, 3 * SECOND))
      } else if (resumptions > 0 && paused.length > 0) {
        resumptions -= 1
        setPaused(false, paused)
      } else return accounts.balance()
    }
    accounts.faults.push(`it has not come to rest after ${STEPS_MAX} steps`)
  }

  try {
    await live()
  } finally {
    accounts.close()
    await inner.close()
    copy.remove()
  }
  const hash = createHash('sha256').update(lines.join('\n')).digest('hex')
  return { seed, faults: accounts.faults, trace: lines, hash }
}

/** What the production code logs belongs to the history. */
function logOf(life: Life, trace: (line: string) => void): Logger {
  const note = (about: { err?: Error }, message: string) =>
    trace(`${life.name} logs: ${message}${about.err === undefined ? '' : ` (${about.err.message})`}`)
  return { debug() {}, info() {}, warn: note, error: note } as unknown as Logger
}

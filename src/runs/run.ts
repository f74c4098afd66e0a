import { RUN_STATES, type RunState } from '../events/event.ts'
import { Refusal } from '../refusal.ts'

export type { RunState } from '../events/event.ts'

/** A running run sends something every half minute; after this long without, its process is taken to be gone. */
export const CRASHED_AFTER_MS = 5 * 60_000

const NAME_LENGTH_MAX = 128
const DISPLAY_NAME_LENGTH_MAX = 512
const NOTE_LENGTH_MAX = 65_536
const TAGS_MAX = 100
const TAG_LENGTH_MAX = 128
/**
 * Of config and summary, in characters. Clients leave out a summary of more than 10,383,360 bytes and say so; of a
 * request that is refused they say nothing, and send none after it, so that the run would never end.
 */
export const DOCUMENT_LENGTH_MAX = 10 * 1024 * 1024

/** The state as it is now: a running run that has long been silent has crashed, though nobody wrote that down. */
export function stateNow(run: { state: RunState; heartbeatAt: number }, nowMs: number): RunState {
  return run.state === 'running' && nowMs - run.heartbeatAt > CRASHED_AFTER_MS ? 'crashed' : run.state
}

/** What the end of a file stream says: `undefined` while the run goes on. */
export function stateAtEnd(complete: boolean, exitCode: number | null): RunState | undefined {
  if (!complete) return undefined
  return exitCode === 0 ? 'finished' : 'failed'
}

/** The states that clients set themselves; `undefined` for whatever other word they use. */
export function stateFrom(text: string): RunState | undefined {
  return RUN_STATES.find((state) => state === text)
}

/** What a client sets of a run. `null` and absent both mean: leave as it is. Documents are JSON as text. */
export type RunChange = {
  displayName?: string | null | undefined
  group?: string | null | undefined
  jobType?: string | null | undefined
  description?: string | null | undefined
  notes?: string | null | undefined
  config?: string | null | undefined
  summary?: string | null | undefined
  tags?: readonly string[] | null | undefined
  state?: string | null | undefined
  sweep?: string | null | undefined
  host?: string | null | undefined
  program?: string | null | undefined
  commit?: string | null | undefined
  repo?: string | null | undefined
}

/**
 * Pass if a run may be called `name`: it is a segment of paths and URLs.
 *
 * @throws Refusal `name_invalid`
 */
export function assertRunNameUsable(name: string): void {
  const isBounded = name.length >= 1 && name.length <= NAME_LENGTH_MAX
  // Dots alone name other folders than the run's, for whoever takes the paths of URLs apart.
  if (isBounded && !/[/\\#?%:\r\n\0]|^\.\.?$/.test(name)) return
  throw new Refusal(
    'name_invalid',
    `A run id is 1 to ${NAME_LENGTH_MAX} characters without / \\ # ? % : and line ends, and neither "." nor ".."`,
  )
}

/** @throws Refusal `invalid_request` naming what is too long */
export function assertRunChangeBounded(change: RunChange): void {
  const bounds: [string, string | null | undefined, number][] = [
    ['displayName', change.displayName, DISPLAY_NAME_LENGTH_MAX],
    ['groupName', change.group, DISPLAY_NAME_LENGTH_MAX],
    ['jobType', change.jobType, DISPLAY_NAME_LENGTH_MAX],
    ['sweep', change.sweep, DISPLAY_NAME_LENGTH_MAX],
    ['description', change.description, NOTE_LENGTH_MAX],
    ['notes', change.notes, NOTE_LENGTH_MAX],
    ['host', change.host, NOTE_LENGTH_MAX],
    ['jobProgram', change.program, NOTE_LENGTH_MAX],
    ['jobRepo', change.repo, NOTE_LENGTH_MAX],
    ['commit', change.commit, NOTE_LENGTH_MAX],
    ['config', change.config, DOCUMENT_LENGTH_MAX],
    ['summaryMetrics', change.summary, DOCUMENT_LENGTH_MAX],
  ]
  for (const [name, value, lengthMax] of bounds) {
    if (value != null && value.length > lengthMax) {
      throw new Refusal('invalid_request', `"${name}" has ${value.length} characters, and ${lengthMax} is the most`)
    }
  }
  if ((change.tags?.length ?? 0) > TAGS_MAX) {
    throw new Refusal('invalid_request', `A run has at most ${TAGS_MAX} tags`)
  }
  if (change.tags?.some((tag) => tag.length > TAG_LENGTH_MAX)) {
    throw new Refusal('invalid_request', `A run's tag has at most ${TAG_LENGTH_MAX} characters`)
  }
}

/** The entries of the client's own part of a config (`_wandb`) under `keys`, which tell it whether the run had begun. */
export function clientConfig(config: string, keys: readonly string[]): Record<string, unknown> {
  const entries = (parseObject(config) as { _wandb?: { value?: Record<string, unknown> } } | undefined)?._wandb?.value
  if (typeof entries !== 'object' || entries === null) return {}
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(entries, key)).map((key) => [key, entries[key]]))
}

/**
 * Pass unless the client says in the config of a new run that it goes on from a step of another: nothing of that other
 * run would be in it.
 *
 * @throws Refusal `not_supported`
 */
export function assertNoFork(config: string | null | undefined): void {
  // Few configs are worth the parsing.
  if (config == null || !config.includes('"branch_point"')) return
  if (clientConfig(config, ['branch_point']).branch_point == null) return
  throw new Refusal(
    'not_supported',
    'Runs are not forked here: start a new one without fork_from, or resume the old one',
  )
}

/** What the client keeps in a summary besides metrics. */
const NO_METRIC = '_wandb'

/**
 * What the last line of a history, and the summary, tell of the whole: its step, and the last value of each metric. Metrics
 * in objects are named by their path, `a.b`. `null` when the line is no JSON object.
 */
export function historyKeys(
  lastLine: string,
  summary: string,
): { lastStep: number; keys: Record<string, { previousValue: unknown }> } | null {
  const line = parseObject(lastLine)
  if (line === undefined) return null
  const keys: Record<string, { previousValue: unknown }> = {}
  const collect = (values: Record<string, unknown>, prefix: string) => {
    for (const [name, value] of Object.entries(values)) {
      const nested = typeof value === 'object' && value !== null && !Array.isArray(value)
      if (nested) collect(value as Record<string, unknown>, `${prefix}${name}.`)
      else keys[`${prefix}${name}`] = { previousValue: value }
    }
  }
  const { [NO_METRIC]: _, ...last } = parseObject(summary) ?? {}
  collect(last, '')
  collect(line, '')
  return { lastStep: typeof line._step === 'number' ? line._step : -1, keys }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

import { Progress, type ProgressOutput } from '../import/progress.ts'

/** What a long command tells, and how it is stopped. */
export type Surroundings = {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stopped: AbortSignal
  /** A line for whoever watches. */
  say(line: string): void
  /** A bar, on a terminal. */
  progress(total: { steps: number; bytes: number }): Progress
}

/** Somebody asked for an end. */
export class Interrupted extends Error {
  constructor() {
    super('Interrupted')
    this.name = 'Interrupted'
  }
}

/** For a command of this process: the second signal ends it the hard way. */
export function surroundingsOf(output: ProgressOutput): Surroundings {
  const stopping = new AbortController()
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort(new Interrupted())
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    stopped: stopping.signal,
    say: (line) => output.write(`${line}\n`),
    progress(total) {
      const progress = new Progress(output, () => performance.now())
      progress.begin(total)
      return progress
    },
  }
}

type Runs = { running: Promise<void>; next: Promise<void> | undefined }

/**
 * Work that says something of all that was there when it began, such as a sync: whoever asks for it while it runs cannot
 * rely on that, and shares the run after it with all others who ask meanwhile.
 */
export class SharedRuns {
  readonly #runs = new Map<string, Runs>()

  /** Resolves when a run that began after this call has ended. Runs of other names have nothing to do with it. */
  run(name: string, work: () => Promise<void>): Promise<void> {
    const current = this.#runs.get(name)
    if (current === undefined) return this.#start(name, work)
    const start = () => this.#start(name, work)
    current.next ??= current.running.then(start, start)
    return current.next
  }

  #start(name: string, work: () => Promise<void>): Promise<void> {
    const running = work()
    const runs: Runs = { running, next: undefined }
    this.#runs.set(name, runs)
    const settled = () => {
      if (runs.next === undefined) this.#runs.delete(name)
    }
    running.then(settled, settled)
    return running
  }
}

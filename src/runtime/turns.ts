/** Runs work of one name one after another, in the order of the calls. Work of other names does not wait for it. */
export type Turns = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

export function createTurns(): Turns {
  /** By name, what was asked for last. None of them rejects. */
  const last = new Map<string, Promise<void>>()
  return async (name, work) => {
    const before = last.get(name)
    const running = before === undefined ? work() : before.then(work)
    const over = running.then(
      () => {},
      () => {},
    )
    last.set(name, over)
    try {
      return await running
    } finally {
      if (last.get(name) === over) last.delete(name)
    }
  }
}

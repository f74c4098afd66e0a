/** Longer than a write into the system's memory ever takes by itself. */
const IN_PLACE_MS_MAX = 5
const ELSEWHERE_MS = 1_000

/**
 * Whether the main thread writes small files by itself. That takes a few pages of memory and waits for no disk: less than
 * to wake another thread, and to be woken by it. Where the system makes writers wait, as it has too much that is not on
 * the disk yet, it does so once: for the second that follows, other threads write.
 *
 * - `nowMs`: a clock that only goes forward.
 */
export class InPlace {
  readonly #nowMs: () => number
  #elsewhereUntilMs = Number.NEGATIVE_INFINITY

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  isQuick(): boolean {
    return this.#nowMs() >= this.#elsewhereUntilMs
  }

  run(write: () => void): void {
    const startedMs = this.#nowMs()
    try {
      write()
    } finally {
      const endedMs = this.#nowMs()
      if (endedMs - startedMs > IN_PLACE_MS_MAX) this.#elsewhereUntilMs = endedMs + ELSEWHERE_MS
    }
  }
}

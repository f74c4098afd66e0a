import { inBytes } from './report.ts'

const BAR_LENGTH = 24
const REDRAW_MS_MIN = 100

/** Where progress is shown: a terminal, or anything else that takes lines. */
export type ProgressOutput = { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined }

/** How far an import is: on a terminal one line with a bar that is drawn again and again, else a line for each step. */
export class Progress {
  readonly #output: ProgressOutput
  readonly #now: () => number
  #stepsTotal = 0
  #stepsDone = 0
  #bytesTotal = 0
  #bytesDone = 0
  #current = ''
  #drawnAt = Number.NEGATIVE_INFINITY

  /** `now`: milliseconds that only go up. */
  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output
    this.#now = now
  }

  begin(total: { steps: number; bytes: number }): void {
    this.#stepsTotal = total.steps
    this.#bytesTotal = total.bytes
  }

  /** What is being done now. */
  current(what: string): void {
    this.#current = what
    this.#draw()
  }

  bytes(count: number): void {
    this.#bytesDone += count
    if (this.#now() - this.#drawnAt >= REDRAW_MS_MIN) this.#draw()
  }

  /** `isStep`: one of those that were counted at the beginning. */
  say(line: string, isStep = false): void {
    if (isStep) this.#stepsDone += 1
    const count = isStep ? `[${this.#stepsDone}/${this.#stepsTotal}] ` : ''
    this.#output.write(`${this.#output.isTTY ? '\r\u001b[K' : ''}${count}${line}\n`)
    this.#draw()
  }

  /** One of those that were counted at the beginning is done, without a line of its own. */
  step(): void {
    this.#stepsDone += 1
    this.#draw()
  }

  end(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K')
  }

  #draw(): void {
    if (!this.#output.isTTY || this.#stepsTotal === 0) return
    this.#drawnAt = this.#now()
    const isSized = this.#bytesTotal > 0
    const share = Math.min(isSized ? this.#bytesDone / this.#bytesTotal : this.#stepsDone / this.#stepsTotal, 1)
    const filled = Math.round(share * BAR_LENGTH)
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_LENGTH - filled)}]`
    const line = `${bar} ${this.#stepsDone}/${this.#stepsTotal}, ${inBytes(this.#bytesDone)}  ${this.#current}`
    this.#output.write(`\r\u001b[K${line.slice(0, (this.#output.columns ?? 80) - 1)}`)
  }
}

import { assert } from '../runtime/assert.ts'

/** A gap in a statement that is built once and filled in at each execution. */
export class Parameter {
  readonly #name: string
  readonly #asJson: boolean

  constructor(name: string, options: { asJson?: boolean } = {}) {
    this.#name = name
    this.#asJson = options.asJson === true
  }

  /** The same gap, for a list that the statement reads as JSON. */
  asJson(): Parameter {
    return new Parameter(this.#name, { asJson: true })
  }

  valueIn(input: Readonly<Record<string, unknown>>): unknown {
    const value = input[this.#name]
    assert(value !== undefined, `the statement is given its "${this.#name}"`)
    return this.#asJson ? JSON.stringify(value) : value
  }
}

import { assert } from '../runtime/assert.ts'

type Options = {
  /** A list, that the statement reads as JSON. */
  asJson?: boolean
  /** A list, of which the statement takes the first item. */
  first?: boolean
  /** This form of the statement is for lists of one item. */
  isOfOne?: boolean
}

/** A gap in a statement that is built once and filled in at each execution. */
export class Parameter {
  readonly #name: string
  readonly #options: Options

  constructor(name: string, options: Options = {}) {
    this.#name = name
    this.#options = options
  }

  /** Whether the list has one item whenever this form of the statement runs. */
  get isOfOne(): boolean {
    return this.#options.isOfOne === true
  }

  /** The same gap, for a list that the statement reads as JSON. */
  asJson(): Parameter {
    return new Parameter(this.#name, { asJson: true })
  }

  /** The same gap, for the first item of a list. */
  first(): Parameter {
    return new Parameter(this.#name, { first: true })
  }

  valueIn(input: Readonly<Record<string, unknown>>): unknown {
    const value = input[this.#name]
    assert(value !== undefined, `the statement is given its "${this.#name}"`)
    if (this.#options.first) return (value as readonly unknown[])[0]
    return this.#options.asJson ? JSON.stringify(value) : value
  }
}

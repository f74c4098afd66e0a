import { lineOf, type Row } from './row.ts'
import { keyOf } from './rows.ts'
import type { Table } from './table.ts'

/** A row that is not the same on both sides. `key`: as JSON. */
export type Difference = { table: string; key: string; kind: 'missing' | 'different' | 'added' }

/**
 * Every row of a table that is missing in the copy, different there, or only there. Both are read once, in the order of
 * the key, so it takes no more memory than two batches.
 */
export async function* differencesOf(
  table: Table,
  original: AsyncIterable<readonly Row[]>,
  copy: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Difference> {
  const left = new Reader(original)
  const right = new Reader(copy)
  for (;;) {
    const [a, b] = [await left.current(), await right.current()]
    if (a === undefined && b === undefined) return
    const order = a === undefined ? 1 : b === undefined ? -1 : compareKeys(keyOf(table, a), keyOf(table, b))
    const key = lineOf(keyOf(table, (order > 0 ? b : a) as Row))
    if (order < 0) yield { table: table.name, key, kind: 'missing' }
    else if (order > 0) yield { table: table.name, key, kind: 'added' }
    else if (lineOf(a as Row) !== lineOf(b as Row)) yield { table: table.name, key, kind: 'different' }
    if (order <= 0) left.next()
    if (order >= 0) right.next()
  }
}

class Reader {
  readonly #batches: AsyncIterator<readonly Row[]>
  #batch: readonly Row[] = []
  #place = 0

  constructor(batches: AsyncIterable<readonly Row[]>) {
    this.#batches = batches[Symbol.asyncIterator]()
  }

  async current(): Promise<Row | undefined> {
    while (this.#place >= this.#batch.length) {
      const { done, value } = await this.#batches.next()
      if (done === true) return undefined
      this.#batch = value
      this.#place = 0
    }
    return this.#batch[this.#place]
  }

  next(): void {
    this.#place += 1
  }
}

/** As both engines order them: integers by size, text by its bytes. */
function compareKeys(a: Row, b: Row): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]
    if (left === right) continue
    if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : 1
    return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)))
  }
  return 0
}

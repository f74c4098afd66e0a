import type { StoredBlob } from './blob-store.ts'

/**
 * How long an upload that is durable waits for others that are under way. Shorter than what a client notices of one
 * among many, longer than the syncs of several.
 */
const GATHER_MS = 10

type Note = { blob: StoredBlob; settle: PromiseWithResolvers<void> }

/**
 * Takes note of blobs that arrive together in one go, since each note is a durable commit and those of many small files
 * would cost more than the files. Nobody hears that a blob is stored before its note is durable, and one that arrives
 * alone is noted at once. A note that fails, fails for all that were noted with it: their clients upload them again.
 */
export class GatheredNotes {
  readonly #noteAll: (blobs: readonly StoredBlob[]) => Promise<void>
  #underWay = 0
  #waiting: Note[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(noteAll: (blobs: readonly StoredBlob[]) => Promise<void>) {
    this.#noteAll = noteAll
  }

  /** The blob that `receive` stored, once it is noted too. */
  async noted(receive: () => Promise<StoredBlob>): Promise<StoredBlob> {
    this.#underWay += 1
    let note: Note | undefined
    try {
      note = { blob: await receive(), settle: Promise.withResolvers() }
      this.#waiting.push(note)
    } finally {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#flush()
      else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS)
    }
    await note.settle.promise
    return note.blob
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const notes = this.#waiting
    this.#waiting = []
    if (notes.length === 0) return
    this.#noteAll(notes.map(({ blob }) => blob)).then(
      () => {
        for (const { settle } of notes) settle.resolve()
      },
      (error: unknown) => {
        for (const { settle } of notes) settle.reject(error)
      },
    )
  }
}

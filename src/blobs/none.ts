import { assert } from '../runtime/assert.ts'
import type { BlobStore } from './blob-store.ts'

/** For a process that has nothing to do with bytes, such as a worker: whoever asks for some there has a bug. */
export const NO_BLOBS: BlobStore = {
  put: unexpected,
  open: unexpected,
  stat: unexpected,
  delete: unexpected,
  check: async () => {},
  list: () => assert(false, REASON) as never,
  dropUnfinished: unexpected,
  direct: undefined,
  deferred: undefined,
  close: async () => {},
}

const REASON = 'this process keeps no blobs'

async function unexpected(): Promise<never> {
  assert(false, REASON)
}

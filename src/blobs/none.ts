import { assert } from '../runtime/assert.ts'
import type { BlobStore } from './blob-store.ts'

/** For a process that has nothing to do with bytes, such as a worker: whoever asks for some there has a bug. */
export const NO_BLOBS: BlobStore = {
  put: unexpected,
  open: unexpected,
  stat: unexpected,
  delete: unexpected,
  check: async () => {},
}

async function unexpected(): Promise<never> {
  assert(false, 'this process keeps no blobs')
}

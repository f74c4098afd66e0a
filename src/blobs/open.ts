import type { Config } from '../runtime/config.ts'
import type { BlobStore } from './blob-store.ts'
import { openDirectory } from './directory.ts'
import { openS3 } from './s3.ts'

/**
 * The store that the configuration names. Close it at the end.
 *
 * @throws Error, with a message for the operator, when it cannot be used
 */
export async function openBlobs(config: Pick<Config, 'blobsDir' | 'blobsS3'>): Promise<BlobStore> {
  return config.blobsS3 === undefined ? openDirectory(config.blobsDir) : openS3(config.blobsS3)
}

import { openBlobs } from '../../blobs/open.ts'
import { type CopyReport, copyBlobs } from '../../blobs/operations-copy.ts'
import type { Config } from '../../runtime/config.ts'
import type { Progress } from '../import/progress.ts'
import { inBytes } from '../import/report.ts'
import { openReader } from './reader.ts'

/** Lines that are written where there is no terminal to draw a bar on. */
const LINES = 20

/** Copy all blobs from where one configuration has them to where the other has. */
export async function copyTo(
  from: Config,
  to: Config,
  options: { atOnce: number; progress: Progress },
): Promise<CopyReport> {
  const { progress } = options
  const digests = await openReader(from)
  const stores = await openBoth(from, to).catch(async (error: unknown) => {
    await digests.close()
    throw error
  })
  try {
    let total = 0
    let done = 0
    return await copyBlobs(stores.from, stores.to, digests, {
      atOnce: options.atOnce,
      progress: {
        begin({ blobs, bytes }) {
          total = blobs
          progress.begin({ steps: LINES, bytes })
          progress.say(`${blobs} files (${inBytes(bytes)}) to copy`)
        },
        copied({ size }) {
          done += 1
          progress.bytes(size)
          if (Math.floor((done * LINES) / total) > Math.floor(((done - 1) * LINES) / total)) {
            progress.say(`${done} of ${total} files`, true)
          }
        },
      },
    })
  } finally {
    progress.end()
    await Promise.all([stores.from.close(), stores.to.close(), digests.close()])
  }
}

async function openBoth(from: Config, to: Config) {
  const source = await openBlobs(from)
  try {
    return { from: source, to: await openBlobs(to) }
  } catch (error) {
    await source.close()
    throw error
  }
}

import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { World } from '../world.ts'
import type { PromisedFile } from './file-matching.ts'
import { markFilesArrived, markManifestsArrived, selectPromisedFiles } from './store-logging.ts'
import { selectManifests } from './store-manifests.ts'
import { insertUnchecked } from './store-unchecked.ts'

/** Requests to the store at once: 10,000 files are looked at in some seconds, and others get their turn. */
const LOOKS_AT_ONCE = 32

type Manifests = Awaited<ReturnType<typeof selectManifests>>

/**
 * Take note of what clients have uploaded to the store themselves, of which nobody tells us: the manifests and the files
 * promised to a pending artifact. Nothing where bytes come through us. Answers the manifests as they then are.
 *
 * What the store says of a file's digest must be what was promised. Of a file that came in parts it says none: its
 * parts were checked, but nothing is granted from it to others before it has been read.
 *
 * @throws Refusal `upload_digest_mismatch`
 */
export async function noteArrivals(world: World, artifactId: number, manifests: Manifests): Promise<Manifests> {
  if (world.blobs.direct === undefined) return manifests
  const announced = manifests.flatMap(({ name: path, digest, blob_key: blobKey, size }) =>
    blobKey === null || size !== null ? [] : [{ path, digest, blobKey }],
  )
  const arrivedManifests = await lookFor(world, announced)
  if (arrivedManifests.length > 0) {
    await world.db.transaction((tx) =>
      markManifestsArrived(tx, world.db.engine, { artifactId, files: arrivedManifests }),
    )
  }
  const promised = await selectPromisedFiles(world.db.read, { artifactId })
  const arrived = await lookFor(
    world,
    promised.filter((file) => file.size === null),
  )
  if (arrived.length > 0) {
    const inParts = arrived.filter((file) => file.inParts)
    await world.db.transaction(async (tx) => {
      await markFilesArrived(tx, world.db.engine, { artifactId, files: arrived })
      await insertUnchecked(tx, world.db.engine, inParts)
    })
  }
  return selectManifests(world.db.read, artifactId)
}

type ArrivedFile = { blobKey: string; digest: string; size: number; inParts: boolean }

/** Those of the blobs that have arrived, with their sizes. */
async function lookFor(
  world: World,
  blobs: readonly { path: string; digest: string; blobKey: string }[],
): Promise<ArrivedFile[]> {
  const { direct } = world.blobs
  assert(direct !== undefined, 'what comes through us is noted as it comes')
  const looks = await inTurn(blobs, LOOKS_AT_ONCE, async ({ path, digest, blobKey }): Promise<ArrivedFile[]> => {
    const arrived = await direct.arrived(blobKey)
    if (arrived === undefined) return []
    if (arrived.md5 !== undefined && arrived.md5 !== digest) {
      throw new Refusal(
        'upload_digest_mismatch',
        `The MD5 of what arrived for "${path}" is ${arrived.md5}, expected was ${digest}. Upload it again.`,
      )
    }
    return [{ blobKey, digest, size: arrived.size, inParts: arrived.inParts }]
  })
  return looks.flat()
}

/** `unsettled`: the keys of those whose bytes are there, but not durable yet. */
export type Promised = { files: PromisedFile[]; unsettled: ReadonlySet<string> }

/** The files promised to a pending artifact, with the sizes of those that have arrived, whether noted or not. */
export async function promisedFiles(world: World, artifactId: number): Promise<Promised> {
  const noted = await selectPromisedFiles(world.db.read, { artifactId })
  const { deferred } = world.blobs
  if (deferred === undefined) return { files: noted, unsettled: new Set() }
  const waiting = noted.filter((file) => file.size === null)
  const sizes = await deferred.arrived(waiting.map(({ blobKey, digest }) => ({ key: blobKey, md5: digest })))
  return {
    files: noted.map((file) => ({ ...file, size: file.size ?? sizes.get(file.blobKey) ?? null })),
    unsettled: new Set(sizes.keys()),
  }
}

/**
 * The manifests of artifacts in the making. Most have one, which tells of all files. One that only tells what it adds to
 * another version is merged with that one's (`INCREMENTAL`); an artifact that several runs make together has one of each
 * of their parts (`PATCH`), which are merged when one of them finishes it.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Caller, mayIn, rightsPlace } from '../access/rights.ts'
import { uploadTarget } from '../blobs/operations.ts'
import type { Reader, Tx } from '../database/database.ts'
import { releaseBlobs } from '../database/released-blobs.ts'
import { last, together } from '../database/statement.ts'
import { notFound, Refusal } from '../refusal.ts'
import { stateNow } from '../runs/run.ts'
import { newBlobKey } from '../runtime/id.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { World } from '../world.ts'
import { isMd5, MANIFEST_BYTES_MAX, type ManifestEntry, mergeEntries, parseManifest } from './manifest.ts'
import { isStorableText } from './names.ts'
import { lockMaking } from './operations-reading.ts'
import {
  insertManifest,
  type ManifestRecord,
  selectLastManifest,
  selectManifest,
  selectManifestOfArtifact,
  selectManifests,
  updateManifestRow,
} from './store-manifests.ts'
import { selectRunId } from './store-runs.ts'
import { selectArtifacts } from './store-versions.ts'
import type { ManifestKind, UploadTarget } from './types.ts'

const ENDS_WITH_WRITE = { commitsWithLast: true }
const MANIFEST_NAME_LENGTH_MAX = 256
/** Of one artifact, that several runs make together. */
const PARTS_MAX = 1_000
const PARTS_READ_AT_ONCE = 8

export type CreatedManifest = { manifestId: number; artifactId: number; upload: UploadTarget | null }

/**
 * Promise a manifest to a pending artifact. `digest`: base64 MD5 of the manifest file; the empty string makes a
 * placeholder. The one promised last counts; of a `PATCH` each does, but for the placeholder of the same run, which it
 * takes over.
 *
 * - `run`: the name of the run that writes it, in the project of the artifact.
 *
 * @throws Refusal `not_found` | `artifact_not_pending` | `manifest_invalid` | `limit_reached`
 */
export async function createManifest(
  world: World,
  caller: Caller,
  input: {
    artifactId: number
    kind: ManifestKind
    name: string
    digest: string
    run?: string | null | undefined
    baseArtifactId?: number | null | undefined
    withUpload: boolean
  },
): Promise<CreatedManifest> {
  if (input.name === '' || input.name.length > MANIFEST_NAME_LENGTH_MAX || !isStorableText(input.name)) {
    throw new Refusal('manifest_invalid', `A manifest's name has 1 to ${MANIFEST_NAME_LENGTH_MAX} characters`)
  }
  assertManifestDigest(input.digest)
  return world.db.transaction(async (tx) => {
    const { artifactId, kind } = input
    const [artifact, manifests, base] = await together([
      lockMaking(tx, caller, { id: artifactId, now: world.now() }),
      kind === 'PATCH' ? selectManifests(tx, artifactId) : selectLastManifest(tx, { artifactId }),
      findBase(tx, caller, input.baseArtifactId),
    ])
    const runId =
      kind === 'PATCH' && input.run
        ? ((await selectRunId(tx, { projectId: artifact.project_id, name: input.run })) ?? null)
        : null
    const earlier = earlierManifest(manifests, { kind, runId })
    if (earlier !== undefined) return promiseManifest(world, tx, earlier, input)
    const blobKey = input.digest === '' ? null : newBlobKey()
    const baseArtifactId = requireBase(base)
    const row = { ...input, baseArtifactId, runId, blobKey, size: null, now: world.now() }
    const manifestId = await last(tx, insertManifest(tx, row))
    return { manifestId, artifactId, upload: manifestUpload(world, input, blobKey) }
  }, ENDS_WITH_WRITE)
}

/**
 * The manifest that another call is about, too. A run writes one part at a time, so its placeholder is always that.
 *
 * - `manifests`: of a `PATCH` all of the artifact, else the last one.
 */
function earlierManifest(
  manifests: readonly ManifestRecord[],
  input: { kind: ManifestKind; runId: number | null },
): ManifestRecord | undefined {
  const { kind, runId } = input
  const last = manifests.at(-1)
  if (last === undefined) return undefined
  if (last.kind !== kind) throw new Refusal('manifest_invalid', `The artifact has a manifest of the kind ${last.kind}`)
  if (kind !== 'PATCH') return last
  const own = manifests.find((manifest) => manifest.digest === '' && manifest.run_id === runId)
  if (own === undefined && manifests.length >= PARTS_MAX) {
    throw new Refusal('limit_reached', `An artifact is made of at most ${PARTS_MAX} parts`)
  }
  return own
}

/**
 * Promise other content for a manifest of a pending artifact.
 *
 * @throws Refusal `not_found` | `artifact_not_pending` | `manifest_invalid`
 */
export async function updateManifest(
  world: World,
  caller: Caller,
  input: {
    manifestId: number
    digest?: string | null | undefined
    baseArtifactId?: number | null | undefined
    withUpload: boolean
  },
): Promise<CreatedManifest> {
  const digest = input.digest ?? ''
  assertManifestDigest(digest)
  return world.db.transaction(async (tx) => {
    const manifest = await selectManifest(tx, input.manifestId)
    if (manifest === undefined) throw notFound('Manifest')
    await lockMaking(tx, caller, { id: manifest.artifact_id, now: world.now(), what: 'Manifest' })
    requireBase(await findBase(tx, caller, input.baseArtifactId))
    return promiseManifest(world, tx, manifest, { ...input, digest, name: manifest.name })
  }, ENDS_WITH_WRITE)
}

/** A new key for new content: bytes that come late for the old one must not be taken for these. */
async function promiseManifest(
  world: World,
  tx: Tx,
  manifest: ManifestRecord,
  input: { digest: string; name: string; withUpload: boolean },
): Promise<CreatedManifest> {
  const { id: manifestId, artifact_id: artifactId } = manifest
  if (input.digest === '') return { manifestId, artifactId, upload: null }
  const unchanged = manifest.digest === input.digest && manifest.blob_key !== null
  const blobKey = unchanged ? manifest.blob_key : newBlobKey()
  if (!unchanged) {
    if (manifest.blob_key !== null) {
      const { blob_key: blobKey, size } = manifest
      await releaseBlobs(
        tx,
        sql`select cast(${blobKey} as text) as blob_key, cast(${size} as bigint) as size`,
        world.now(),
      )
    }
    const changed = { id: manifestId, digest: input.digest, baseArtifactId: manifest.base_artifact_id }
    await last(tx, updateManifestRow(tx, { ...changed, blobKey, size: null }))
  }
  return { manifestId, artifactId, upload: manifestUpload(world, input, blobKey) }
}

function manifestUpload(
  world: World,
  input: { name: string; digest: string; withUpload: boolean },
  key: string | null,
): UploadTarget | null {
  if (!input.withUpload || key === null) return null
  return uploadTarget(world, input.name, { key, sizeMax: MANIFEST_BYTES_MAX, md5: input.digest })
}

/** The id of the version that is named, `null` if none is; `undefined` for one that the caller may not see. */
async function findBase(tx: Tx, caller: Caller, id: number | null | undefined): Promise<number | null | undefined> {
  if (id === null || id === undefined) return null
  const [base] = await selectArtifacts(tx, [id])
  return base?.state === 'COMMITTED' && mayIn(caller, 'viewer', rightsPlace(base)) ? base.id : undefined
}

function requireBase(base: number | null | undefined): number | null {
  if (base === undefined) throw notFound('Base artifact')
  return base
}

function assertManifestDigest(digest: string): void {
  if (digest !== '' && !isMd5(digest)) {
    throw new Refusal('manifest_invalid', 'The digest of a manifest must be the base64 MD5 of its bytes')
  }
}

/** `manifests`: those that were looked at, of which the last becomes the version's. `isMerged`: it says more than that one. */
export type Announced = {
  entries: ManifestEntry[]
  manifests: readonly ManifestRecord[]
  isMerged: boolean
}

/**
 * What a pending artifact is to consist of, by its manifests, as they were uploaded.
 *
 * A part that its run is still uploading is waited for: the refusal says so, and clients ask again. A part whose run has
 * ended will not come, and the version is made without it.
 *
 * @throws Refusal `manifest_missing` | `manifest_invalid` | `artifact_incomplete`
 */
export async function announcedEntries(world: World, manifests: readonly Part[]): Promise<Announced> {
  const last = manifests.at(-1)
  if (last === undefined) throw missingManifest()
  if (last.kind === 'PATCH') return { entries: await mergeParts(world, manifests), manifests, isMerged: true }
  const entries = parseManifest(await requireManifest(world, last))
  if (last.kind === 'FULL' || last.base_artifact_id === null) return { entries, manifests, isMerged: false }
  const base = await selectManifestOfArtifact(world.db.read, last.base_artifact_id)
  if (base === undefined) throw new Refusal('manifest_missing', 'The version that this one adds to has been deleted')
  const before = parseManifest(await requireManifest(world, base))
  return { entries: mergeEntries([before, entries]), manifests, isMerged: true }
}

type Part = Awaited<ReturnType<typeof selectManifests>>[number]

async function mergeParts(world: World, parts: readonly Part[]): Promise<ManifestEntry[]> {
  let bytes = 0
  const entries = await inTurn(parts, PARTS_READ_AT_ONCE, async (part) => {
    const text = await readManifest(world, part)
    if (text === undefined) return assertNotUnderWay(world, part, parts)
    bytes += text.length
    if (bytes > MANIFEST_BYTES_MAX) throw tooLarge()
    return parseManifest(text)
  })
  const arrived = entries.filter((each) => each !== undefined)
  if (arrived.length === 0) throw missingManifest()
  return mergeEntries(arrived)
}

/** Of parts of one run only the last can be, as a run writes one at a time. */
function assertNotUnderWay(world: World, part: Part, parts: readonly Part[]): undefined {
  const { run, run_id: runId, run_state: state, run_heartbeat_at: heartbeatAt } = part
  if (state === null || heartbeatAt === null || stateNow({ state, heartbeatAt }, world.now()) !== 'running') return
  if (parts.findLast((each) => each.run_id === runId) !== part) return
  throw new Refusal('artifact_incomplete', `The run "${run}" has not uploaded its part of the artifact yet`)
}

/** Whether nobody has begun or changed a manifest of the artifact since. */
export async function areStill(
  db: Reader | Tx,
  artifactId: number,
  manifests: readonly ManifestRecord[],
): Promise<boolean> {
  const now = await selectManifests(db, artifactId)
  const keyOf = (each: ManifestRecord) => `${each.id} ${each.blob_key}`
  return now.map(keyOf).join() === manifests.map(keyOf).join()
}

function missingManifest(): Refusal {
  return new Refusal('manifest_missing', 'The manifest was not uploaded: PUT it to its upload URL, then commit')
}

function tooLarge(): Refusal {
  return new Refusal('manifest_invalid', `A manifest has at most ${MANIFEST_BYTES_MAX} bytes`)
}

async function requireManifest(world: World, manifest: ManifestRecord): Promise<string> {
  const text = await readManifest(world, manifest)
  if (text !== undefined) return text
  if (manifest.size === null) throw missingManifest()
  throw new Refusal('manifest_missing', 'The manifest is gone: log the version again')
}

/** What was uploaded as this manifest, if it was. Where small blobs are deferred, nothing is noted of it before. */
async function readManifest(world: World, manifest: ManifestRecord): Promise<string | undefined> {
  const mayBeThere = manifest.size !== null || world.blobs.deferred !== undefined
  const source = manifest.blob_key === null || !mayBeThere ? undefined : await world.blobs.open(manifest.blob_key)
  if (source === undefined) return undefined
  const hash = createHash('md5')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MANIFEST_BYTES_MAX) throw tooLarge()
    hash.update(chunk)
    chunks.push(chunk)
  }
  if (hash.digest('base64') !== manifest.digest) {
    throw new Refusal('manifest_missing', 'The manifest is not the one announced: upload it again')
  }
  return Buffer.concat(chunks).toString('utf8')
}

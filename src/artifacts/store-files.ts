import type { Reader } from '../database/database.ts'
import type { PageRequest } from './types.ts'

function files(db: Reader) {
  return db
    .selectFrom('manifest_entries')
    .select([
      'manifest_entries.artifact_id',
      'manifest_entries.path',
      'manifest_entries.digest',
      'manifest_entries.size',
      'manifest_entries.blob_key',
      'manifest_entries.birth_artifact_id',
    ])
    .where('manifest_entries.blob_key', 'is not', null)
    .$narrowType<{ blob_key: string; birth_artifact_id: number }>()
}

/** Files and references by path, one more than the page asks for. */
export async function selectEntries(db: Reader, filter: FileFilter, page: PageRequest) {
  return filter.paths?.length === 0 ? [] : pageOfEntries(db, filter, page).execute()
}

/** The same without references, which have no blob. */
export async function selectFiles(db: Reader, filter: FileFilter, page: PageRequest) {
  if (filter.paths?.length === 0) return []
  return pageOfEntries(db, filter, page)
    .where('blob_key', 'is not', null)
    .$narrowType<{ blob_key: string; birth_artifact_id: number }>()
    .execute()
}

function pageOfEntries(db: Reader, filter: FileFilter, page: PageRequest) {
  return db
    .selectFrom('manifest_entries')
    .select(['artifact_id', 'path', 'digest', 'size', 'ref', 'blob_key', 'birth_artifact_id'])
    .where('artifact_id', '=', filter.artifactId)
    .$if(filter.paths !== undefined, (query) => query.where('path', 'in', filter.paths as readonly string[]))
    .$if(page.after !== undefined, (query) => query.where('path', '>', String(page.after)))
    .orderBy('path')
    .limit(page.limit + 1)
}

export type FileRecord = Omit<Awaited<ReturnType<typeof selectFiles>>[number], 'ref'>

type FileFilter = { artifactId: number; paths: readonly string[] | undefined }

export async function countEntriesOfArtifact(db: Reader, filter: FileFilter): Promise<number> {
  if (filter.paths?.length === 0) return 0
  const { count } = await db
    .selectFrom('manifest_entries')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('artifact_id', '=', filter.artifactId)
    .$if(filter.paths !== undefined, (query) => query.where('path', 'in', filter.paths as readonly string[]))
    .executeTakeFirstOrThrow()
  return count
}

/** Any file of this content in the version. */
export async function selectFileByDigest(
  db: Reader,
  input: { artifactId: number; digest: string },
): Promise<FileRecord | undefined> {
  return files(db)
    .where('artifact_id', '=', input.artifactId)
    .where('digest', '=', input.digest)
    .limit(1)
    .executeTakeFirst()
}

/** Any file of this content in any version of the collection. */
export async function selectFileInCollection(
  db: Reader,
  input: { collectionId: number; digest: string },
): Promise<FileRecord | undefined> {
  return files(db)
    .innerJoin('memberships', 'memberships.artifact_id', 'manifest_entries.artifact_id')
    .where('memberships.collection_id', '=', input.collectionId)
    .where('manifest_entries.digest', '=', input.digest)
    .limit(1)
    .executeTakeFirst()
}

/** Any content of this digest that a version logged in the entity holds. */
export async function selectBlobInEntity(
  db: Reader,
  input: { entity: string; digest: string },
): Promise<{ entity_id: number; blob_key: string; size: number } | undefined> {
  return db
    .selectFrom('entities')
    .innerJoin('projects', 'projects.entity_id', 'entities.id')
    .innerJoin('collections', 'collections.project_id', 'projects.id')
    .innerJoin('sequence_blobs', 'sequence_blobs.sequence_id', 'collections.id')
    .select(['entities.id as entity_id', 'sequence_blobs.blob_key', 'sequence_blobs.size'])
    .where('entities.name', '=', input.entity)
    .where('sequence_blobs.digest', '=', input.digest)
    .limit(1)
    .executeTakeFirst()
}

import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { BlobLocation, FileView, Page, PageRequest } from './types.ts'

/** By path; `names`: only these paths. References are not files. Key: path. */
export async function listFiles(
  world: World,
  caller: Caller,
  input: { artifactId: number; names?: readonly string[] | undefined },
  page: PageRequest,
): Promise<Page<FileView>> {
  throw new Error(`${world}${caller}${input}${page}`)
}

export async function countFiles(
  world: World,
  caller: Caller,
  input: { artifactId: number; names?: readonly string[] | undefined },
): Promise<number> {
  throw new Error(`${world}${caller}${input}`)
}

/** A URL that needs no credentials and lasts 12 h. */
export function directUrlOf(world: World, file: BlobLocation | FileView): string {
  throw new Error(`${world}${file}`)
}

/** Where the whole manifest of a committed version is; `undefined` for one the caller may not see. */
export async function manifestOf(
  world: World,
  caller: Caller,
  artifactId: number,
): Promise<(BlobLocation & { manifestId: number }) | undefined> {
  throw new Error(`${world}${caller}${artifactId}`)
}

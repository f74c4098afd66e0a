/** A file or a reference of a version. `reference`: where its bytes are, of what the server does not hold. */
export type Entry = { path: string; size: number; reference: string | null }

export type Folder = { kind: 'folder'; name: string; path: string; size: number; fileCount: number }
export type File = { kind: 'file'; name: string; path: string; size: number; reference: string | null }

/**
 * What is directly in a folder (`''`: the root), folders first, each with what is in it in all. With `text`, instead all
 * files below that have it in their path, by whole paths.
 */
export function listFolder(entries: readonly Entry[], folder: string, text = ''): (Folder | File)[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const wanted = text.trim().toLowerCase()
  const below = entries.filter(({ path }) => path.startsWith(prefix))
  if (wanted !== '') {
    return below
      .filter(({ path }) => path.slice(prefix.length).toLowerCase().includes(wanted))
      .map((entry) => asFile(entry, entry.path.slice(prefix.length)))
  }
  const folders = new Map<string, Folder>()
  const files: File[] = []
  for (const entry of below) {
    const rest = entry.path.slice(prefix.length)
    const slash = rest.indexOf('/')
    if (slash < 0) {
      files.push(asFile(entry, rest))
      continue
    }
    const name = rest.slice(0, slash)
    const known = folders.get(name) ?? { kind: 'folder', name, path: `${prefix}${name}`, size: 0, fileCount: 0 }
    folders.set(name, { ...known, size: known.size + entry.size, fileCount: known.fileCount + 1 })
  }
  return [...folders.values(), ...files]
}

function asFile({ path, size, reference }: Entry, name: string): File {
  return { kind: 'file', name, path, size, reference }
}

/** The folders that lead to a path, from the root, such as `a`, `a/b` for `a/b/c`. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Where the API gives a file out: each part of its path encoded. */
export function fileUrl(
  at: { entity: string; project: string; collection: string; version: string },
  path: string,
): string {
  const [entity, project, collection, version] = [at.entity, at.project, at.collection, at.version].map(
    encodeURIComponent,
  )
  const file = path.split('/').map(encodeURIComponent).join('/')
  return `/api/v1/projects/${entity}/${project}/collections/${collection}/versions/${version}/files/${file}`
}

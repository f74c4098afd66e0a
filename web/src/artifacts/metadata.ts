/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type Node = {
  /** From the root, each a key or an index. */
  path: string[]
  key: string
  value: Json
  depth: number
  /** How many are directly below; `undefined` for a single value. */
  count: number | undefined
}

export const isBranch = (value: Json | undefined): value is Json[] | { [key: string]: Json } =>
  typeof value === 'object' && value !== null

function childrenOf(value: Json[] | { [key: string]: Json }): [string, Json][] {
  return Array.isArray(value) ? value.map((item, index) => [String(index), item]) : Object.entries(value)
}

/** One word for a path, that no other path has. */
export const pathKey = (path: readonly string[]) => JSON.stringify(path)

/**
 * The lines of a tree as they are drawn: what is under a closed branch is left out. With `text`, only what has it in its
 * key or value, and what leads there, all open.
 */
export function treeLines(root: Json, options: { isOpen(path: string[]): boolean; text?: string }): Node[] {
  const wanted = options.text?.trim().toLowerCase() ?? ''
  const lines: Node[] = []
  function visit(value: Json, key: string, path: string[]): boolean {
    const at = lines.length
    if (path.length > 0) {
      const count = isBranch(value) ? childrenOf(value).length : undefined
      lines.push({ path, key, value, depth: path.length - 1, count })
    }
    const isHit =
      wanted !== '' && (key.toLowerCase().includes(wanted) || leafText(value).toLowerCase().includes(wanted))
    let hasHit = isHit
    if (isBranch(value) && (path.length === 0 || wanted !== '' || options.isOpen(path))) {
      for (const [childKey, child] of childrenOf(value)) {
        if (visit(child, childKey, [...path, childKey])) hasHit = true
      }
    }
    // Nothing of what was looked for here or below.
    if (wanted !== '' && !hasHit && path.length > 0) lines.length = at
    return hasHit
  }
  visit(root, '', [])
  return lines
}

function leafText(value: Json): string {
  return isBranch(value) ? '' : String(value)
}

/** As the payload of an automation names it, such as `${artifact_metadata.eval.accuracy}`; `undefined` if it cannot. */
export function metadataVariable(path: readonly string[]): string | undefined {
  if (path.some((key) => !/^[\w-]+$/.test(key))) return undefined
  return `\${artifact_metadata.${path.join('.')}}`
}

export type Difference = { path: string[]; kind: 'added' | 'removed' | 'changed'; before?: Json; after?: Json }

/** What is other in `after`, leaf by leaf, in the order of their paths. A list is compared place by place. */
export function differences(before: Json, after: Json, path: string[] = []): Difference[] {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const old = new Map(childrenOf(before))
    const now = new Map(childrenOf(after))
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key): Difference[] => {
      const at = [...path, key]
      if (!now.has(key)) return [{ path: at, kind: 'removed', before: old.get(key) as Json }]
      if (!old.has(key)) return [{ path: at, kind: 'added', after: now.get(key) as Json }]
      return differences(old.get(key) as Json, now.get(key) as Json, at)
    })
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, kind: 'changed', before, after }]
}

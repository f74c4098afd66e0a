import type { LineageEdge, LineageNode } from './lineage-layout'
import { shortList } from './short-list'

/** More than anybody reads in a cell. */
const NAMED_MAX = 4

/** A run by its name, a version by that of its collection and its number. */
export function nodeName(node: LineageNode): string {
  return node.kind === 'run' ? node.run.displayName : `${node.version.collection}:${node.version.version}`
}

/** How it hangs together with the others, such as "logged by prepare, refers to raw:v1". */
export function relationWords(node: LineageNode, edges: readonly LineageEdge[]): string {
  const groups = new Map<string, string[]>()
  for (const edge of edges) {
    const [words, other] = relationOf(node, edge) ?? []
    if (words === undefined || other === undefined) continue
    groups.set(words, [...(groups.get(words) ?? []), nodeName(other)])
  }
  return [...groups].map(([words, names]) => `${words} ${shortList(names, NAMED_MAX)}`).join('; ')
}

function relationOf({ id }: LineageNode, { from, to, kind }: LineageEdge): [string, LineageNode] | undefined {
  if (from.id === id) return [{ logged: 'logged', used: 'used by', refers: 'referred to by' }[kind], to]
  if (to.id === id) return [{ logged: 'logged by', used: 'used', refers: 'refers to' }[kind], from]
  return undefined
}

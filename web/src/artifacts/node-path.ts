import type { LineageNode } from './lineage-layout'
import { runPath, versionPath } from './place'

/** The page of a version or run in the graph; of a version with its own lineage, to go on from there. */
export function nodePath(node: LineageNode): string {
  return node.kind === 'run' ? runPath(node.run) : versionPath({ ...node.version, tab: 'lineage' })
}

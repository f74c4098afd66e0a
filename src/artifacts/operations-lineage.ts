import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { CollectionAddress } from './operations-aliases.ts'
import { describeVersions, requireVersion, type VersionDescription } from './operations-descriptions.ts'
import { loadArtifacts, membershipsOf } from './operations-reading.ts'
import { loadRunRefs } from './operations-runs.ts'
import { type LineageRow, selectLineage } from './store-lineage.ts'
import type { MembershipView, RunRef } from './types.ts'

/** Versions and runs in one answer. */
export const LINEAGE_NODES_MAX = 500

export type Lineage = {
  /** Each where it was logged, or in the first place where the caller sees it; `links`: the other places. */
  versions: { described: VersionDescription; links: MembershipView[] }[]
  runs: RunRef[]
  edges: { artifactId: number; runId: number; kind: 'logged' | 'used' }[]
  /** There is more than fits. */
  isCut: boolean
}

type Graph = {
  artifactIds: Set<number>
  runIds: Set<number>
  edges: Map<string, Lineage['edges'][number]>
  isCut: boolean
}

/**
 * What a version was made from and what was made from it: the runs that logged it and what those used, the runs that use
 * it and what those logged, and so on, `depth` runs far each way. Only what the caller may see, and on from there.
 *
 * A level costs as many statements as any other, however much is in it.
 *
 * @throws Refusal `not_found`
 */
export async function traceLineage(
  world: World,
  caller: Caller,
  input: CollectionAddress & { version: string; depth: number },
): Promise<Lineage> {
  const { artifactId } = await requireVersion(world, caller, input)
  const graph: Graph = { artifactIds: new Set([artifactId]), runIds: new Set(), edges: new Map(), isCut: false }
  for (const way of ['upstream', 'downstream'] as const) {
    let frontier = [artifactId]
    for (let level = 0; level < input.depth && frontier.length > 0; level++) {
      frontier = await nextLevel(world, caller, graph, { frontier, way })
    }
  }
  return describe(world, caller, graph)
}

/** The artifacts that are new, one run further. */
async function nextLevel(
  world: World,
  caller: Caller,
  graph: Graph,
  { frontier, way }: { frontier: readonly number[]; way: 'upstream' | 'downstream' },
): Promise<number[]> {
  const [first, second] = way === 'upstream' ? (['output', 'input'] as const) : (['input', 'output'] as const)
  const { read } = world.db
  const limit = LINEAGE_NODES_MAX + 1
  const toRuns = await selectLineage(read, { of: 'artifact_id', ids: frontier, direction: first, limit })
  const runs = await loadRunRefs(world, caller, [...new Set(toRuns.map((row) => row.run_id))])
  const newRuns = addEdges(graph, toRuns, first, (row) => runs.has(row.run_id)).runIds
  const onward = await selectLineage(read, { of: 'run_id', ids: newRuns, direction: second, limit })
  const artifacts = await loadArtifacts(world, caller, [...new Set(onward.map((row) => row.artifact_id))])
  if (toRuns.length === limit || onward.length === limit) graph.isCut = true
  return addEdges(graph, onward, second, (row) => artifacts.has(row.artifact_id)).artifactIds
}

/** What is new among the ends of those edges that may be seen and have room. */
function addEdges(
  graph: Graph,
  rows: readonly LineageRow[],
  direction: 'input' | 'output',
  isSeen: (row: LineageRow) => boolean,
): { runIds: number[]; artifactIds: number[] } {
  const added = { runIds: [] as number[], artifactIds: [] as number[] }
  for (const row of rows) {
    if (!isSeen(row)) continue
    const isNewRun = !graph.runIds.has(row.run_id)
    const isNewArtifact = !graph.artifactIds.has(row.artifact_id)
    const size = graph.runIds.size + graph.artifactIds.size
    if ((isNewRun || isNewArtifact) && size >= LINEAGE_NODES_MAX) {
      graph.isCut = true
      continue
    }
    if (isNewRun) added.runIds.push(row.run_id)
    if (isNewArtifact) added.artifactIds.push(row.artifact_id)
    graph.runIds.add(row.run_id)
    graph.artifactIds.add(row.artifact_id)
    const kind = direction === 'output' ? 'logged' : 'used'
    graph.edges.set(`${row.run_id} ${kind} ${row.artifact_id}`, {
      artifactId: row.artifact_id,
      runId: row.run_id,
      kind,
    })
  }
  return added
}

async function describe(world: World, caller: Caller, graph: Graph): Promise<Lineage> {
  const ids = [...graph.artifactIds]
  const places = await membershipsOf(world, caller, ids)
  const first = ids.flatMap((id) => places.get(id)?.[0] ?? [])
  const described = await describeVersions(world, caller, first)
  const runs = await loadRunRefs(world, caller, [...graph.runIds])
  const shown = new Set(described.map(({ artifact }) => artifact.id))
  return {
    versions: described.map((each) => ({ described: each, links: (places.get(each.artifact.id) ?? []).slice(1) })),
    runs: [...runs.values()],
    edges: [...graph.edges.values()].filter((edge) => shown.has(edge.artifactId) && runs.has(edge.runId)),
    isCut: graph.isCut,
  }
}

import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { CollectionAddress } from './operations-aliases.ts'
import { describeVersions, requireVersion, type VersionDescription } from './operations-descriptions.ts'
import { loadArtifacts, membershipsOf } from './operations-reading.ts'
import { loadRunRefs } from './operations-runs.ts'
import {
  type LineageRow,
  type ReferenceRow,
  selectLineage,
  selectLineageAmong,
  selectReferences,
} from './store-lineage.ts'
import type { MembershipView, RunArtifactDirection, RunRef } from './types.ts'

/** Versions and runs in one answer. */
export const LINEAGE_NODES_MAX = 500
/** Of those between what was found that the way there did not lead along: more than anybody can follow. */
const EDGES_BESIDE_MAX = 2_000

export type Lineage = {
  /** Each where it was logged, or in the first place where the caller sees it; `links`: the other places. */
  versions: { described: VersionDescription; links: MembershipView[] }[]
  runs: RunRef[]
  edges: { artifactId: number; runId: number; kind: 'logged' | 'used' }[]
  /** Which of the versions hold references to files of which others. */
  references: ReferenceRow[]
  /** There is more than fits. */
  isCut: boolean
}

type Graph = {
  artifactIds: Set<number>
  runIds: Set<number>
  edges: Map<string, Lineage['edges'][number]>
  references: Map<string, ReferenceRow>
  isCut: boolean
}

/**
 * What a version was made from and what was made from it: the runs that logged it and what those used, the runs that use
 * it and what those logged, and so on, `depth` runs far each way. Which refer to files of others counts as much as a run.
 * Only what the caller may see, and on from there. Of what was found, all that hangs together is told: also what lies
 * beside the way on which it was found.
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
  const graph: Graph = {
    artifactIds: new Set([artifactId]),
    runIds: new Set(),
    edges: new Map(),
    references: new Map(),
    isCut: false,
  }
  for (const way of ['upstream', 'downstream'] as const) {
    let frontier = [artifactId]
    for (let level = 0; level < input.depth && frontier.length > 0; level++) {
      const about = { frontier, way }
      const throughRuns = await nextLevel(world, caller, graph, about)
      frontier = [...throughRuns, ...(await nextReferences(world, caller, graph, about))]
    }
  }
  await addEdgesBeside(world, graph)
  return describe(world, caller, graph)
}

type Level = { frontier: readonly number[]; way: 'upstream' | 'downstream' }

/** The artifacts that are new, one run further. */
async function nextLevel(world: World, caller: Caller, graph: Graph, { frontier, way }: Level): Promise<number[]> {
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

/** The artifacts that are new among those that the frontier refers to, or that refer to it. */
async function nextReferences(world: World, caller: Caller, graph: Graph, { frontier, way }: Level): Promise<number[]> {
  const { read, engine } = world.db
  const limit = LINEAGE_NODES_MAX + 1
  const of = way === 'upstream' ? 'referring' : 'referred'
  const rows = await selectReferences(read, engine, { of, ids: frontier, limit })
  if (rows.length === limit) graph.isCut = true
  const otherOf = (row: ReferenceRow) => (way === 'upstream' ? row.referredId : row.artifactId)
  const others = await loadArtifacts(world, caller, [...new Set(rows.map(otherOf))])
  const added: number[] = []
  for (const row of rows) {
    const other = otherOf(row)
    // Whoever logs a version may name any other, also one that is gone or was never finished.
    if (others.get(other)?.state !== 'COMMITTED' || row.artifactId === row.referredId) continue
    const isNew = !graph.artifactIds.has(other)
    if (isNew && isFull(graph)) {
      graph.isCut = true
      continue
    }
    if (isNew) added.push(other)
    graph.artifactIds.add(other)
    setReference(graph, row)
  }
  return added
}

function isFull({ runIds, artifactIds }: Graph): boolean {
  return runIds.size + artifactIds.size >= LINEAGE_NODES_MAX
}

/** What lies between two that were found, and was not on the way to either. */
async function addEdgesBeside(world: World, graph: Graph): Promise<void> {
  const { read, engine } = world.db
  const artifactIds = [...graph.artifactIds]
  const limit = EDGES_BESIDE_MAX + 1
  const runIds = [...graph.runIds]
  const rows = await selectLineageAmong(read, { runIds, artifactIds, limit })
  const references = await selectReferences(read, engine, { of: 'among', ids: artifactIds, limit })
  for (const row of rows) setEdge(graph, row, row.direction)
  for (const row of references) setReference(graph, row)
  if (rows.length === limit || references.length === limit) graph.isCut = true
}

/** What is new among the ends of those edges that may be seen and have room. */
function addEdges(
  graph: Graph,
  rows: readonly LineageRow[],
  direction: RunArtifactDirection,
  isSeen: (row: LineageRow) => boolean,
): { runIds: number[]; artifactIds: number[] } {
  const added = { runIds: [] as number[], artifactIds: [] as number[] }
  for (const row of rows) {
    if (!isSeen(row)) continue
    const isNewRun = !graph.runIds.has(row.run_id)
    const isNewArtifact = !graph.artifactIds.has(row.artifact_id)
    if ((isNewRun || isNewArtifact) && isFull(graph)) {
      graph.isCut = true
      continue
    }
    if (isNewRun) added.runIds.push(row.run_id)
    if (isNewArtifact) added.artifactIds.push(row.artifact_id)
    graph.runIds.add(row.run_id)
    graph.artifactIds.add(row.artifact_id)
    setEdge(graph, row, direction)
  }
  return added
}

function setEdge(
  graph: Graph,
  { run_id: runId, artifact_id: artifactId }: LineageRow,
  direction: RunArtifactDirection,
) {
  const kind = direction === 'output' ? 'logged' : 'used'
  graph.edges.set(`${runId} ${kind} ${artifactId}`, { artifactId, runId, kind })
}

function setReference(graph: Graph, row: ReferenceRow): void {
  // What refers to files of its own is no news.
  if (row.artifactId !== row.referredId) graph.references.set(`${row.artifactId} ${row.referredId}`, row)
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
    references: [...graph.references.values()].filter((row) => shown.has(row.artifactId) && shown.has(row.referredId)),
    isCut: graph.isCut,
  }
}

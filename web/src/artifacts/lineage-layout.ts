import type { Schemas } from '../api/client'

type Lineage = Schemas['Lineage']

export type LineageNode = {
  /** Of a version `v:` and its artifact's id, of a run `r:` and its id. */
  id: string
  /** How many steps after the version that is asked about; before it negative. */
  layer: number
  x: number
  y: number
} & ({ kind: 'version'; version: Lineage['versions'][number] } | { kind: 'run'; run: Lineage['runs'][number] })

/** From what was there first to what came of it; of `refers`, from what is referred to. */
export type LineageEdge = {
  id: string
  from: LineageNode
  to: LineageNode
  kind: 'logged' | 'used' | 'refers'
  /** Where it passes columns, in rows that are kept free for it. */
  via: { x: number; y: number }[]
}

export type Layout = { nodes: LineageNode[]; edges: LineageEdge[]; width: number; height: number }

export const NODE_WIDTH = 176
export const NODE_HEIGHT = 48
const GAP_X = 48
const GAP_Y = 18
/** Enough to untangle what a page can show. */
const SORTING_ROUNDS = 6
/** Edges that get rows kept free: with more of them nobody follows any, and the drawing would be rows alone. */
const PASSING_MAX = 60

/**
 * Where each version and run is drawn: time goes from left to right, what a run used on its left, what it logged on its
 * right, and the lines cross as little as a few rounds of sorting can do.
 *
 * - `around`: the artifact's id that all is seen from. What does not hang together with it is left out.
 */
export function layOut(lineage: Lineage, around: string): Layout {
  const edges = edgesOf(lineage)
  const layers = layersFrom(`v:${around}`, edges)
  const passing = new Set(edges.filter((edge) => passedBy(edge, layers).length > 0).slice(0, PASSING_MAX))
  const passed = (edge: Edge) => (passing.has(edge) ? passedBy(edge, layers) : [])
  const parts = edges.flatMap((edge) => partsOf(edge, passed(edge)))
  for (const edge of passing) for (const { id, layer } of passedBy(edge, layers)) layers.set(id, layer)
  const columns = sortColumns(layers, parts)
  const first = Math.min(...layers.values())
  const height = Math.max(...columns.map(({ length }) => length)) * (NODE_HEIGHT + GAP_Y) - GAP_Y

  const places = new Map<string, { x: number; y: number }>()
  for (const [index, column] of columns.entries()) {
    const top = (height - (column.length * (NODE_HEIGHT + GAP_Y) - GAP_Y)) / 2
    for (const [row, id] of column.entries()) {
      places.set(id, { x: index * (NODE_WIDTH + GAP_X), y: top + row * (NODE_HEIGHT + GAP_Y) })
    }
  }
  const at = (id: string) => ({ id, layer: layers.get(id) ?? first, ...(places.get(id) ?? { x: 0, y: 0 }) })
  const nodes: LineageNode[] = [
    ...lineage.versions.map((version) => ({ kind: 'version' as const, version, ...at(`v:${version.artifactId}`) })),
    ...lineage.runs.map((run) => ({ kind: 'run' as const, run, ...at(`r:${run.id}`) })),
  ].filter(({ id }) => layers.has(id))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)]
    if (from === undefined || to === undefined) return []
    const via = passed(edge).flatMap(({ id }) => places.get(id) ?? [])
    return [{ id: `${edge.from} ${edge.kind} ${edge.to}`, from, to, kind: edge.kind, via }]
  })
  return { nodes, edges: drawn, width: columns.length * (NODE_WIDTH + GAP_X) - GAP_X, height }
}

type Edge = { from: string; to: string; kind: LineageEdge['kind'] }

function edgesOf({ edges, references }: Lineage): Edge[] {
  const byRuns = edges.map(({ run, artifactId, kind }) =>
    kind === 'logged'
      ? { from: `r:${run}`, to: `v:${artifactId}`, kind }
      : { from: `v:${artifactId}`, to: `r:${run}`, kind },
  )
  const byReferences = references.map(({ artifactId, refersTo }) => ({
    from: `v:${refersTo}`,
    to: `v:${artifactId}`,
    kind: 'refers' as const,
  }))
  return [...byRuns, ...byReferences]
}

/** A version that refers to another stands where it would if a run had made it of that: columns of runs have none. */
const stepsOf = ({ kind }: Edge) => (kind === 'refers' ? 2 : 1)

/** The columns that an edge passes, each as a place of its own there, lest it run behind what stands in them. */
function passedBy({ from, to }: Edge, layers: Map<string, number>): { id: string; layer: number }[] {
  const [start, end] = [layers.get(from), layers.get(to)]
  if (start === undefined || end === undefined) return []
  const count = Math.max(0, end - start - 1)
  return Array.from({ length: count }, (_, n) => ({ id: `e:${from} ${to} ${n}`, layer: start + 1 + n }))
}

/** The edge from column to column. */
function partsOf(edge: Edge, passed: readonly { id: string }[]): Edge[] {
  const stops = [edge.from, ...passed.map(({ id }) => id), edge.to]
  return stops.slice(1).map((to, n) => ({ ...edge, from: stops[n] as string, to }))
}

/**
 * How many steps each is from the start, by the longest way: what something was made from stands before it, and after the
 * start what came of it. In a circle one edge goes against the time.
 */
function layersFrom(start: string, edges: readonly Edge[]): Map<string, number> {
  const after = new Map<string, Step[]>()
  const before = new Map<string, Step[]>()
  for (const edge of edges) {
    const by = stepsOf(edge)
    after.set(edge.from, [...(after.get(edge.from) ?? []), { to: edge.to, by }])
    before.set(edge.to, [...(before.get(edge.to) ?? []), { to: edge.from, by: -by }])
  }
  const layers = new Map([[start, 0]])
  for (const ways of [before, after]) {
    const placed = new Set(layers.keys())
    const order = inOrder(start, ways)
    const turns = new Map(order.map((id, turn) => [id, turn]))
    for (const [turn, id] of order.entries()) {
      for (const { to, by } of ways.get(id) ?? []) {
        const isBack = (turns.get(to) ?? 0) <= turn
        if (isBack || placed.has(to)) continue
        const layer = (layers.get(id) ?? 0) + by
        const found = layers.get(to)
        if (found === undefined || (layer - found) * by > 0) layers.set(to, layer)
      }
    }
  }
  return layers
}

type Step = { to: string; by: number }

/** All that is reached from the start, each after everything that leads to it, but for circles. */
function inOrder(start: string, ways: ReadonlyMap<string, Step[]>): string[] {
  const seen = new Set<string>()
  const done: string[] = []
  const visit = (id: string) => {
    seen.add(id)
    for (const { to } of ways.get(id) ?? []) if (!seen.has(to)) visit(to)
    done.push(id)
  }
  visit(start)
  return done.reverse()
}

/** The ids of each layer, those beside each other whose neighbours are. */
function sortColumns(layers: Map<string, number>, edges: readonly Edge[]): string[][] {
  const first = Math.min(...layers.values())
  const columns = Array.from({ length: Math.max(...layers.values()) - first + 1 }, (): string[] => [])
  for (const [id, layer] of layers) columns[layer - first]?.push(id)
  const neighbours = new Map<string, string[]>()
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to])
    neighbours.set(to, [...(neighbours.get(to) ?? []), from])
  }
  for (let round = 0; round < SORTING_ROUNDS; round++) {
    const rows = new Map(columns.flatMap((column) => column.map((id, row) => [id, row - column.length / 2] as const)))
    const middle = (id: string) => {
      const beside = (neighbours.get(id) ?? []).map((other) => rows.get(other) ?? 0)
      return beside.length === 0 ? (rows.get(id) ?? 0) : beside.reduce((sum, row) => sum + row, 0) / beside.length
    }
    for (const column of columns) column.sort((a, b) => middle(a) - middle(b))
  }
  return columns
}

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
  /** Where it passes a column, in a row that is kept free for it. */
  via: { x: number; y: number } | undefined
}

export type Layout = { nodes: LineageNode[]; edges: LineageEdge[]; width: number; height: number }

export const NODE_WIDTH = 176
export const NODE_HEIGHT = 48
const GAP_X = 48
const GAP_Y = 18
/** Enough to untangle what a page can show. */
const SORTING_ROUNDS = 6

/**
 * Where each version and run is drawn: time goes from left to right, what a run used on its left, what it logged on its
 * right, and the lines cross as little as a few rounds of sorting can do.
 *
 * - `around`: the artifact's id that all is seen from. What does not hang together with it is left out.
 */
export function layOut(lineage: Lineage, around: string): Layout {
  const edges = edgesOf(lineage)
  const layers = layersFrom(`v:${around}`, edges)
  const parts = edges.flatMap((edge) => partsOf(edge, layers))
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
    return [{ id: `${edge.from} ${edge.kind} ${edge.to}`, from, to, kind: edge.kind, via: places.get(viaOf(edge)) }]
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

const viaOf = ({ from, to }: Edge) => `e:${from} ${to}`

/** The edge from column to column: one that passes a column gets a row of its own there, lest it run behind what stands in it. */
function partsOf(edge: Edge, layers: Map<string, number>): Edge[] {
  const [start, end] = [layers.get(edge.from), layers.get(edge.to)]
  if (edge.kind !== 'refers' || start === undefined || end === undefined || end - start !== 2) return [edge]
  const via = viaOf(edge)
  layers.set(via, start + 1)
  return [
    { ...edge, to: via },
    { ...edge, from: via },
  ]
}

/** How many steps each is from the start; with the arrows positive, against them negative. A circle ends where it began. */
function layersFrom(start: string, edges: readonly Edge[]): Map<string, number> {
  const neighbours = new Map<string, [string, number][]>()
  const add = (a: string, b: string, step: number) => neighbours.set(a, [...(neighbours.get(a) ?? []), [b, step]])
  for (const edge of edges) {
    add(edge.from, edge.to, stepsOf(edge))
    add(edge.to, edge.from, -stepsOf(edge))
  }
  const layers = new Map([[start, 0]])
  for (const [id, layer] of layers) {
    for (const [other, step] of neighbours.get(id) ?? []) if (!layers.has(other)) layers.set(other, layer + step)
  }
  return layers
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

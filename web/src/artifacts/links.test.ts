import { expect, test } from 'vitest'
import { selectedByClient } from './client-link'
import { layOut } from './lineage-layout'
import { relationWords } from './lineage-words'
import { qualifiedName, versionPath, versionTab } from './place'
import { shortList } from './short-list'
import { choiceOf, timeToLiveOf, timeToLiveWords } from './time-to-live'
import { usageSnippets } from './usage'
import { startOf, zoom } from './view-box'

const AT = { entity: 'acme', project: 'wandb-registry-models', collection: 'churn', version: 'v3' }

test('a link of the client names a collection and a version in its query', () => {
  const query = 'selectionPath=acme%2Fwandb-registry-models%2Fchurn&view=membership&version=v3'
  expect(selectedByClient(new URLSearchParams(query))).toEqual(AT)
  expect(selectedByClient(new URLSearchParams(query.replace('v3', '3')))).toEqual(AT)
  expect(selectedByClient(new URLSearchParams('selectionPath=acme%2Fchurn'))).toBeUndefined()
  expect(selectedByClient(new URLSearchParams())).toBeUndefined()
})

test('paths are encoded, and the first tab is not in them', () => {
  expect(versionPath({ ...AT, type: 'a b', tab: 'overview' })).toBe(
    '/orgs/acme/registry/models/artifacts/a%20b/churn/v3',
  )
  expect(versionPath({ ...AT, project: 'p', type: 'model', tab: 'files' })).toBe(
    '/acme/p/artifacts/model/churn/v3/files',
  )
  expect([versionTab(undefined), versionTab('graph'), versionTab('nothing')]).toEqual([
    'overview',
    'lineage',
    undefined,
  ])
})

test('snippets quote what they name', () => {
  const [, plain, shell] = usageSnippets({ ...AT, collection: "it's", type: 'model' }, 'http://localhost:8080')
  expect(plain?.code).toContain(`"${qualifiedName({ ...AT, collection: "it's" })}"`)
  expect(shell?.code).toContain(`wandb artifact get 'acme/wandb-registry-models/it'\\''s:v3'`)
})

test('a time to live is said in the largest unit that fits', () => {
  expect([86_400, 7_200, 90, 'never' as const, 'inherit' as const].map(timeToLiveWords)).toEqual([
    '1 day',
    '2 hours',
    '90 seconds',
    'Never expires',
    'Inherited',
  ])
  for (const value of [172_800, 'never', 'inherit'] as const) expect(timeToLiveOf(choiceOf(value))).toBe(value)
})

test('what was used stands on the left of a run, what it logged on the right, and a circle ends', () => {
  const version = (artifactId: string) => ({
    ...AT,
    collection: artifactId,
    artifactId,
    type: 'model',
    aliases: [],
    size: 1,
    createdAt: '',
    links: [],
  })
  const run = { id: 'r', entity: 'acme', project: 'p', name: 'r', displayName: 'r' }
  const lineage = {
    versions: [version('in'), version('out'), version('far'), version('later')],
    runs: [run],
    edges: [
      { run: 'r', artifactId: 'in', kind: 'used' as const },
      { run: 'r', artifactId: 'out', kind: 'logged' as const },
      { run: 'r', artifactId: 'out', kind: 'used' as const },
    ],
    references: [
      { artifactId: 'out', refersTo: 'in' },
      { artifactId: 'later', refersTo: 'out' },
    ],
    cut: false,
  }
  const { nodes, edges } = layOut(lineage, 'out')
  expect(Object.fromEntries(nodes.map(({ id, layer }) => [id, layer]))).toEqual({
    'v:out': 0,
    'r:r': -1,
    'v:in': -2,
    // Beyond a column that no run stands in.
    'v:later': 2,
  })
  expect(edges).toHaveLength(5)
  // It passes the column of the run in a row of its own.
  const [reference, beside] = [edges.find(({ id }) => id === 'v:in refers v:out'), nodes.find(({ id }) => id === 'r:r')]
  expect(reference?.via.map(({ x, y }) => [x, y === beside?.y])).toEqual([[beside?.x, false]])
  // Over all columns between, and not against the time.
  const long = layOut(
    {
      ...lineage,
      edges: [
        ...lineage.edges,
        { run: 'last', artifactId: 'in', kind: 'used' },
        { run: 'last', artifactId: 'later', kind: 'used' },
      ],
      runs: [run, { ...run, id: 'last' }],
    },
    'out',
  )
  expect(long.edges.find(({ id }) => id === 'v:in used r:last')?.via).toHaveLength(4)
  expect(long.edges.find(({ id }) => id === 'v:out used r:r')?.via).toEqual([])
  const words = (id: string) => relationWords(nodes.find((node) => node.id === id)!, edges)
  expect(words('v:out')).toBe('logged by r; used by r; refers to in:v3; referred to by later:v3')
  expect(words('r:r')).toBe('used in:v3, out:v3; logged out:v3')
  expect(shortList(['a', 'b', 'c'], 2)).toBe('a, b and 1 more')
})

test('a drawing that would be too small to read begins around the middle; zooming is bounded', () => {
  const frame = { width: 100, height: 100 }
  expect(startOf({ width: 20, height: 20 }, frame, { x: 0, y: 0 })).toEqual({ x: -40, y: -40, width: 100, height: 100 })
  const large = startOf({ width: 5_000, height: 20 }, frame, { x: 900, y: 10 })
  expect(large.x + large.width / 2).toBeCloseTo(900)
  expect(zoom(large, 1_000, { x: 900, y: 10 }, 100).width).toBe(50)
  expect(zoom(large, 0.001, { x: 900, y: 10 }, 100).width).toBe(800)
})

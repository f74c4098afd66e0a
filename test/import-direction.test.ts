/**
 * Keeps the direction of every import in `src/`: doors → operations → store → decisions → runtime.
 *
 * Method: each import is one pair of files (or a file and a package); each rule says which pairs it refuses, and its
 * reason is the name of its test. Beside the sources each rule is shown an import that it has to refuse, so that none
 * can rot into one that refuses nothing.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'

const SOURCE = join(import.meta.dirname, '..', 'src')

const DOMAINS = ['access', 'artifacts', 'automations', 'blobs', 'deliveries', 'events', 'runs', 'webhooks']

/**
 * Files of domain folders that touch the outside world without being a store, operations or a door. A new one is a
 * decision: name it here, with what it touches.
 */
const DRIVERS: Record<string, string> = {
  'access/oidc-provider.ts': 'the identity provider',
  'blobs/deferred-files.ts': 'the file system',
  'blobs/directory.ts': 'the file system',
  'blobs/file-system-sync.ts': 'the file system, by a program of the system',
  'blobs/metrics.ts': 'the registry of metrics',
  'blobs/open.ts': 'the store of blobs',
  'blobs/s3.ts': 'a bucket',
  'blobs/s3-direct.ts': 'a bucket',
  'deliveries/answer-head.ts': 'sockets to receivers',
  'deliveries/attempt.ts': 'a receiver, by way of the sender',
  'deliveries/connection.ts': 'sockets to receivers',
  'deliveries/metrics.ts': 'the registry of metrics',
  'deliveries/send.ts': 'the connections to receivers',
  'deliveries/tunnel.ts': 'sockets to proxies',
  'webhooks/master-keys.ts': 'the file of the key, and the row that tells a wrong one',
  'blobs/durable-directories.ts': 'the file system',
  'blobs/incoming-file.ts': 'the file system',
}

/** What a decision may use besides our own code: nothing that reads a file, a socket, a database or the time. */
const PURE_PACKAGES = [
  'node:buffer',
  'node:crypto',
  'node:stream',
  'node:url',
  'node:util',
  'ipaddr.js',
  're2js',
  'zod',
]

/** What a decision may take of packages that could do more. */
const PURE_NAMES: Record<string, string[]> = { 'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'] }

/** One import: `to` is a path below `src/` or the name of a package. A `typeOnly` one is gone when the code runs. */
type Import = { from: string; to: string; typeOnly: boolean; names?: string[] }

type Kind = 'door' | 'operations' | 'store' | 'driver' | 'decision' | 'plumbing' | 'ground' | 'cli' | 'root' | 'package'

function kindOf(path: string): Kind {
  const [folder, ...rest] = path.split('/')
  if (!path.endsWith('.ts')) return 'package'
  if (folder === 'runtime' || folder === 'database') return 'ground'
  if (folder === 'http' || folder === 'graphql') return 'plumbing'
  if (folder === 'cli') return 'cli'
  if (!DOMAINS.includes(folder!)) return 'root'
  if (path in DRIVERS) return 'driver'
  const name = rest.join('/').replace('.ts', '')
  if (/^(http|graphql)(-|$)/.test(name)) return 'door'
  if (/^(operations|worker)(-|$)/.test(name)) return 'operations'
  if (/^store(-|$)/.test(name)) return 'store'
  return 'decision'
}

const folderOf = (path: string) => path.split('/')[0]
const isOneOf = (path: string, ...kinds: Kind[]) => kinds.includes(kindOf(path))

/** The types of rows are the domain's words, declared where the tables are: to name one is not to reach the database. */
const reachesDatabase = ({ to, typeOnly }: Import) =>
  folderOf(to) === 'database' && !(to === 'database/schema.ts' && typeOnly)

/** To name the type of a row that somebody else has read, or of an operation's answer, is not to ask for it. */
const reachesStore = ({ to, typeOnly }: Import) => isOneOf(to, 'store') && !typeOnly
const reachesWorld = ({ to, typeOnly }: Import) => isOneOf(to, 'store', 'operations', 'driver') && !typeOnly

const isPure = ({ to, names }: Import) =>
  PURE_PACKAGES.includes(to) || (names ?? ['*']).every((name) => PURE_NAMES[to]?.includes(name))

type Rule = { because: string; refuses(found: Import): boolean; example: Import }

const RULES: Rule[] = [
  {
    because: 'the ground (runtime, database) does not know the domain: it could not be understood or tested alone',
    refuses: ({ from, to }) => isOneOf(from, 'ground') && !isOneOf(to, 'ground', 'package') && to !== 'refusal.ts',
    example: { from: 'database/schema.ts', to: 'events/event.ts', typeOnly: true },
  },
  {
    because: 'runtime does not know the database: what starts and stops is not all stored',
    refuses: ({ from, to }) => folderOf(from) === 'runtime' && folderOf(to) === 'database',
    example: { from: 'runtime/config.ts', to: 'database/engine.ts', typeOnly: false },
  },
  {
    because: 'a refusal is known to everybody, so it knows nobody',
    refuses: ({ from }) => from === 'refusal.ts',
    example: { from: 'refusal.ts', to: 'access/rights.ts', typeOnly: true },
  },
  {
    because: 'a door is opened by the server alone: what two doors share is an operation',
    refuses: ({ from, to }) =>
      isOneOf(to, 'door') &&
      !(
        from === 'server.ts' ||
        isOneOf(from, 'plumbing') ||
        (isOneOf(from, 'door') && folderOf(from) === folderOf(to))
      ),
    example: { from: 'artifacts/graphql.ts', to: 'runs/graphql.ts', typeOnly: false },
  },
  {
    because: 'the rows of a domain are read and written by its own folder alone, or its laws hold nowhere',
    refuses: ({ from, to }) => isOneOf(to, 'store') && folderOf(from) !== folderOf(to),
    example: { from: 'automations/operations.ts', to: 'deliveries/store.ts', typeOnly: false },
  },
  {
    because: 'a door parses, calls an operation and renders: it reaches neither a store nor the database',
    refuses: (found) => isOneOf(found.from, 'door') && (reachesStore(found) || reachesDatabase(found)),
    example: { from: 'webhooks/http.ts', to: 'webhooks/store.ts', typeOnly: false },
  },
  {
    because: 'an operation does not know which door it was called through',
    refuses: ({ from, to }) =>
      isOneOf(from, 'operations', 'store', 'driver', 'decision') &&
      (isOneOf(to, 'door', 'plumbing') || /^(fastify|graphql|@pothos)(\/|-|$)/.test(to)),
    example: { from: 'artifacts/operations.ts', to: 'http/problem.ts', typeOnly: false },
  },
  {
    because:
      'a statement does not decide: a store calls no operation and sees no more of the world than its transaction',
    refuses: ({ from, to }) => isOneOf(from, 'store') && (isOneOf(to, 'operations', 'driver') || to === 'world.ts'),
    example: { from: 'events/store.ts', to: 'events/operations.ts', typeOnly: false },
  },
  {
    because: 'a driver does one thing to the outside world and leaves the reasons to its callers',
    refuses: (found) => isOneOf(found.from, 'driver') && !isOneOf(found.to, 'driver') && reachesWorld(found),
    example: { from: 'blobs/directory.ts', to: 'artifacts/operations.ts', typeOnly: false },
  },
  {
    because: 'a decision is pure: it is given what it decides on, so that a test can ask it anything without a world',
    refuses: (found) =>
      isOneOf(found.from, 'decision') &&
      (reachesWorld(found) ||
        reachesDatabase(found) ||
        found.to === 'world.ts' ||
        (isOneOf(found.to, 'package') && !isPure(found))),
    example: { from: 'automations/matching.ts', to: 'node:fs', typeOnly: false },
  },
  {
    because: 'the server and the command line are the top: nothing below calls back up',
    refuses: ({ from, to }) => (to === 'server.ts' || isOneOf(to, 'cli')) && !isOneOf(from, 'cli'),
    example: { from: 'deliveries/worker.ts', to: 'server.ts', typeOnly: false },
  },
]

const imports = readSources().flatMap(({ path, text }) => importsOf(path, text))

describe('every import in src keeps its direction:', () => {
  for (const rule of RULES) {
    test(rule.because, () => {
      expect(rule.refuses(rule.example)).toBe(true)
      expect(imports.filter(rule.refuses).map(({ from, to }) => `${from} → ${to}`)).toEqual([])
    })
  }

  test('a decision may ask what an address is, but not connect to it', () => {
    const isDecision = RULES.find(({ because }) => because.startsWith('a decision is pure'))!
    const found = importsOf(
      'webhooks/address-policy.ts',
      "import { isIP } from 'node:net'\nimport { connect } from 'node:net'",
    )
    expect(found.map(isDecision.refuses)).toEqual([false, true])
  })

  test('files that need each other to load have no order to be read or tested in', () => {
    const value = (from: string, to: string): Import => ({ from, to, typeOnly: false })
    const chain = [value('a.ts', 'b.ts'), value('b.ts', 'c.ts'), value('a.ts', 'c.ts')]
    expect(cycleIn(chain)).toBeUndefined()
    expect(cycleIn([...chain, value('c.ts', 'b.ts')])).toEqual(['b.ts', 'c.ts', 'b.ts'])

    expect(cycleIn(imports.filter(({ typeOnly }) => !typeOnly))).toBeUndefined()
  })

  test('the words of two domains do not lean on each other: one of them comes first', () => {
    const betweenFolders = (found: Import[]) =>
      found
        .filter(
          ({ from, to }) => isOneOf(from, 'decision') && isOneOf(to, 'decision') && folderOf(from) !== folderOf(to),
        )
        .map(({ from, to, typeOnly }) => ({ from: folderOf(from)!, to: folderOf(to)!, typeOnly }))
    const there: Import = { from: 'events/event.ts', to: 'artifacts/alias.ts', typeOnly: true }
    const back: Import = { from: 'artifacts/version.ts', to: 'events/catalogue.ts', typeOnly: true }
    expect(cycleIn(betweenFolders([there]))).toBeUndefined()
    expect(cycleIn(betweenFolders([there, back]))).toEqual(['events', 'artifacts', 'events'])

    expect(cycleIn(betweenFolders(imports))).toBeUndefined()
  })

  test('a folder is named after the domain or is one of the few that are not', () => {
    const folders = readdirSync(SOURCE, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const known = [...DOMAINS, 'cli', 'database', 'graphql', 'http', 'runtime']
    expect(folders.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([])
  })
})

describe('the reading of imports', () => {
  test('finds every form of import, and tells types from code', () => {
    const text = `
      // import { commented } from './commented.ts'
      /* export * from './commented-too.ts' */
      import type { Event } from '../events/event.ts'
      import { type Tx, open } from '../database/database.ts'
      import fs, {
        type Stats,
      } from 'node:fs'
      import './side-effect.ts'
      export * from './matching.ts'
      export type { Filter } from './filter.ts'
      const later = await import('../runs/operations.ts')
      const sql = 'select from'
    `
    const found = importsOf('automations/operations.ts', text).map(({ to, typeOnly }) => (typeOnly ? `type ${to}` : to))
    expect(found.sort()).toEqual([
      'automations/matching.ts',
      'automations/side-effect.ts',
      'database/database.ts',
      'node:fs',
      'runs/operations.ts',
      'type automations/filter.ts',
      'type events/event.ts',
    ])
  })

  test('found the sources', () => {
    expect(imports.map(({ from }) => from)).toContain('server.ts')
  })
})

function readSources(): { path: string; text: string }[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => ({ path, text: readFileSync(join(SOURCE, path), 'utf8') }))
}

function importsOf(path: string, text: string): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const statements = /\b(?:import|export)\s+(?<type>type\s+)?(?:(?<names>[\w$\s{},*]+?)\sfrom\s+)?'(?<name>[^']+)'/g
  const calls = /\bimport\(\s*'(?<name>[^']+)'/g
  return [...code.matchAll(statements), ...code.matchAll(calls)].map((match) => {
    const name = match.groups!.name!
    const to = name.startsWith('.') ? posix.join(posix.dirname(path), name) : packageOf(name)
    const names = match.groups!.names?.match(/[\w$*]+/g)
    return { from: path, to, typeOnly: match.groups!.type !== undefined, ...(names && { names }) }
  })
}

/** `kysely/migration` is of the package `kysely`; the parts of Node (`node:fs/promises`) go by their first name too. */
function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

/** A way along imports that ends where it began; `undefined` when there is none. */
function cycleIn(found: Import[]): string[] | undefined {
  const next = Map.groupBy(found, ({ from }) => from)
  const done = new Set<string>()
  const way: string[] = []
  const visit = (path: string): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return undefined
    way.push(path)
    for (const { to } of next.get(path) ?? []) {
      const cycle = visit(to)
      if (cycle !== undefined) return cycle
    }
    way.pop()
    done.add(path)
    return undefined
  }
  for (const path of next.keys()) {
    const cycle = visit(path)
    if (cycle !== undefined) return cycle
  }
  return undefined
}

/**
 * Writes `docs/wandb-compatibility.md`, the table of what the client can do here, from the tests in `test/clients/`:
 * `node scripts/compatibility.ts`. Needs the clients that `npm run provision` installs.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readProvision, WANDB_VERSIONS } from './provision.ts'

const ROOT = join(import.meta.dirname, '..')
const TABLE_SCRIPT = join(ROOT, 'test', 'clients', 'table.py')
export const COMPATIBILITY_PAGE = 'docs/wandb-compatibility.md'

/** What `test/clients/table.py` prints for one version of the client. */
export type ClientTable = {
  version: string
  /** Of each class its public methods. */
  methods: Record<string, string[]>
  /** Of each group of its command line the commands. */
  commands: Record<string, string[]>
  promises: {
    test: string
    methods: string[]
    supported: boolean
    since: string | null
    notes: string | null
    shows: string | null
  }[]
  /** Tests that say of nothing what they are about. */
  silent: string[]
  /** Public classes that are not in the table, with no reason given. */
  unknown: string[]
}

/** Asks a client for its table, with the Python program that imports it. */
export function readClientTable(python: string): ClientTable {
  const env = { PATH: process.env.PATH ?? '', HOME: tmpdir(), PYTHONDONTWRITEBYTECODE: '1', LANG: 'C.UTF-8' }
  return JSON.parse(execFileSync(python, [TABLE_SCRIPT], { env, encoding: 'utf8', timeout: 60_000 }))
}

/** Every class, every method and every command of the newest client, as the promises name them. */
export function subjectsOf(table: ClientTable): string[] {
  return sectionsOf(table).flatMap(({ subjects }) => subjects)
}

function sectionsOf({ methods, commands }: ClientTable): { name: string; subjects: string[] }[] {
  return [
    ...Object.entries(methods).map(([name, own]) => ({
      name,
      subjects: [name, ...own.map((method) => `${name}.${method}`)],
    })),
    ...Object.entries(commands).map(([name, own]) => ({ name, subjects: own.map((command) => `${name} ${command}`) })),
  ]
}

/**
 * The page.
 *
 * - `tables`: of the newest client first, whose promises count; the older ones tell since when there is a method.
 */
export function compatibilityPage(tables: readonly ClientTable[]): string {
  const newest = tables[0]!
  const sections = sectionsOf(newest).map(({ name, subjects }) => {
    const rows = subjects.flatMap((subject) => rowOf(subject, tables))
    return `## \`${name}\`\n\n| method | here | since | notes |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  const oldest = shortVersion(tables.at(-1)!.version)
  return `# What the \`wandb\` client can do here

Every public method of the client's classes that concerns artifacts, registries, people, automations and the parts of runs
that these need, and the commands that ask a server. Each row is what tests of the unmodified client (${tables.map((table) => table.version).join(', ')}) see against a real
server: [test/clients](../test/clients). *Since* is the first of these clients that has the method; "${oldest}" may mean
an earlier one. What is not supported fails at once, with the words shown.

This page is made from the tests (\`node scripts/compatibility.ts\`).

${sections.join('\n')}`
}

function rowOf(subject: string, tables: readonly ClientTable[]): string[] {
  const promises = tables[0]!.promises.filter(({ methods }) => methods.includes(subject))
  if (promises.length === 0) return []
  const has = (table: ClientTable) => subjectsOf(table).includes(subject)
  const since = shortVersion((tables.findLast(has) ?? tables[0]!).version)
  const shown = [...new Set(promises.flatMap(({ shows }) => (shows === null ? [] : [`Shows: ${shows}.`])))]
  const notes = [...new Set(promises.flatMap(({ notes }) => notes ?? []))]
  const name = /[. ]/.test(subject) && subject !== 'wandb.Run' ? `\`${subject}\`` : `\`${subject}\`, its properties`
  const supported = promises.every((promise) => promise.supported) ? 'yes' : '**not supported here**'
  return [`| ${name} | ${supported} | ${since} | ${[...shown, ...notes].join('; ').replaceAll('|', '\\|')} |`]
}

function shortVersion(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

if (import.meta.main) {
  const findings = readProvision()
  const tables = WANDB_VERSIONS.map((version) => {
    const client = findings?.[`wandb-${version}`]
    if (client?.found !== true) throw new Error(`The client ${version} is missing: npm run provision`)
    return readClientTable(client.path)
  })
  writeFileSync(join(ROOT, COMPATIBILITY_PAGE), compatibilityPage(tables))
  console.log(`wrote ${COMPATIBILITY_PAGE}`)
}

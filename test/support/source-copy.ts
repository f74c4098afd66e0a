/** Copies of the product's code with something changed in them: a fault, to see it found, or a constant. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

/** In `file`, below `src`, stands `after` where `before` stood. */
export type Change = { file: string; before: string; after: string }

/**
 * A copy of `src`, to be run as `SERVER_SOURCE` (see `killable-process.ts`).
 *
 * @throws Error when a file does not have the place to change
 */
export function copySource(...changes: readonly Change[]): { path: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tripline-source-'))
  cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const { file, before, after } of changes) {
    const path = join(folder, 'src', file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(before)) throw new Error(`${file} has no place for the change: ${before}`)
    writeFileSync(
      path,
      text.replace(before, () => after),
    )
  }
  return {
    path: join(folder, 'src'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A process that dies between the two commits has acknowledged a change that nothing is sent for. */
export const MATCHING_OUTSIDE_THE_CHANGE: readonly Change[] = [
  {
    file: 'events/operations-recording.ts',
    before: 'await fireAutomations(world, tx, firings, isLast)',
    after: `outside(() => setTimeout(() => {
        world.db.transaction((later) => fireAutomations(world, later, firings, false)).catch(() => {})
      }, 20))`,
  },
  {
    file: 'events/operations-recording.ts',
    before: '/** An event about to be recorded',
    after: `import { AsyncLocalStorage } from 'node:async_hooks'
      const outside = AsyncLocalStorage.snapshot()
      /** An event about to be recorded`,
  },
]

export const LAPSED_LEASES_LEFT: readonly Change[] = [
  {
    file: 'deliveries/worker.ts',
    before: 'await world.db.transaction((tx) => reclaimLapsed(tx, world.now()))',
    after: '',
  },
]

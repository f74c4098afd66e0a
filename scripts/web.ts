/**
 * Builds the web app into `web/dist`, each file also compressed, so that the server never compresses while it answers.
 *
 * `--if-stale`: only when something under `web/`, or the lock file, is newer than the last build; what `npm start` does.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

const ROOT = join(import.meta.dirname, '..')
const WEB = join(ROOT, 'web')
const DIST = join(WEB, 'dist')

/** Below this a compressed copy saves no packet. */
const COMPRESSED_BYTES_MIN = 1_024

export async function buildWebApp(options: { ifStale: boolean }): Promise<void> {
  if (options.ifStale && !isStale()) return
  const startedAt = performance.now()
  // Made beside what is there and then put in its place, so that several may build at once, and servers go on meanwhile.
  const made = `${DIST}-${process.pid}`
  try {
    await buildInto(made)
    for (const path of filesBelow(made)) compress(path)
    replace(made)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  console.log(`Built the web app in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
}

async function buildInto(outDir: string): Promise<void> {
  // Whoever builds: under vitest it says `test`, and React's development build would be taken, several times slower.
  const environment = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  await build({ configFile: join(WEB, 'vite.config.ts'), logLevel: 'warn', build: { outDir, emptyOutDir: true } })
  if (environment === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = environment
}

function replace(made: string): void {
  const old = `${made}-old`
  try {
    if (existsSync(DIST)) renameSync(DIST, old)
    renameSync(made, DIST)
  } catch (error) {
    // Somebody else's is there meanwhile, of the same sources.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    rmSync(old, { recursive: true, force: true })
  }
}

function isStale(): boolean {
  const builtAt = modifiedAt(join(DIST, 'index.html'))
  const sources = [
    join(ROOT, 'package-lock.json'),
    ...['index.html', 'vite.config.ts'].map((name) => join(WEB, name)),
    ...['src', 'public'].flatMap((name) => filesBelow(join(WEB, name))),
  ]
  return sources.some((path) => modifiedAt(path) > builtAt)
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function compress(path: string): void {
  if (!/\.(js|css|svg|json)$/.test(path)) return
  const bytes = readFileSync(path)
  if (bytes.length < COMPRESSED_BYTES_MIN) return
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }))
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}

if (import.meta.main) await buildWebApp({ ifStale: process.argv.includes('--if-stale') })

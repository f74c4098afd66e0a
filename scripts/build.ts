/**
 * What the npm package holds: `dist/`, compiled from `src/`, as Node strips no types inside `node_modules`, and the web app
 * in `web/dist/`, which its users have no tools to build.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildWebApp } from './web.ts'

const ROOT = join(import.meta.dirname, '..')
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

// Without this a file that was renamed would be published under both names.
rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [COMPILER, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
chmodSync(join(ROOT, 'dist', 'cli', 'main.js'), 0o755)

await buildWebApp({ ifStale: true })

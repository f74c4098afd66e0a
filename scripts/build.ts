/** Compiles `src/` to `dist/`, which is what the npm package holds: Node strips no types inside `node_modules`. */
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

// Without this a file that was renamed would be published under both names.
rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [COMPILER, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
chmodSync(join(ROOT, 'dist', 'cli', 'main.js'), 0o755)

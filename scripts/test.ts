/**
 * What `npm test` runs: finds the tools, runs the tests, and prints `N passed, N failed, N skipped` as the last line.
 *
 * Arguments are vitest's (`npm test -- test/packaging.test.ts`); `--long` runs the suites of `*.long.test.ts` instead
 * of all others. The exit code is 0 only if nothing failed. Where `CI=true` a missing tool fails the tests that need it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printFindings, provision } from './provision.ts'
import { COUNTS_FILE_VARIABLE, type Counts } from './test-counts.ts'

const ROOT = join(import.meta.dirname, '..')

printFindings(await provision())

const scratch = mkdtempSync(join(tmpdir(), 'tripline-test-'))
const countsFile = join(scratch, 'counts.json')
const passedOn = process.argv.slice(2).filter((argument) => argument !== '--long')
const mode = process.argv.includes('--long') ? ['--mode', 'long'] : []
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const reporters = ['--reporter=default', `--reporter=${join(import.meta.dirname, 'test-counts.ts')}`]
const child = spawn(process.execPath, [vitest, 'run', ...mode, ...reporters, ...passedOn], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, [COUNTS_FILE_VARIABLE]: countsFile },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
await once(child, 'close')

// Without counts vitest died before the end: that is a failure, whatever it printed.
const counts: Counts = existsSync(countsFile)
  ? JSON.parse(readFileSync(countsFile, 'utf8'))
  : { passed: 0, failed: 1, skipped: 0, failures: ['vitest ended before the tests did'], retried: [], reasons: [] }
rmSync(scratch, { recursive: true, force: true })
if (child.exitCode !== 0 && counts.failed === 0) {
  counts.failed = 1
  counts.failures.push(`vitest ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`)
}
process.exitCode = counts.failed === 0 ? 0 : 1
for (const reason of counts.reasons) console.log(`skipped: ${reason}`)
for (const test of counts.retried) console.log(`passed at the second try: ${test}`)
for (const failure of counts.failures) console.log(`failed: ${failure}`)
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)

import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestModule } from 'vitest/node'

/** Names the file that this reporter writes its `Counts` to, as JSON. */
export const COUNTS_FILE_VARIABLE = 'TRIPLINE_TEST_COUNTS_FILE'

/**
 * `failures`: where, and the first line of why, in the order of the files. `retried`: those that passed at a second try.
 * `reasons`: of tests that skipped themselves and said why.
 */
export type Counts = {
  passed: number
  failed: number
  skipped: number
  failures: string[]
  retried: string[]
  reasons: string[]
}

/**
 * A vitest reporter that counts tests. Whatever else goes wrong is one failure each: a file that does not load, a hook
 * of a suite that throws, an error outside any test. A run cut short counts what it reached.
 */
export default class TestCounts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], outsideErrors: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], retried: [], reasons: [] }
    const fail = (where: string, errors: readonly unknown[]) => {
      counts.failed++
      counts.failures.push(`${where}: ${firstLine(errors[0])}`)
    }
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId)
      if (module.errors().length > 0) fail(file, module.errors())
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) fail(`${file} > ${suite.fullName}`, suite.errors())
      }
      for (const test of module.children.allTests()) {
        const result = test.result()
        const { state, errors } = result
        const where = `${file} > ${test.fullName}`
        if (state === 'failed') {
          fail(where, errors)
          continue
        }
        // A test that never ran, because its run was cut short, has not passed.
        counts[state === 'pending' ? 'skipped' : state]++
        if (result.state === 'skipped' && result.note !== undefined) {
          counts.reasons.push(`${where}: ${firstLine({ message: result.note })}`)
        }
        if (test.diagnostic()?.flaky) counts.retried.push(where)
      }
    }
    for (const error of outsideErrors) fail('outside any test', [error])
    const countsFile = process.env[COUNTS_FILE_VARIABLE]
    if (countsFile !== undefined) writeFileSync(countsFile, JSON.stringify(counts))
  }
}

function firstLine(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
  return stripVTControlCharacters(message.trim().split('\n', 1)[0]!)
}

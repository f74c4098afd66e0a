import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** Names the file that this reporter writes its `Counts` to, as JSON. */
export const COUNTS_FILE_VARIABLE = 'TRIPLINE_TEST_COUNTS_FILE'

export type Counts = { passed: number; failed: number; skipped: number }

/**
 * A vitest reporter that counts tests. Whatever else goes wrong is one failure each: a file that does not load, a hook
 * of a suite that throws, an error outside any test. A run cut short counts what it reached.
 */
export default class TestCounts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], outsideErrors: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: outsideErrors.length, skipped: 0 }
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) counts.failed++
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        // A test that never ran, because its run was cut short, has not passed.
        counts[state === 'pending' ? 'skipped' : state]++
      }
    }
    const file = process.env[COUNTS_FILE_VARIABLE]
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts))
  }
}

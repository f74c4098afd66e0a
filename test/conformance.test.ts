/**
 * The suite of `test/clients/test_*.py`: what the unmodified client does against a real server. Each of its tests is one
 * here; a process of pytest runs some of the files.
 */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { WANDB_VERSIONS, type WandbVersion } from '../scripts/provision.ts'
import {
  CONFORMANCE_FILES,
  type ConformanceRun,
  RUN_TIMEOUT_MS,
  runConformanceFiles,
  testNames,
} from './support/conformance.ts'
import { type EngineName, forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

/** What runs of the files at once. More would cost more: to start and to import the client takes longer than most tests. */
const PROCESS_COUNT = 2

/** Starts all files, each in one of the processes; the result of that of each. */
function runFiles(server: TestServer, version: WandbVersion): Map<string, Promise<ConformanceRun>> {
  const results = new Map<string, Promise<ConformanceRun>>()
  for (let index = 0; index < PROCESS_COUNT; index++) {
    const files = CONFORMANCE_FILES.filter((_, at) => at % PROCESS_COUNT === index)
    const result = runConformanceFiles(files, server, version)
    // Awaited by the tests of the files, which may be long after it failed.
    result.catch(() => {})
    for (const file of files) results.set(file, result)
  }
  return results
}

for (const version of WANDB_VERSIONS) {
  describeWithTool(`wandb-${version}`, `the client ${version}`, () => {
    // Older clients meet one engine: what differs between them is not the database.
    const isNewest = version === WANDB_VERSIONS[0]
    const onEngines = isNewest ? forEachEngine : (body: (engine: EngineName) => void) => body('sqlite')
    onEngines((engine) => {
      let server: TestServer
      let results: Map<string, Promise<ConformanceRun>>
      beforeAll(async () => {
        server = await startTestServer(engine)
        results = runFiles(server, version)
      })
      afterAll(async () => {
        await Promise.allSettled(results?.values() ?? [])
        await server[Symbol.asyncDispose]()
      })

      for (const file of CONFORMANCE_FILES) {
        describe(file, () => {
          for (const name of testNames(file)) {
            test(name.replace(/^test_/, '').replaceAll('_', ' '), { timeout: RUN_TIMEOUT_MS * 2 }, async (context) => {
              const { outcomes, run } = await results.get(file)!
              const own = outcomes.filter((outcome) => outcome.file === file && outcome.name === name)
              const failed = own.filter(({ outcome }) => outcome === 'failed')
              if (failed.length > 0) throw new Error(failed.map(({ text }) => text).join('\n'))
              if (own.length === 0) {
                const ended = run.timedOut ? ' (timed out)' : ''
                throw new Error(`${file} did not get to it${ended}\n${run.stdout}\n${run.stderr}`)
              }
              if (own.every(({ outcome }) => outcome === 'skipped')) context.skip(own[0]!.text)
            })
          }
        })
      }
    })
  })
}

/**
 * The suite of `test/clients/test_*.py`: what the unmodified client does against a real server. Each of its tests is one
 * here; a process of pytest runs a file.
 */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { WANDB_VERSIONS, type WandbVersion } from '../scripts/provision.ts'
import {
  CONFORMANCE_FILES,
  FILE_TIMEOUT_MS,
  type FileResult,
  runConformanceFile,
  testNames,
} from './support/conformance.ts'
import { type EngineName, forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

/** Each process starts another one of the client's own, and there are other test files at work. */
const FILES_AT_ONCE = 2

/** Starts all files, a few at a time; the result of each. */
function runFiles(server: TestServer, version: WandbVersion): Map<string, Promise<FileResult>> {
  const results = new Map<string, Promise<FileResult>>()
  const waiting: (() => void)[] = []
  let free = FILES_AT_ONCE
  const turn = async () => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  for (const file of CONFORMANCE_FILES) {
    const result = turn().then(async () => {
      try {
        return await runConformanceFile(file, server, version)
      } finally {
        const next = waiting.shift()
        if (next === undefined) free += 1
        else next()
      }
    })
    // Awaited by the tests of the file, which may be long after it failed.
    result.catch(() => {})
    results.set(file, result)
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
      let results: Map<string, Promise<FileResult>>
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
            test(name.replace(/^test_/, '').replaceAll('_', ' '), { timeout: FILE_TIMEOUT_MS * 4 }, async (context) => {
              const { outcomes, run } = await results.get(file)!
              const own = outcomes.filter((outcome) => outcome.name === name)
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

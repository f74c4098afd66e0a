// Goal: the simulation is worth something: faults in what it runs are found by it, each within the number of seeds stated.
// Method: the seeds in order, over a copy of the code with one fault put in. docs/simulation.md lists what found which.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { MUTANTS } from './mutants.ts'
import type { Edit } from './mutants-pacing.ts'
import type { Finding } from './seeds-process.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Inside the project, so that a copy finds its dependencies. */
const COPIES = join(ROOT, '.cache', `simulation-mutants-${process.pid}`)

afterAll(() => rmSync(COPIES, { recursive: true, force: true }))

/** What the first seeds find in a copy of the code with these edits. */
async function firstFault(edits: readonly Edit[], seeds: number): Promise<Finding> {
  rmSync(COPIES, { recursive: true, force: true })
  mkdirSync(COPIES, { recursive: true })
  for (const part of ['src', 'package.json', 'test/simulation']) {
    cpSync(join(ROOT, part), join(COPIES, part), { recursive: true })
  }
  for (const [file, before, after] of edits) {
    const path = join(COPIES, 'src', file)
    const text = readFileSync(path, 'utf8')
    expect(text, `${file} has the place for the fault`).toContain(before)
    writeFileSync(
      path,
      text.replaceAll(before, () => after),
    )
  }
  const program = join(COPIES, 'test', 'simulation', 'seeds-process.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(seeds)])
  return JSON.parse(stdout) as Finding
}

test.each(MUTANTS)('it is found when $name, within $seedsMax seeds', async ({ name, edits, found, seedsMax }) => {
  const finding = await firstFault(edits, seedsMax)
  console.log(`${name}: ${finding === null ? 'not found' : `seed ${finding.seed}, ${finding.fault}`}`)
  expect(finding?.fault).toMatch(found)
})

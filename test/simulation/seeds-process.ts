/**
 * Lives through the seeds from 1 to the number given, up to the first fault, and prints what it found as one line of JSON.
 * A process of its own, so that `mutants.long.test.ts` can run it from a copy with another `src` beside it.
 */
import { rmSync } from 'node:fs'
import { makeTemplate } from './fixture.ts'
import { simulate } from './simulation.ts'

export type Finding = { seed: number; fault: string } | null

const template = await makeTemplate()
let finding: Finding = null
for (let seed = 1; seed <= Number(process.argv[2]) && finding === null; seed += 1) {
  const [fault] = (await simulate(seed, template)).faults
  if (fault !== undefined) finding = { seed, fault }
}
rmSync(template, { recursive: true, force: true })
console.log(JSON.stringify(finding))
// A mutant may have left something behind that would keep the process alive.
process.exit()

import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTemplate } from './fixture.ts'
import { simulate } from './simulation.ts'

/** Seeds in one test. A second is enough for all of them; a busy machine takes a minute and more. */
const SHARE = 10
const SHARE_MS_MAX = 300_000

/** Resolves to the hash of the history's trace, if nothing in it is wrong. */
export type ExpectNoFaults = (seed: number) => Promise<string>

/** In the file of tests that calls this. */
export function usingTemplate(): ExpectNoFaults {
  let template: string
  beforeAll(async () => {
    template = await makeTemplate()
  })
  afterAll(() => rmSync(template, { recursive: true, force: true }))

  return async (seed) => {
    const { faults, trace, hash } = await simulate(seed, template)
    // `SIM_SEED=<n>` tells one history from its beginning.
    if (process.env.SIM_SEED !== undefined) console.log(`${trace.join('\n')}\ntrace ${hash}`)
    const end = trace.slice(-40).join('\n')
    expect(faults, `seed ${seed}; SIM_SEED=${seed} tells the whole history, which ends:\n${end}`).toEqual([])
    return hash
  }
}

/** Tests over all these seeds. */
export function testSeeds(expectNoFaults: ExpectNoFaults, seeds: { from: number; to: number }): void {
  const shares: { from: number; to: number }[] = []
  for (let from = seeds.from; from <= seeds.to; from += SHARE) {
    shares.push({ from, to: Math.min(seeds.to, from + SHARE - 1) })
  }
  test.each(shares)(
    'whatever fails when, deliveries keep their promises (seeds $from to $to)',
    { timeout: SHARE_MS_MAX },
    async ({ from, to }) => {
      for (let seed = from; seed <= to; seed += 1) await expectNoFaults(seed)
    },
  )
}

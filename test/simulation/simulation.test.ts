// `SIM_SEED=<n> npm test -- test/simulation/simulation.test.ts` replays one history and tells it.
import { expect, test } from 'vitest'
import { testSeeds, usingTemplate } from './seeds.ts'

const SEEDS = 300

const expectNoFaults = usingTemplate()

if (process.env.SIM_SEED !== undefined) {
  const seed = Number(process.env.SIM_SEED)
  testSeeds(expectNoFaults, { from: seed, to: seed })
} else {
  testSeeds(expectNoFaults, { from: 1, to: Number(process.env.SIM_SEEDS ?? SEEDS) })

  test('the same seed gives the same history, another seed another', async () => {
    const hashes: string[] = []
    for (const seed of [1, 8, 27, 1, 8, 27]) hashes.push(await expectNoFaults(seed))
    expect(hashes.slice(0, 3)).toEqual(hashes.slice(3))
    expect(new Set(hashes).size).toBe(3)
  })
}

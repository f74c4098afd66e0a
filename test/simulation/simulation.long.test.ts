// `SIM_SEEDS=<n> npm run test:long -- test/simulation/simulation.long.test.ts` lives through the seeds from 1 to n.
import { testSeeds, usingTemplate } from './seeds.ts'

const SEEDS = 5_000

testSeeds(usingTemplate(), { from: 1, to: Number(process.env.SIM_SEEDS ?? SEEDS) })

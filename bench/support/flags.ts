import { parseArgs } from 'node:util'

const ENGINES = ['sqlite', 'postgres'] as const

/**
 * What a benchmark was called with: `--smoke` for one short run, `--runs=<n>` for another number of full ones than 7, and
 * `--engine=sqlite` or `--engine=postgres` for one of the two, `--deliveries=<n>` where their number can be chosen.
 */
export function readFlags(): {
  smoke: boolean
  runs: number
  engine: (typeof ENGINES)[number] | undefined
  deliveries: number | undefined
} {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean' },
      runs: { type: 'string' },
      engine: { type: 'string' },
      deliveries: { type: 'string' },
    },
  })
  const smoke = values.smoke === true
  const engine = ENGINES.find((name) => name === values.engine)
  const deliveries = values.deliveries === undefined ? undefined : Number(values.deliveries)
  if (values.engine !== undefined && engine === undefined) throw new Error(`--engine is one of ${ENGINES.join(', ')}`)
  return { smoke, runs: smoke ? 1 : Number(values.runs ?? 7), engine, deliveries }
}

import { parseArgs } from 'node:util'

const ENGINES = ['sqlite', 'postgres'] as const

/**
 * What a benchmark was called with: `--smoke` for one short run, `--runs=<n>` for another number of full ones than 7, and
 * `--engine=sqlite` or `--engine=postgres` for one of the two; `--deliveries=<n>`, `--files=<n>`, `--mib=<n>`,
 * `--versions=<n>` and `--warm=<n>` where their number can be chosen, and `--steps=<a,b>` where some of it can be left out.
 */
export function readFlags(): {
  smoke: boolean
  runs: number
  engine: (typeof ENGINES)[number] | undefined
  deliveries: number | undefined
  files: number | undefined
  mib: number | undefined
  versions: number | undefined
  warm: number | undefined
  steps: string[] | undefined
} {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean' },
      runs: { type: 'string' },
      engine: { type: 'string' },
      deliveries: { type: 'string' },
      files: { type: 'string' },
      mib: { type: 'string' },
      versions: { type: 'string' },
      warm: { type: 'string' },
      steps: { type: 'string' },
    },
  })
  const smoke = values.smoke === true
  const engine = ENGINES.find((name) => name === values.engine)
  const { deliveries, files, mib, versions, warm } = Object.fromEntries(
    (['deliveries', 'files', 'mib', 'versions', 'warm'] as const).map((name) => {
      const value = values[name]
      return [name, value === undefined ? undefined : Number(value)]
    }),
  )
  if (values.engine !== undefined && engine === undefined) throw new Error(`--engine is one of ${ENGINES.join(', ')}`)
  const runs = smoke ? 1 : Number(values.runs ?? 7)
  return { smoke, runs, engine, deliveries, files, mib, versions, warm, steps: values.steps?.split(',') }
}

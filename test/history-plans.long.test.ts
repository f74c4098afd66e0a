/**
 * The same as `history-plans.test.ts` with 10 million settled deliveries, and the plans and times printed: what
 * `docs/performance.md` shows. `HISTORY_ROWS` changes how many. Takes minutes and some gigabytes of disk.
 */
import { test } from 'vitest'
import { expectSmall, plansWithHistory } from './support/history-plans.ts'
import { forEachEngine } from './support/server.ts'

const ROWS = Number(process.env.HISTORY_ROWS ?? 10_000_000)

forEachEngine((engine) => {
  test(`with ${ROWS.toLocaleString('en')} settled deliveries the claim reads only the indexes of what waits`, async () => {
    const plans = await plansWithHistory(engine, ROWS)
    console.log(`${engine}, ${ROWS.toLocaleString('en')} settled deliveries\n${JSON.stringify(plans, null, 2)}`)
    expectSmall(plans)
  }, 3_600_000)
})

/** However much history there is, claiming and listing read what they need of it and no more. */
import { expect, test } from 'vitest'
import { expectSmall, planOfLeaseInNewBacklog, plansWithHistory } from './support/history-plans.ts'
import { forEachEngine } from './support/server.ts'

forEachEngine((engine) => {
  test('with 200,000 settled deliveries the claim reads only the indexes of what waits', async () => {
    const plans = await plansWithHistory(engine, 200_000)
    expectSmall(plans)
    expect(plans.lists.failed?.join()).toContain('deliveries_given_up')
    expect(plans.lists['answered 503']?.join()).toContain('deliveries_by_status')
    expect(plans.lists['a window']?.join()).toContain('deliveries_by_entity')
    expect(plans.lists['of a webhook']?.join()).toContain('deliveries_by_webhook')
  }, 120_000)

  test('what is leased is found by its ids, though the statistics know nothing yet of the backlog that it is from', async () => {
    const plan = await planOfLeaseInNewBacklog(engine, 20_000)
    expect(plan).toEqual([expect.stringMatching(/INTEGER PRIMARY KEY|^Index Scan deliveries_pkey$/)])
  })
})

/** A collection that has grown for years. */
import { expect, test } from 'vitest'
import { describeInBrowser, visit } from '../support/chromium.ts'
import { givenProject, givenVersion } from '../support/given-artifacts.ts'
import { expectPlaceKept } from '../support/long-list.ts'
import { givenManyVersions } from '../support/many-versions.ts'
import { startTestServer } from '../support/server.ts'

describeInBrowser('ten thousand versions in a browser', (engine, browser) => {
  test('ten thousand versions scroll, few rows at a time, to the last one', { timeout: 150_000 }, async () => {
    await using server = await startTestServer(engine)
    const place = await givenProject(server, 'admin-user')
    const { entity, project } = place
    await givenVersion(server, place, 'churn-model', { metadata: { accuracy: 0.9 }, tags: ['nightly'] })
    await givenManyVersions(server, { entity, project, collection: 'churn-model' }, 10_000)
    await using window = await visit(browser(), server, `/${entity}/${project}/artifacts/model/churn-model`)
    const { page } = window
    const table = page.getByRole('table', { name: 'Versions' })
    await table.getByRole('link', { name: 'v9999', exact: true }).waitFor()
    const drawn = () => page.evaluate<number>('document.querySelectorAll("tr").length')
    let rowsMax = 0
    await expect
      .poll(
        async () => {
          await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
          rowsMax = Math.max(rowsMax, await drawn())
          return table.getByRole('link', { name: 'v0', exact: true }).isVisible()
        },
        { timeout: 120_000, interval: 50 },
      )
      .toBe(true)
    expect(rowsMax).toBeLessThan(200)
    await expectPlaceKept(page)
    await page.evaluate('scrollTo(0, 0)')
    await table.getByRole('link', { name: 'v9999', exact: true }).waitFor()
    await page.getByLabel('Go to a version').fill('4321')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'churn-model:v4321' }).waitFor()
    expect(window.complaints()).toEqual([])
  })
})

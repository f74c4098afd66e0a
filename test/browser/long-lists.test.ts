/** Lists of ten thousand rows: scrolled to their end, told when they are outdated, and found again on the way back. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, inspect, visit } from '../support/chromium.ts'
import { givenDeployment, moveAlias } from '../support/given-deployment.ts'
import { givenHistory } from '../support/given-history.ts'
import { startReceiver } from '../support/receiver.ts'
import { startTestServer } from '../support/server.ts'

const ROWS = 10_000
/** Where lists are not read to the end. */
const ROWS_FIRST = 1_000
const DRAWN_MAX = 200
const SHIFT_MAX = 0.02
const PATIENCE_MS = 180_000

describeInBrowser('long lists in a browser', (engine, browser) => {
  test(
    'ten thousand deliveries and executions are scrolled to the end with few rows in the page, and nothing jumps',
    async () => {
      await using server = await startTestServer(engine)
      const receiver = await startReceiver(204)
      await givenDeployment(server, receiver.url)
      await moveAlias(server, 'v0')
      await receiver.waitFor(1)
      await givenHistory(server.world.db, ROWS)
      await using window = await visit(browser(), server, '/')
      const { page } = window
      await watchShifts(page)
      for (const path of ['/', '/teams/vision/history', '/teams/vision/history?tab=deliveries']) {
        await page.goto(path)
        await page.getByRole('table').getByRole('link').first().waitFor()
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
        expect(await shiftOf(page), path).toBeLessThan(SHIFT_MAX)
      }
      for (const tab of ['deliveries', 'executions']) {
        await page.goto(`/teams/vision/history?tab=${tab}`)
        await page.getByRole('table').getByRole('link').first().waitFor()
        // To the end once: every list scrolls alike, and paging to the end is the API's.
        const isWhole = tab === 'deliveries' && engine === 'sqlite'
        const { last, drawnMost } = await scrollDown(page, isWhole ? ROWS : ROWS_FIRST)
        // The one that was really made is older than none of them.
        if (isWhole) expect(last, tab).toBe(ROWS)
        else expect(last, tab).toBeGreaterThan(ROWS_FIRST)
        expect(drawnMost, tab).toBeLessThan(DRAWN_MAX)
      }
      expect(window.complaints()).toEqual([])
    },
    PATIENCE_MS,
  )

  test('a list that was scrolled says that there is news, and keeps its place until that is wanted', async () => {
    await using server = await startTestServer(engine)
    const receiver = await startReceiver(204)
    await givenDeployment(server, receiver.url)
    await moveAlias(server, 'v0')
    await receiver.waitFor(1)
    await givenHistory(server.world.db, 500)
    await using window = await visit(browser(), server, '/vision/cats/history')
    const { page } = window
    await page.getByRole('table').getByRole('link').first().waitFor()
    await scrollDown(page, ROWS)
    const place = await page.evaluate<number>('scrollY')

    const show = page.getByRole('button', { name: 'New since you looked: show' })
    expect(await show.count()).toBe(0)

    await moveAlias(server, 'v1')
    await receiver.waitFor(2)
    await show.waitFor()
    expect(Math.abs((await page.evaluate<number>('scrollY')) - place)).toBeLessThan(400)
    await inspect(window, 'list-news')
    await show.click()
    await show.waitFor({ state: 'detached' })
    await page.getByRole('row').nth(1).getByText('resnet:v1').waitFor()
    expect(await page.evaluate<number>('scrollY')).toBe(0)
    expect(window.complaints()).toEqual([])
  })
})

/** Scrolls past row `rows` or until nothing more comes; the last row then, and how many were in the page at most. */
async function scrollDown(page: Page, rows: number): Promise<{ last: number; drawnMost: number }> {
  return page.evaluate<{ last: number; drawnMost: number }>(`(async () => {
    let drawnMost = 0
    let stillMs = 0
    let before = 0
    const last = () => Math.max(...[...document.querySelectorAll('tr[data-index]')].map((row) => Number(row.dataset.index)))
    while (stillMs < 1500 && last() <= ${rows}) {
      scrollTo(0, document.documentElement.scrollHeight)
      await new Promise((resolve) => setTimeout(resolve, 30))
      drawnMost = Math.max(drawnMost, document.querySelectorAll('tbody tr').length)
      const isMoreToCome = [...document.querySelectorAll('button, [role=status]')].some((element) =>
        /^(Show more|Loading more…)$/.test(element.textContent),
      )
      const height = document.documentElement.scrollHeight
      stillMs = height === before && !isMoreToCome ? stillMs + 30 : 0
      before = height
    }
    return { last: last(), drawnMost }
  })()`)
}

/** From the next page on, adds up what moves without anybody having asked for it. */
async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(`
    globalThis.shifts = 0
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shifts += value
    }).observe({ type: 'layout-shift', buffered: true })`)
}

async function shiftOf(page: Page): Promise<number> {
  return page.evaluate<number>('globalThis.shifts')
}

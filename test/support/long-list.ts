/** Long lists in a browser, and the place that one has scrolled them to. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Passes when going back from a row in the midst of what was read shows the same rows where they were, to the pixel. */
export async function expectPlaceKept(page: Page): Promise<void> {
  await page.evaluate('scrollTo(0, Math.round(document.documentElement.scrollHeight * 0.37))')
  await settled(page)
  const before = await rowsInSight(page)
  expect(before.length).toBeGreaterThan(5)
  const row = page.locator(`tr[data-index="${before[3]?.index}"]`)
  await row.getByRole('link').first().click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.goBack()
  await page.getByRole('table').getByRole('link').first().waitFor()
  await settled(page)
  const after = new Map((await rowsInSight(page)).map(({ text, top }) => [text, top]))
  // Those at the edges may have come into the window, or gone out of it.
  for (const { text, top } of before.slice(1, -1)) {
    expect(after.get(text), text).toBe(top)
  }
}

/** The rows that are wholly in the window, and how far from its upper edge each begins. */
async function rowsInSight(page: Page): Promise<{ index: number; text: string; top: number }[]> {
  return page.evaluate(`[...document.querySelectorAll('tr[data-index]')].flatMap((row) => {
    const { top, bottom } = row.getBoundingClientRect()
    if (top < 60 || bottom > innerHeight) return []
    return [{ index: Number(row.dataset.index), text: row.querySelector('a').href, top: Math.round(top) }]
  })`)
}

/** Once rows that came into sight have been measured, and nothing has moved for some frames. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    let still = 0
    let before = ''
    while (still < 15) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = scrollY + ' ' + document.documentElement.scrollHeight + ' ' + document.querySelector('tr[data-index]')?.dataset.index
      still = now === before ? still + 1 : 0
      before = now
    }
  })()`)
}

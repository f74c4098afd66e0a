/** Short messages in a browser, and what they must not lie over. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Passes when a message is there and over nothing in the page, which is at its end, that can be pressed or filled in. */
export async function expectNothingCovered(page: Page): Promise<void> {
  // Messages stay while the pointer is over them.
  await page.locator('.mantine-Notification-root').last().hover()
  const covered = await page.evaluate<string[]>(`(async () => {
    scrollTo(0, document.documentElement.scrollHeight)
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const messages = [...document.querySelectorAll('.mantine-Notification-root')].map((each) => each.getBoundingClientRect())
    if (messages.length === 0) return ['no message is there']
    const isCovered = (box) => messages.some(
      (over) => over.left < box.right && over.right > box.left && over.top < box.bottom && over.bottom > box.top)
    return [...document.querySelectorAll('#main :is(a, button, input, textarea), header :is(a, button)')]
      .filter((control) => isCovered(control.getBoundingClientRect()))
      .map((control) => control.ariaLabel ?? control.textContent)
  })()`)
  expect(covered).toEqual([])
}

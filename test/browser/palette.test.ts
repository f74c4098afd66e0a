/** Getting about: the palette, the shortcuts, where the focus goes, and the frame by keyboard. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, inspect, NARROW, visit } from '../support/chromium.ts'
import { givenVersion } from '../support/given-artifacts.ts'
import { startTestServer } from '../support/server.ts'

describeInBrowser('getting about in a browser', (engine, browser) => {
  test('the palette finds what there is and leads there, by keyboard alone', async () => {
    await using server = await startTestServer(engine)
    await server.rest('POST', '/teams', { name: 'vision' })
    await server.rest('POST', '/projects/vision', { name: 'cats' })
    await givenVersion(server, { entity: 'vision', project: 'cats' }, 'resnet')
    await using window = await visit(browser(), server, '/teams/vision/history')
    const { page } = window
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Search for something to open' })
    await field.waitFor()
    await page.getByRole('option', { name: 'Create automation in vision' }).waitFor()
    await field.fill('resn')
    const found = page.getByRole('group', { name: 'Collections' }).getByRole('option', { name: /resnet/ })
    await found.waitFor()
    await inspect(window, 'palette')
    await chooseOption(page, /resnet/)
    await page.waitForURL('**/vision/cats/artifacts/model/resnet')

    // Escape leads back to where one was.
    await page.goto('/teams/vision/history')
    await page.getByRole('button', { name: 'Search' }).focus()
    await page.keyboard.press('Enter')
    await field.fill('nothing is called like that')
    await page.getByText('Nothing is called “nothing is called like that”.').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toMatch(/^Search/)

    // An action elsewhere, and then this place among the recent ones.
    await expect
      .poll(() => page.evaluate<string>("localStorage.getItem('tripline-recent-admin-user')"))
      .toContain('/teams/vision/history')
    await page.keyboard.press('/')
    await field.fill('secrets vision')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/teams/vision/secrets')
    await expect.poll(() => focused(page)).toMatch(/Secrets/)
    await page.keyboard.press('Control+k')
    await page
      .getByRole('group', { name: 'Recent' })
      .getByRole('option', { name: /History of vision/ })
      .waitFor()
    await inspect(window, 'palette-recent')
  })

  test('shortcuts are told by ?, work, leave typing alone, and can be switched off', async () => {
    await using server = await startTestServer(engine)
    await server.rest('POST', '/teams', { name: 'vision' })
    await using window = await visit(browser(), server, '/teams/vision/history')
    const { page } = window
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await inspect(window, 'shortcuts')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.type('ga')
    await page.waitForURL('**/teams/vision/automations')
    await expect.poll(() => focused(page)).toMatch(/Automations/)
    await page.keyboard.type('gh')
    await page.getByRole('heading', { level: 1, name: /Hello/ }).waitFor()

    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('')
    await page.keyboard.type('gc?')
    expect(await page.getByRole('combobox').inputValue()).toBe('gc?')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await page.keyboard.press('?')
    await page.getByRole('switch').press(' ')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.type('?gc')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Search' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    expect(window.complaints()).toEqual([])
  })

  test('a new page is begun at its heading; a filter, a tab and the way back leave one where one was', async () => {
    await using server = await startTestServer(engine)
    for (let at = 0; at < 60; at++) await server.rest('POST', '/teams', { name: `team-${String(at).padStart(2, '0')}` })
    await using window = await visit(browser(), server, '/')
    const { page } = window
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await focused(page)).toBe('')

    // The first key reaches the link past the menu, and that leads past it.
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to the page')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    expect(new URL(page.url()).hash).toBe('')

    // Sixty teams: the last is reached by scrolling the menu alone, and by the palette.
    await inspect(window, 'sixty-teams')
    const last = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'team-59' })
    await last.scrollIntoViewIfNeeded()
    expect(await page.evaluate<number>('scrollY')).toBe(0)
    await page.getByRole('link', { name: 'team-58', exact: true }).last().scrollIntoViewIfNeeded()
    const scrolled = await page.evaluate<number>('scrollY')
    expect(scrolled).toBeGreaterThan(100)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('history team-57')
    await page.getByRole('option', { name: /History/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/teams/team-57/history')
    await expect.poll(() => focused(page)).toBe('History of team-57')
    expect(await page.evaluate<number>('scrollY')).toBe(0)

    await page.getByRole('tab', { name: 'Deliveries' }).click()
    await page.waitForURL('**/history?tab=deliveries')
    expect(await focused(page)).toBe('Deliveries')
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: /Hello/ }).waitFor()
    await expect.poll(() => page.evaluate<number>('scrollY')).toBe(scrolled)
    expect(window.complaints()).toEqual([])
  })

  test('the menu of a narrow window is opened, used and closed by keyboard', async () => {
    await using server = await startTestServer(engine)
    await server.rest('POST', '/teams', { name: 'vision' })
    await using window = await visit(browser(), server, '/teams/vision/history', {
      viewport: NARROW,
    })
    const { page } = window
    await page.getByRole('heading', { level: 1 }).waitFor()
    const menu = page.getByRole('navigation', { name: 'Main' })
    expect(await menu.isVisible()).toBe(false)
    const order = await tabbed(page, 8)
    expect(order).not.toContain('Webhooks')

    await page.getByRole('button', { name: 'Open the menu' }).focus()
    await page.keyboard.press('Enter')
    await menu.waitFor()
    await page.keyboard.press('Escape')
    await menu.waitFor({ state: 'hidden' })
    expect(await focused(page)).toBe('Open the menu')
    await page.keyboard.press('Enter')
    await menu.waitFor()
    await inspect(window, 'menu-open')
    await page.setViewportSize(NARROW)
    const opened = await tabbed(page, 20)
    expect(opened).toContain('Webhooks')
    // What the menu covers cannot be reached.
    expect(opened).not.toContain('Executions')
    await menu.getByRole('link', { name: 'Webhooks' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/teams/vision/webhooks')
    await menu.waitFor({ state: 'hidden' })
    await expect.poll(() => focused(page)).toMatch(/Webhooks/)
    expect(window.complaints()).toEqual([])
  })
})

/** Goes down to an option and opens it. */
async function chooseOption(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    const active = await page.locator('[role=option][aria-selected=true]').textContent()
    if (name.test(active ?? '')) break
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
}

/** The name of what has the focus; empty where nothing has. */
async function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const element = document.activeElement
    if (element === null || element === document.body) return ''
    return element.getAttribute('aria-label') ?? element.textContent?.trim() ?? ''
  })()`)
}

/** What the next presses of Tab reach, one after the other. */
async function tabbed(page: Page, presses: number): Promise<string[]> {
  const reached: string[] = []
  for (let press = 0; press < presses; press++) {
    await page.keyboard.press('Tab')
    reached.push(await focused(page))
  }
  return reached
}

/**
 * A real Chromium in front of a real server, for `test/browser/`. Stories run on both engines; how a page looks is not the
 * database's doing, and is inspected on SQLite alone.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { type EngineName, forEachEngine, type TestServer } from './server.ts'
import { describeWithTool, toolPath } from './tools.ts'

/** Where screenshots go that tests take, to be looked at; thrown away with the cache. */
const SCREENSHOTS = join(import.meta.dirname, '..', '..', '.cache', 'screenshots')

/** The widths the app is made for. */
export const WIDE = { width: 1280, height: 800 }
export const NARROW = { width: 390, height: 844 }

const PATIENCE_MS = 20_000

/** What WCAG 2.2 AA asks for, as far as a program can tell. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** Besides, since whoever goes from one part of a page to the next by ear knows them by their names alone. */
const ALSO = { 'landmark-unique': { enabled: true } }
/** Of these the ones that another colour scheme can break, with the page being the same otherwise. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block']

export type Visit = {
  page: Page
  context: BrowserContext
  engine: EngineName
  /** What the page complained of since the last look: errors, failed scripts, breaches of the security policy. */
  complaints(): string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** Stories in one browser, each on both engines. */
export function describeInBrowser(title: string, body: (engine: EngineName, browser: () => Browser) => void): void {
  describeWithTool('chromium', title, () => {
    const browser = useBrowser()
    forEachEngine((engine) => body(engine, browser))
  })
}

/** One browser for all tests of a file. To be called outside of tests. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: toolPath('chromium'),
      // Chromium's own sandbox needs rights that containers and root do not have; the pages are ours.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-prefers-reduced-motion'],
    })
  })
  afterAll(async () => browser?.close())
  return () => browser as Browser
}

/**
 * A browser window of its own at `path`: signed in by an API key, as the administrator unless `key` says otherwise;
 * `key: null` is nobody.
 */
export async function visit(
  browser: Browser,
  server: TestServer,
  path: string,
  options: { key?: string | null; viewport?: typeof WIDE; colorScheme?: 'light' | 'dark' } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: options.viewport ?? WIDE,
    colorScheme: options.colorScheme ?? 'light',
    // Without it Playwright asks for motion, whatever the browser was started with: colours would be seen half changed.
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(PATIENCE_MS)
  if (options.key !== null) {
    const answer = await context.request.post('/api/v1/session', { data: { apiKey: options.key ?? server.adminKey } })
    expect(answer.status(), await answer.text()).toBe(201)
  }
  const page = await context.newPage()
  let complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // Answers of 4xx are said by the browser itself, also where the page expects them.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  await page.goto(path)
  return {
    page,
    context,
    engine: server.world.db.engine.name,
    complaints() {
      const before = complaints
      complaints = []
      return before
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Passes when axe finds nothing against WCAG 2.2 AA on the page as it stands; axe is in the page already. */
async function expectAccessible(page: Page, rules: string[]): Promise<void> {
  const options = { runOnly: rules, ...(rules === RULES ? { rules: ALSO } : {}) }
  const violations = await page.evaluate(async (options) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const result = await axe.run({ ...options, resultTypes: ['violations'] })
    return result.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.slice(0, 5).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
    }))
  }, options)
  expect(violations).toEqual([])
}

/** Keeps a picture of the page for a person to look at: `.cache/screenshots/<name>.png`. */
async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/**
 * The same page in light, dark and narrow: each must be accessible and no wider than the window, and a picture of each is
 * kept. Only once, on SQLite; on the other engine what the page complained of is all that is looked at.
 */
export async function inspect(visit: Visit, name: string): Promise<void> {
  if (visit.engine === 'sqlite') await inspectLooks(visit.page, name)
  expect(visit.complaints()).toEqual([])
}

async function inspectLooks(page: Page, name: string): Promise<void> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axe.source)
  for (const [look, viewport, colorScheme, rules] of [
    ['light', WIDE, 'light', RULES],
    ['dark', WIDE, 'dark', COLOR_RULES],
    ['narrow', NARROW, 'light', RULES],
  ] as const) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' })
    await expectAccessible(page, rules)
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(overflow, `${name} ${look}: the page is wider than the window`).toBeLessThanOrEqual(0)
    if (process.env.CI !== 'true') await keepPicture(page, `${name}-${look}`)
  }
  await page.setViewportSize(WIDE)
  await page.emulateMedia({ colorScheme: 'light' })
}

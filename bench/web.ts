/**
 * The web app in a real browser: what the first screen weighs, when it is painted and when it can be used; when the first
 * of 10,000 deliveries is seen, and how smoothly they scroll to the end.
 *
 * Method: a server process over a database with so many executions and deliveries, put there by SQL; Chromium on the same
 * machine over loopback, a new browser context with an empty cache each run. Usable is when the first row of the list on
 * the first screen stands there. A frame is dropped where more than 50 ms pass between two; what the page's own thread
 * works for one holds whatever else the machine does.
 * `--smoke` takes one run over 300 deliveries; `--deliveries=<n>` another number. Embedded engine only: a page does not
 * know which one it is.
 */
import { type Browser, chromium, type Page } from 'playwright-core'
import { readProvision } from '../scripts/provision.ts'
import { openSqlite } from '../src/database/sqlite.ts'
import { givenHistory } from '../test/support/given-history.ts'
import { startArrivals } from './support/arrivals.ts'
import { onEachEngine } from './support/engines.ts'
import { printTable, quantile, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { givenStory } from './support/story.ts'
import { startTripline, type Tripline } from './support/tripline.ts'

const { smoke, runs, deliveries } = readFlags()
const rows = deliveries ?? (smoke ? 300 : 10_000)
const ADMIN_KEY = 'b'.repeat(40)
const FRAME_DROPPED_MS = 50

const found = readProvision()?.chromium
if (found?.found === true) {
  await onEachEngine((engine) => measure(engine.givenDatabase, found.path), { only: 'sqlite' })
} else {
  console.log('The web app is not measured: there is no Chromium here (npm run provision says why)')
}

async function measure(
  givenDatabase: () => Promise<{ env: Record<string, string>; drop(): Promise<void> }>,
  executablePath: string,
): Promise<void> {
  const database = await givenDatabase()
  const env = { ...database.env, TRIPLINE_ADMIN_API_KEY: ADMIN_KEY }
  await fill(env)
  const server = await startTripline(env)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  try {
    const first: Awaited<ReturnType<typeof firstScreen>>[] = []
    const lists: number[] = []
    for (let run = 0; run < runs; run++) {
      first.push(await firstScreen(browser, server))
      lists.push(await firstRow(browser, server))
    }
    printTable(
      [`${runs} runs: median (range)`, ''],
      [
        [
          'script of the first screen, compressed, kB',
          spread(
            first.map(({ scriptKb }) => scriptKb),
            0,
          ),
        ],
        [
          'first contentful paint, ms',
          spread(
            first.map(({ paintMs }) => paintMs),
            0,
          ),
        ],
        [
          'first screen usable, ms',
          spread(
            first.map(({ usableMs }) => usableMs),
            0,
          ),
        ],
        [`first row of ${rows} deliveries, ms`, spread(lists, 0)],
      ],
    )
    const scrolled = await scrollToEnd(browser, server)
    printTable(
      [`${rows} deliveries scrolled to the end`, ''],
      [
        ['seconds', (scrolled.ms / 1_000).toFixed(1)],
        ['frames', String(scrolled.gaps.length)],
        ['gaps over 50 ms', String(scrolled.gaps.filter((ms) => ms > FRAME_DROPPED_MS).length)],
        ['longest gap, ms', Math.max(...scrolled.gaps).toFixed(0)],
        ['gap p99, ms', quantile(scrolled.gaps, 0.99).toFixed(0)],
        ["a frame's work in the page, ms of CPU", (scrolled.taskMs / scrolled.gaps.length).toFixed(1)],
        ['of it in scripts', (scrolled.scriptMs / scrolled.gaps.length).toFixed(1)],
      ],
    )
  } finally {
    await browser.close()
    await server.stop()
    await database.drop()
  }
}

/** A story with one delivery that was really made, and so many like it. */
async function fill(env: Record<string, string>): Promise<void> {
  const arrivals = await startArrivals()
  const server = await startTripline(env)
  try {
    const story = await givenStory(server, { receiverUrl: `${arrivals.url}/hook`, automations: 1 })
    const version = story.nextVersion()
    const arrived = arrivals.next(`/hook ${version}`)
    await story.moveAlias(version)
    await arrived
  } finally {
    await server.stop()
    arrivals.stop()
  }
  const db = await openSqlite({ directory: env.TRIPLINE_DATA_DIR as string })
  await givenHistory(db, rows)
  await db.close()
}

/** A page in a context of its own, signed in, with nothing in its cache. */
async function opened<Result>(browser: Browser, server: Tripline, work: (page: Page) => Promise<Result>) {
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 800 } })
  try {
    const answer = await context.request.post('/api/v1/session', { data: { apiKey: ADMIN_KEY } })
    if (answer.status() !== 201) throw new Error(`signing in was answered with ${answer.status()}`)
    return await work(await context.newPage())
  } finally {
    await context.close()
  }
}

function firstScreen(browser: Browser, server: Tripline) {
  return opened(browser, server, async (page) => {
    await page.goto('/')
    const usableMs = await untilFirstRow(page)
    const [scriptKb, paintMs] = await page.evaluate<[number, number]>(`(async () => [
      performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000,
      await new Promise((resolve) =>
        new PerformanceObserver((list) => {
          for (const { name, startTime } of list.getEntries()) if (name === 'first-contentful-paint') resolve(startTime)
        }).observe({ type: 'paint', buffered: true }),
      ),
    ])()`)
    return { scriptKb, paintMs, usableMs }
  })
}

function firstRow(browser: Browser, server: Tripline) {
  return opened(browser, server, async (page) => {
    await page.goto('/teams/vision/history?tab=deliveries')
    return untilFirstRow(page)
  })
}

/** Milliseconds from the navigation to the frame in which a row with a link in it stands. */
async function untilFirstRow(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () =>
      document.querySelector('tbody a') === null ? requestAnimationFrame(look) : resolve(performance.now())
    look()
  })`)
}

function scrollToEnd(browser: Browser, server: Tripline) {
  return opened(browser, server, async (page) => {
    await page.goto('/teams/vision/history?tab=deliveries')
    await untilFirstRow(page)
    const work = await watchWork(page)
    const scrolled = await page.evaluate<{ ms: number; gaps: number[] }>(`new Promise((resolve) => {
      const gaps = []
      const startedAt = performance.now()
      let before = startedAt
      const frame = (now) => {
        gaps.push(now - before)
        before = now
        scrollBy(0, 800)
        const last = [...document.querySelectorAll('tr[data-index]')].at(-1)
        const isEnd = Number(last?.dataset.index) >= ${rows}
        if (isEnd || now - startedAt > 300000) resolve({ ms: now - startedAt, gaps: gaps.slice(1) })
        else requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
    })`)
    return { ...scrolled, ...(await work()) }
  })
}

/** What the page's main thread works from now on until it is asked, in milliseconds of its own time. */
async function watchWork(page: Page): Promise<() => Promise<{ taskMs: number; scriptMs: number }>> {
  const client = await page.context().newCDPSession(page)
  await client.send('Performance.enable', { timeDomain: 'threadTicks' })
  const now = async (name: string) => {
    const { metrics } = await client.send('Performance.getMetrics')
    return (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1_000
  }
  const [taskMs, scriptMs] = [await now('TaskDuration'), await now('ScriptDuration')]
  return async () => ({
    taskMs: (await now('TaskDuration')) - taskMs,
    scriptMs: (await now('ScriptDuration')) - scriptMs,
  })
}

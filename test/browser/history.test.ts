/** What was done, why, and doing it again, in a browser. */
import { expect, test } from 'vitest'
import { describeInBrowser, inspect, NARROW, type Visit, visit } from '../support/chromium.ts'
import { givenAutomation, givenDeployment, moveAlias } from '../support/given-deployment.ts'
import { startReceiver } from '../support/receiver.ts'
import { startTestServer } from '../support/server.ts'

describeInBrowser('history in a browser', (engine, browser) => {
  test('an entity in which nothing has happened says so, everywhere', async () => {
    await using server = await startTestServer(engine)
    await server.rest('POST', '/teams', { name: 'vision' })
    await using window = await visit(browser(), server, '/')
    const { page } = window
    await page.getByText('All is well').waitFor()
    await page.getByRole('heading', { name: 'No automation has fired yet' }).waitFor()
    await inspect(window, 'home-empty')

    await page.goto('/teams/vision/history')
    await page.getByRole('heading', { name: 'No automation has fired yet' }).waitFor()
    for (const [tab, empty] of [
      ['Deliveries', 'Nothing has been sent yet'],
      ['Dead letters', 'No dead letters'],
      ['Replays', 'No window has been replayed yet'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('heading', { name: empty }).waitFor()
    }
    await inspect(window, 'history-empty')

    await page.goto('/teams/vision')
    await page.getByRole('heading', { name: 'No projects yet' }).waitFor()
    await inspect(window, 'projects-empty')
    await server.rest('POST', '/projects/vision', { name: 'cats' })
    await page.goto('/vision/cats/runs')
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
    await inspect(window, 'runs-empty')

    // A place that is not there is not one in which nothing has happened.
    for (const [path, what] of [
      ['/deliveries/dl_nothing', 'delivery'],
      ['/events/ev_nothing', 'event'],
      ['/teams/nobody/history', 'team'],
      ['/orgs/nobody', 'organization'],
      ['/orgs/nobody/registry/models/history', 'registry'],
      ['/vision/dogs/automations', 'project'],
      ['/vision/dogs/automations/new', 'project'],
      ['/vision/dogs/history', 'project'],
    ] as const) {
      await page.goto(path)
      await page.getByRole('heading', { name: `No such ${what}`, exact: true }).waitFor()
    }
    await inspect(window, 'no-such-project')
  })

  test('a failing automation is seen on the first screen, told why, and replayed once its receiver is mended', async () => {
    await using server = await startTestServer(engine)
    const receiver = await startReceiver({ status: 400, body: '{"error":"no such model"}' })
    await givenDeployment(server, receiver.url)
    await using window = await visit(browser(), server, '/')
    const { page } = window
    await page.getByText('All is well').waitFor()

    // Seen without a reload.
    await moveAlias(server, 'v0')
    await receiver.waitFor(1)
    await page.getByRole('link', { name: '1 automation failing' }).waitFor()
    await page.getByRole('link', { name: '1 dead letter today' }).waitFor()
    await page.getByText('team, you are an admin · 1 automation, 1 failing').waitFor()
    await inspect(window, 'home-failing')

    await page.getByRole('link', { name: '1 dead letter today' }).click()
    await page.getByRole('tab', { name: 'Dead letters', selected: true }).waitFor()
    await page.getByRole('link', { name: 'deploy hook' }).waitFor()
    await inspect(window, 'dead-letters')

    await page.getByRole('link', { name: 'deploy hook' }).click()
    await page.getByRole('heading', { level: 1, name: 'Delivery to deploy hook' }).waitFor()
    await page.getByText('Attempt 1: given up').waitFor()
    await page.getByRole('button', { name: 'Answer' }).click()
    await page.getByText('no such model').first().waitFor()
    await inspect(window, 'delivery-failed')

    receiver.answerWith(204)
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByRole('button', { name: 'Replay this delivery' }).click()
    await page.getByText('Attempt 1: arrived').waitFor()
    await page.getByRole('link', { name: /an earlier delivery, as then/ }).waitFor()
    const [first, second] = await receiver.waitFor(2)
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])

    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByText('All is well').waitFor()
    expect(window.complaints()).toEqual([])
  })

  test('retries stand on a time line that goes on by itself', async () => {
    await using server = await startTestServer(engine)
    const receiver = await startReceiver(503, 204)
    await givenDeployment(server, receiver.url, { retrySchedule: [5] })
    await moveAlias(server, 'v0')
    await receiver.waitFor(1)
    const delivery = (await server.rest('GET', '/entities/vision/deliveries')).body.items[0].id
    await using window = await visit(browser(), server, `/deliveries/${delivery}`)
    const { page } = window
    await page.getByText('Attempt 1: to be tried again').waitFor()
    await page.getByText('Next attempt').waitFor()
    await inspect(window, 'delivery-retrying')
    await page.getByText('Attempt 2: arrived').waitFor()
    // From here one gets to all others.
    const way = page.getByRole('navigation', { name: 'Where you are' })
    await way.getByRole('link', { name: 'vision' }).waitFor()
    await way.getByRole('link', { name: 'History' }).click()
    await page.getByRole('tab', { name: 'Deliveries', selected: true }).waitFor()
    expect(window.complaints()).toEqual([])
  })

  test('an event tells why each automation fired or did not', async () => {
    await using server = await startTestServer(engine)
    const receiver = await startReceiver(204)
    await givenDeployment(server, receiver.url)
    await givenAutomation(server, { name: 'tell staging', filter: { alias: 'staging' } })
    await moveAlias(server, 'v0')
    await receiver.waitFor(1)
    await using window = await visit(browser(), server, '/teams/vision/history')
    const { page } = window
    await page.getByRole('link', { name: /the alias production/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Alias production added to resnet:v0' }).waitFor()
    const rows = page.getByRole('table', { name: 'Automations in reach' }).getByRole('row')
    // Each verdict is there twice, of which one is seen: on a phone in another column.
    const verdict = (of: string, words: string) =>
      rows.filter({ hasText: of }).getByText(words, { exact: true }).filter({ visible: true }).waitFor()
    await verdict('deploy to production', 'fired')
    await verdict('tell staging', 'filter not met')
    await inspect(window, 'event')
  })

  test('filters are in the URL, and a window is counted before it is replayed', async () => {
    await using server = await startTestServer(engine)
    const receiver = await startReceiver(400)
    await givenDeployment(server, receiver.url)
    for (const version of ['v0', 'v1', 'v0']) await moveAlias(server, version)
    await receiver.waitFor(3)
    await using window = await visit(browser(), server, '/teams/vision/history?tab=deliveries&state=succeeded')
    const { page } = window
    await page.getByRole('heading', { name: 'No delivery fits these filters' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await rowCount(window, 3)
    expect(new URL(page.url()).search).toBe('?tab=deliveries')
    await inspect(window, 'deliveries')

    await page.getByRole('tab', { name: 'Replays' }).click()
    await page.getByRole('button', { name: 'Replay a window' }).click()
    await page.getByRole('button', { name: 'Count', exact: true }).click()
    await page.getByText('3 would be sent.').waitFor()
    await inspect(window, 'new-replay')
    receiver.answerWith(204)
    await page.getByRole('button', { name: 'Replay 3' }).click()
    await receiver.waitFor(6)
    await page.getByText('3 of 3 sent').waitFor()
    await inspect(window, 'replays')

    await page.getByRole('tab', { name: 'Executions' }).click()
    const outcome = page.getByRole('table', { name: 'Executions' }).getByText('succeeded').first()
    await outcome.waitFor()
    await inspect(window, 'executions')
    await page.locator('time:visible').last().hover()
    await page
      .getByRole('tooltip')
      .getByText(/^\d+ \w{3} 20\d\d, /)
      .waitFor()
    await page.mouse.move(0, 0)
    await page.getByRole('tooltip').waitFor({ state: 'detached' })
    // A finger that is gone again has tapped: what it asked for stays until one taps elsewhere.
    const time = await page.locator('time:visible').last().boundingBox()
    const finger = await window.context.newCDPSession(page)
    const tap = async (x: number, y: number) => {
      await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] })
      await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    await tap((time?.x ?? 0) + 5, (time?.y ?? 0) + 5)
    await page.getByRole('tooltip').waitFor()
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 200))')
    expect(await page.getByRole('tooltip').count()).toBe(1)
    await tap(640, 5)
    await page.getByRole('tooltip').waitFor({ state: 'detached' })
    // On a phone a state is read whole, and no table is moved sideways for it.
    await page.setViewportSize(NARROW)
    const beyond = 'document.querySelector("table").parentElement'
    expect(await page.evaluate<number>(`${beyond}.scrollWidth - ${beyond}.clientWidth`)).toBe(0)
  })
})

async function rowCount({ page }: Visit, count: number): Promise<void> {
  await expect.poll(() => page.getByRole('table').locator('tbody tr').count()).toBe(count)
}

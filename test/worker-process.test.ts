/** `tripline worker`, as a process: the other half of a server with `TRIPLINE_WORKER=off`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fire, givenPipeline, inState, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { startTestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'
import { runTripline } from './support/tripline-process.ts'

const STOP_MS_MAX = 10_000

describeWithTool('postgres', 'a worker', () => {
  test('sends what a server without one has queued, serves its health and no API, and stops within 10 s', async () => {
    await using receiver = await startReceiver(204)
    const publicUrl = 'https://tripline.example.com'
    await using server = await startTestServer('postgres', {
      env: { TRIPLINE_WORKER: 'off', TRIPLINE_PUBLIC_URL: publicUrl },
    })
    const pipeline = await givenPipeline(server, receiver.url, { payload: { link: '${artifact_url}' } })
    const waiting = await fire(server, pipeline)
    expect((await succeeds(server, 'GET', `/deliveries/${waiting}`)).state).toBe('pending')

    const dataDir = join(server.env.TRIPLINE_DATA_DIR!, 'of-the-worker')
    const worker = runTripline(['worker', '--port', '0'], { ...server.env, TRIPLINE_DATA_DIR: dataDir })
    const url = await worker.ready()
    await inState(server, waiting, 'succeeded', 1)
    expect(receiver.received[0]!.body).toContain(publicUrl)

    for (const path of ['/live', '/ready']) expect((await fetch(url + path)).status, path).toBe(200)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toMatch(/tripline_delivery_attempts_total\{verdict="succeeded",reason="none"\} 1/)
    for (const path of ['/', '/api/v1/viewer', '/graphql', '/setup', '/api/docs']) {
      expect((await fetch(url + path)).status, path).toBe(404)
      expect((await fetch(url + path, { headers: { accept: 'text/html' } })).status, path).toBe(404)
    }

    expect(existsSync(dataDir)).toBe(false)

    const hanging = Promise.withResolvers<number>()
    receiver.answerWith(() => hanging.promise, 204)
    const cutOff = await fire(server, pipeline, 'staging')
    await receiver.waitFor(2)
    const stoppingAt = performance.now()
    worker.kill('SIGTERM')
    expect(await worker.ended, worker.output()).toEqual({ code: 0, signal: null })
    expect(performance.now() - stoppingAt).toBeLessThan(STOP_MS_MAX)
    const given = await succeeds(server, 'GET', `/deliveries/${cutOff}`)
    expect(given).toMatchObject({ state: 'pending', attempts: 0, history: [{ reason: 'interrupted' }] })
    hanging.resolve(204)
  })
})

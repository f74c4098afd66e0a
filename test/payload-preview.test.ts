/** Before an automation is saved: what it would send for a version or an event, and what its template may name. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAYLOAD_VARIABLES } from '../src/automations/payload-variables.ts'
import { givenProject, givenVersion } from './support/given-artifacts.ts'
import { givenMember, givenTeam } from './support/given-automations.ts'
import { givenSecrets, inState, succeeds } from './support/given-deliveries.ts'
import { raiseAlert, streamRun } from './support/given-runs.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function given(url = 'http://127.0.0.1:9/') {
    const team = await givenTeam(server)
    await givenSecrets(server, team, { TOKEN: 'the token value', SIGN: 'the signing value', EXTRA: 'the extra value' })
    const webhook = await succeeds(server, 'POST', `/entities/${team}/webhooks`, {
      name: 'deployer',
      url,
      accessTokenSecret: 'TOKEN',
      signingSecret: 'SIGN',
      secrets: ['EXTRA'],
      headers: { 'x-team': 'churn', 'x-key': '${EXTRA}' },
    })
    const project = await givenProject(server, team)
    await givenVersion(server, project, 'churn', {
      metadata: { eval: { accuracy: 0.93 }, 'a}b': 1 },
      aliases: ['beta'],
    })
    const automation = {
      scope: { type: 'collection', project: project.project, collection: 'churn' },
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: 'production' },
      action: {
        type: 'webhook',
        webhook: webhook.id,
        payload: {
          what: '${version}',
          how: '${artifact_metadata.eval.accuracy|json}',
          alias: '${alias}',
          key: '${EXTRA}',
        },
      },
    }
    const at = { project: project.project, collection: 'churn', version: 'v0' }
    return { team, webhook, project, automation, at }
  }

  test('the request for a version is shown as it will be sent, without a secret', async () => {
    await using receiver = await startReceiver()
    const { team, automation, at, project } = await given(receiver.url)
    const path = `/entities/${team}/automations/preview`
    const preview = await succeeds(server, 'POST', path, { automation, at, alias: 'production' })
    expect(JSON.parse(preview.request.body)).toEqual({ what: 'v0', how: 0.93, alias: 'production', key: '${EXTRA}' })
    expect(preview.request).toMatchObject({
      contentType: 'application/json',
      bytes: Buffer.byteLength(preview.request.body),
      problem: null,
      webhook: { name: 'deployer' },
    })
    expect(preview.request.headers).toMatchObject({ 'x-team': 'churn', 'webhook-id': 'msg_preview' })
    expect(JSON.stringify(preview)).not.toMatch(/the (token|signing|extra) value/)
    expect([preview.filterMatches, preview.event.isExample]).toEqual([true, false])
    expect(receiver.received).toHaveLength(0)

    // What is sent then is that, secrets filled in.
    await succeeds(server, 'POST', `/entities/${team}/automations`, { ...automation, name: 'deploy' })
    const alias = `/projects/${team}/${project.project}/collections/churn/aliases/production`
    await succeeds(server, 'PUT', alias, { version: 'v0' })
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(1)
    const [sent] = receiver.received
    expect(sent?.body.toString()).toBe(preview.request.body.replace('${EXTRA}', 'the extra value'))
    const ours = Object.keys(preview.request.headers)
    expect(ours.filter((name) => sent?.headers[name] === undefined)).toEqual([])
    const [delivery] = (await succeeds(server, 'GET', `/entities/${team}/deliveries`)).items
    await inState(server, delivery.id, 'succeeded')

    // The event that happened can be tried again, with another draft.
    const again = await succeeds(server, 'POST', path, {
      automation: { ...automation, filter: { alias: 'staging' }, action: { ...automation.action, payload: undefined } },
      event: delivery.event.id,
    })
    expect([again.filterMatches, again.because[0].path]).toEqual([false, '/alias'])
    expect(JSON.parse(again.request.body).data.event_id).toBe(delivery.event.id)
    // Members are not shown what its settings put into headers.
    const { key } = await givenMember(server, team, 'member')
    const seen = await succeeds(server, 'POST', path, { automation, at }, key)
    expect([seen.request.headers['x-team'], seen.request.headers['content-type']]).toEqual(['***', 'application/json'])
  })

  test('a template that cannot be read says where, and one that cannot be rendered says why', async () => {
    const { team, automation, at } = await given()
    const path = `/entities/${team}/automations/preview`
    const withPayload = (payload: Json) => ({
      automation: { ...automation, action: { ...automation.action, payload } },
      at,
    })
    const wrong = await server.rest('POST', path, withPayload({ deep: [{ one: '${nothing}' }] }))
    expect([wrong.status, wrong.body.code]).toEqual([400, 'template_invalid'])
    expect(wrong.body.errors[0].path).toBe('/automation/action/payload/deep/0/one')
    const missing = await succeeds(
      server,
      'POST',
      path,
      withPayload({ one: '${artifact_metadata.none:?no such thing}' }),
    )
    expect(missing.request).toMatchObject({ body: null, bytes: 0, problem: expect.stringContaining('no such thing') })
    const example = await succeeds(server, 'POST', path, { automation })
    expect([example.event.isExample, JSON.parse(example.request.body).what]).toEqual([true, 'v7'])
    const nothing = await succeeds(server, 'POST', path, {
      automation: { ...automation, action: { type: 'nothing' } },
      at,
    })
    expect(nothing.request).toBeNull()
    for (const [body, status] of [
      [{ automation, at, event: 'ev_x' }, 400],
      [{ automation, event: 'ev_x' }, 404],
      [{ automation, at: { ...at, version: 'v9' } }, 404],
      [{ automation, at: { project: at.project } }, 400],
    ] as const) {
      expect((await server.rest('POST', path, body)).status).toBe(status)
    }
  })

  test('what a run has come to is shown for automations on runs, met or not', async () => {
    const { team, webhook, project } = await given()
    const path = `/entities/${team}/automations/preview`
    await streamRun(server, project, 'r1', [2, 3, 7])
    const preview = (event: string, filter: Json, payload: Json, run: string | null = 'r1') =>
      succeeds(server, 'POST', path, {
        automation: {
          scope: { type: 'project', project: project.project },
          ...{ event, filter, action: { type: 'webhook', webhook: webhook.id, payload } },
        },
        ...(run === null ? {} : { at: { project: project.project, run } }),
      })
    const above = (number: number) => ({
      run_metric_filter: {
        threshold_filter: { name: 'loss', agg_op: 'AVERAGE', window_size: 2, cmp_op: '$gt', threshold: number },
      },
    })
    const payload = { run: '${run_name}', value: '${metric_value|json}', step: '${metric_step|json}' }
    const met = await preview('RUN_METRIC', above(4), payload)
    expect([met.filterMatches, met.event.isExample]).toEqual([true, false])
    expect(JSON.parse(met.request.body)).toEqual({ run: 'calm', value: 5, step: 2 })
    const unmet = await preview('RUN_METRIC', above(6), payload)
    expect([unmet.filterMatches, JSON.parse(unmet.request.body).value]).toEqual([false, 5])
    expect(unmet.because[0].message).toMatch(
      /^the run came to 5, and the filter asks for "average of the last 2 of loss/,
    )
    const jump = { name: 'loss', change_type: 'ABSOLUTE', change_dir: 'INCREASE', change_amount: 4 }
    const changed = await preview('RUN_METRIC_CHANGE', { run_metric_filter: { change_filter: jump } }, payload)
    expect([changed.filterMatches, JSON.parse(changed.request.body).value]).toEqual([true, 4])
    const other = { threshold_filter: { name: 'none', cmp_op: '$gt', threshold: 1 } }
    const unlogged = await preview('RUN_METRIC', { run_metric_filter: other }, payload)
    expect(unlogged.because[0].message).toMatch(/^no condition was met/)

    const told = { level: '${alert_severity}', title: '${alert_title}' }
    expect((await preview('RUN_ALERT', null, told)).because[0].message).toBe('the event is about no alert')
    await raiseAlert(server, project, 'r1', { title: 'loss diverges', text: 'It is 7', severity: 'ERROR' })
    const alert = await preview('RUN_ALERT', { severity: { $in: ['ERROR'] }, title: { $contains: 'loss' } }, told)
    expect([alert.filterMatches, JSON.parse(alert.request.body)]).toEqual([
      true,
      { level: 'ERROR', title: 'loss diverges' },
    ])
    const example = await preview('RUN_METRIC', above(4), payload, null)
    expect([example.event.isExample, JSON.parse(example.request.body).run]).toEqual([true, 'example-run-1'])
  })

  test('a payload is checked by itself, with the secrets of a webhook or with those that are named', async () => {
    const { team, webhook } = await given()
    const path = `/entities/${team}/payloads/check`
    const payload = '{"of": "${version}", "key": "${EXTRA}", "tag": "${tag}"}'
    const checked = await succeeds(server, 'POST', path, { payload, webhook: webhook.id })
    expect(JSON.parse(checked.body)).toEqual({ of: 'v7', key: '${EXTRA}', tag: '' })
    expect(checked.warnings).toEqual([{ path: '/tag', message: expect.stringContaining('${tag} has no value') }])
    expect((await succeeds(server, 'POST', path, { payload, secrets: ['EXTRA'] })).body).toBe(checked.body)
    const unknown = await server.rest('POST', path, { payload, secrets: ['ANOTHER'] })
    expect([unknown.status, unknown.body.code]).toEqual([400, 'template_invalid'])
    expect(unknown.body.errors).toMatchObject([{ path: '/payload/key' }])
    expect(unknown.body.positions).toMatchObject([{ line: 1, column: 30 }])
    const missing = await succeeds(server, 'POST', path, { payload: { tag: '${tag:?no tag}' } })
    expect(missing).toMatchObject({ body: null, problem: expect.stringContaining('no tag') })
    const whole = await succeeds(server, 'POST', path, { event: 'CREATE_ARTIFACT' })
    expect(JSON.parse(whole.body).type).toBe('CREATE_ARTIFACT')
    expect((await server.rest('POST', path, { webhook: 'wh_none' })).status).toBe(404)
  })

  test('the names that a template may use come with their values in a version, and with the secrets of the webhook', async () => {
    const { team, webhook, at } = await given()
    const path = `/entities/${team}/template-variables`
    const all = await succeeds(server, 'GET', path)
    expect(all.variables.map(({ name, value }: Json) => [name, value])).toEqual(
      PAYLOAD_VARIABLES.map(({ name, example }) => [name, example]),
    )
    expect([all.secrets, all.metadata]).toEqual([['callback_token'], []])

    const query = new URLSearchParams({ ...at, event: 'ADD_ARTIFACT_ALIAS', webhook: webhook.id })
    const help = await succeeds(server, 'GET', `${path}?${query}`)
    const shown = (name: string) => help.variables.find((each: Json) => each.name === name)?.value
    expect([shown('version'), shown('alias'), shown('artifact_collection_name')]).toEqual(['v0', 'beta', 'churn'])
    expect(shown('run_state')).toBeUndefined()
    expect(help.metadata).toEqual([
      { path: 'eval', value: '{"accuracy":0.93}' },
      { path: 'eval.accuracy', value: '0.93' },
    ])
    expect(help.secrets.sort()).toEqual(['ACCESS_TOKEN', 'EXTRA', 'SIGN', 'TOKEN', 'callback_token'])
    for (const [wrong, status] of [
      [`webhook=wh_none`, 404],
      [`project=${at.project}&collection=churn&version=v9`, 404],
      [`project=${at.project}`, 400],
      ['event=NONE', 400],
    ] as const)
      expect((await server.rest('GET', `${path}?${wrong}`)).status, wrong).toBe(status)
  })
})

import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeId } from '../src/graphql/ids.ts'
import { CRASHED_AFTER_MS } from '../src/runs/run.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

/** Ada is a member of `lab`, Vic a viewer, Oz of nothing. */
const KEYS = { ada: 'a'.repeat(40), vic: 'b'.repeat(40), oz: 'c'.repeat(40) }
const [ENTITY, PROJECT] = ['lab', 'trials']

const UPSERT = 'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted bucket { ...All } } }'
const READ = 'query ($name: String!) { project(name: "trials", entityName: "lab") { run(name: $name) { ...All } } }'
const ALL = `fragment All on Run { id name displayName state config summaryMetrics tags notes description group jobType
  sweepName commit repo host program exitcode readOnly projectId historyLineCount eventsLineCount logLineCount historyTail
  eventsTail systemMetrics historyKeys wandbConfig(keys: ["t"]) stopped fileCount user { username }
  project { name entityName entity { name } } }`

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
    for (const [username, apiKey] of Object.entries(KEYS)) await server.rest('POST', '/users', { username, apiKey })
    await server.rest('POST', '/organizations', { name: 'institute' })
    await server.rest('POST', '/teams', { name: ENTITY, organization: 'institute' })
    await server.rest('PUT', `/teams/${ENTITY}/members/ada`, { role: 'member' })
    await server.rest('PUT', `/teams/${ENTITY}/members/vic`, { role: 'viewer' })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const upsert = (input: Record<string, unknown>, key = KEYS.ada) =>
    server.graphql(`${UPSERT} ${ALL}`, { input: { entityName: ENTITY, modelName: PROJECT, ...input } }, { key })

  const givenRun = async (name: string) => {
    const { status, data, errors } = await upsert({ name })
    expect([status, errors]).toEqual([200, undefined])
    return data.upsertBucket.bucket as { id: string; name: string }
  }
  const read = async (name: string) =>
    (await server.graphql(`${READ} ${ALL}`, { name }, { key: KEYS.ada })).data.project.run

  async function stream(
    run: string,
    body: unknown,
    options: { key?: string | null; gzip?: boolean; project?: string } = {},
  ) {
    const { key = KEYS.ada, gzip = false, project = PROJECT } = options
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${server.url}/files/${ENTITY}/${project}/${run}/file_stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        ...(key === null ? {} : { authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}` }),
      },
      body: gzip ? gzipSync(text) : text,
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  const refusal = (status: number, code: string, message: RegExp | string) => ({
    status,
    data: null,
    errors: [{ message: expect.stringMatching(message), extensions: { code } }],
  })

  describe('a run', () => {
    test('is made once with its project, with a name that people can say, and belongs to who made it', async () => {
      const made = await server.graphql(
        `${UPSERT} ${ALL}`,
        { input: { modelName: 'made-with-it', name: 'first1', config: '{"lr": {"value": 0.1}}', tags: ['a', 'b'] } },
        { key: KEYS.ada },
      )
      expect(made.data.upsertBucket.inserted).toBe(true)
      expect(made.data.upsertBucket.bucket).toMatchObject({
        name: 'first1',
        displayName: expect.stringMatching(/^[a-z]+-[a-z]+-1$/),
        state: 'running',
        config: '{"lr": {"value": 0.1}}',
        summaryMetrics: '{}',
        tags: ['a', 'b'],
        user: { username: 'ada' },
        project: { name: 'made-with-it', entityName: 'ada', entity: { name: 'ada' } },
        historyLineCount: 0,
        historyTail: '[]',
        historyKeys: null,
        wandbConfig: '{}',
        readOnly: false,
      })
      // Python's int() must take it.
      expect(Number.isInteger(made.data.upsertBucket.bucket.projectId)).toBe(true)
    })

    test('is given an id and a project when the client names none', async () => {
      const { data } = await server.graphql(`${UPSERT} ${ALL}`, { input: {} }, { key: KEYS.ada })
      expect(data.upsertBucket.bucket).toMatchObject({
        name: expect.stringMatching(/^[a-z0-9]{8}$/),
        project: { name: 'uncategorized', entityName: 'ada' },
      })
    })

    test('is changed by what a later call says, and left alone by what it does not', async () => {
      const all = {
        displayName: 'my trial',
        groupName: 'group',
        jobType: 'train',
        description: 'words',
        notes: 'note',
        config: '{"a": {"value": 1}}',
        summaryMetrics: '{"loss": 1}',
        tags: ['x'],
        sweep: 'sw33p',
        host: 'node7',
        jobProgram: 'train.py',
        jobRepo: 'git@example.com:a/b.git',
        commit: 'c0ffee',
      }
      const { id } = (await upsert({ name: 'changing', ...all })).data.upsertBucket.bucket
      const nothing = Object.fromEntries(Object.keys(all).map((key) => [key, null]))
      const same = await upsert({ name: 'changing', ...nothing, debug: false })
      expect(same.data.upsertBucket).toMatchObject({
        inserted: false,
        bucket: {
          id,
          displayName: 'my trial',
          group: 'group',
          jobType: 'train',
          description: 'words',
          notes: 'note',
          config: '{"a": {"value": 1}}',
          summaryMetrics: '{"loss": 1}',
          tags: ['x'],
          sweepName: 'sw33p',
          host: 'node7',
          program: 'train.py',
          repo: 'git@example.com:a/b.git',
          commit: 'c0ffee',
        },
      })
      await upsert({ id, notes: 'by id', tags: [] })
      expect(await read('changing')).toMatchObject({ notes: 'by id', tags: [], displayName: 'my trial' })
    })

    test('is one run, however many ask for it at once', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => upsert({ name: 'together' })))
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
      expect(answers.filter(({ data }) => data.upsertBucket.inserted)).toHaveLength(1)
      expect(new Set(answers.map(({ data }) => data.upsertBucket.bucket.id)).size).toBe(1)
    })

    test('is refused in words', async () => {
      const cases: [Record<string, unknown>, string, ReturnType<typeof refusal>][] = [
        [{ name: 'a/b' }, KEYS.ada, refusal(400, 'name_invalid', 'run id')],
        [{ name: 'ok', modelName: 'a/b' }, KEYS.ada, refusal(400, 'name_invalid', 'project')],
        [{ name: 'ok', displayName: 'x'.repeat(513) }, KEYS.ada, refusal(400, 'invalid_request', 'displayName')],
        [{ name: 'ok', config: '{' }, KEYS.ada, refusal(400, 'invalid_request', 'JSON')],
        [{ name: 'ok', entityName: 'nobody' }, KEYS.ada, refusal(404, 'not_found', 'nobody')],
        [{ name: 'ok' }, KEYS.vic, refusal(403, 'forbidden', 'member')],
        [{ name: 'ok' }, KEYS.oz, refusal(404, 'not_found', ENTITY)],
        [{ id: 'nonsense' }, KEYS.ada, refusal(404, 'not_found', 'nonsense')],
        [{ id: encodeId('Run', 999_999) }, KEYS.ada, refusal(404, 'not_found', 'run')],
      ]
      for (const [input, key, expected] of cases) {
        expect(await upsert(input, key), JSON.stringify(input)).toEqual(expected)
      }
      expect(await read('ok')).toBeNull()
      const { id } = await givenRun('guarded')
      expect(await upsert({ id, notes: 'x' }, KEYS.oz)).toEqual(refusal(404, 'not_found', 'run'))
      expect(await upsert({ id, notes: 'x' }, KEYS.vic)).toEqual(refusal(403, 'forbidden', 'member'))
    })

    test('does not log into a registry', async () => {
      await server.rest('PUT', '/organizations/institute/members/ada', { role: 'admin' })
      const input = { name: 'wandb-registry-models', entityName: 'institute' }
      const made = await server.graphql(
        'mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { inserted } }',
        { input },
        { key: KEYS.ada },
      )
      expect(made.data.upsertModel.inserted).toBe(true)
      const answer = await upsert({ name: 'ok', entityName: 'institute', modelName: 'wandb-registry-models' })
      expect(answer).toEqual(refusal(400, 'invalid_request', 'registry'))
    })

    test('is listed in the order of making, or newest first, in pages', async () => {
      for (const name of ['one', 'two', 'three']) await upsert({ name, modelName: 'listed' })
      const list = async (order: string | null, first: number, after: string | null = null) => {
        const query = `query ($order: String, $first: Int, $after: String) { project(name: "listed", entityName: "lab") {
          runCount(filters: "{}") runs(order: $order, first: $first, after: $after) {
            totalCount edges { node { name } } pageInfo { endCursor hasNextPage } } } }`
        const { project } = (await server.graphql(query, { order, first, after }, { key: KEYS.vic })).data
        expect([project.runCount, project.runs.totalCount]).toEqual([3, 3])
        const { edges, pageInfo } = project.runs
        return { names: edges.map(({ node }: { node: { name: string } }) => node.name), ...pageInfo }
      }
      expect((await list('+created_at', 50)).names).toEqual(['one', 'two', 'three'])
      const page = await list('-created_at', 2)
      expect(page).toMatchObject({ names: ['three', 'two'], hasNextPage: true })
      expect(await list('-created_at', 2, page.endCursor)).toMatchObject({ names: ['one'], hasNextPage: false })

      const other = (argument: string) =>
        server.graphql(
          `{ project(name: "listed", entityName: "lab") { runs(${argument}) { totalCount } } }`,
          {},
          { key: KEYS.ada },
        )
      expect(await other('order: "-nonsense"')).toEqual(refusal(400, 'not_supported', 'created_at'))
      expect(await other('filters: "{\\"nonsense\\": 1}"')).toEqual(refusal(400, 'not_supported', 'filter'))
      const byLoss = await other('order: "-created_at", after: "bm9uZQ=="')
      expect(byLoss).toEqual(refusal(400, 'cursor_invalid', 'cursor'))
    })

    test('is found by its state, tags, times, config and summary, in any order of these', async () => {
      const given = (name: string, more: object) => upsert({ name, modelName: 'filtered', ...more })
      await given('one', {
        config: '{"lr":{"value":0.1},"net":{"value":{"kind":"cnn"}}}',
        tags: ['a', 'b'],
        state: 'finished',
      })
      await given('two', {
        config: '{"lr":{"value":0.01}}',
        summaryMetrics: '{"loss":0.25,"deep":{"x":true}}',
        tags: ['a'],
      })
      await given('three', { config: '{"lr":{"value":"auto"}}', summaryMetrics: '{"loss":1.5}', groupName: 'g' })
      await server.world.db.transaction(async (tx) => {
        await tx.updateTable('runs').set({ heartbeat_at: 0 }).where('name', '=', 'three').execute()
      })
      const list = async (filters: object, order = '+created_at') => {
        const query = `query ($filters: JSONString, $order: String, $after: String) {
          project(name: "filtered", entityName: "lab") { runCount(filters: $filters)
            runs(filters: $filters, order: $order, first: 1, after: $after) {
              edges { node { name } } pageInfo { endCursor hasNextPage } } } }`
        const names: string[] = []
        for (let after = null, hasMore = true; hasMore; ) {
          const variables = { filters: JSON.stringify(filters), order, after }
          const { data, errors } = await server.graphql(query, variables, { key: KEYS.vic })
          expect(errors).toBeUndefined()
          const { runs, runCount } = data.project
          names.push(...runs.edges.map(({ node }: { node: { name: string } }) => node.name))
          after = runs.pageInfo.endCursor
          hasMore = runs.pageInfo.hasNextPage
          if (!hasMore) expect(names).toHaveLength(runCount)
        }
        return names
      }
      const cases: [object, string[]][] = [
        [{ state: 'crashed' }, ['three']],
        [{ state: { $in: ['running', 'finished'] } }, ['one', 'two']],
        [{ tags: { $in: ['b', 'x'] } }, ['one']],
        [{ tags: { $ne: 'b' } }, ['two', 'three']],
        [{ 'config.lr': { $gte: 0.01 } }, ['one', 'two']],
        [{ 'config.lr.value': 'auto' }, ['three']],
        [{ config: { net: { kind: 'cnn' } } }, ['one']],
        [{ 'summary_metrics.deep.x': true }, ['two']],
        [{ $nor: [{ group: 'g' }, { 'summary.loss': { $lt: 1 } }] }, ['one']],
        [{ createdAt: { $gt: '2024-01-01T00:00:00Z' }, heartbeat_at: { $lt: '2024-01-01' } }, ['three']],
        [{ username: { $exists: true }, notes: null }, ['one', 'two', 'three']],
      ]
      for (const [filters, names] of cases) expect(await list(filters), JSON.stringify(filters)).toEqual(names)
      expect(await list({}, '+summary_metrics.loss')).toEqual(['two', 'three', 'one'])
      expect(await list({}, '-summary_metrics.loss')).toEqual(['three', 'two', 'one'])
      expect(await list({}, '-config.lr.value')).toEqual(['one', 'two', 'three'])
      expect(await list({}, '+heartbeat_at')).toEqual(['three', 'one', 'two'])
    })
  })

  describe('the file stream', () => {
    test('keeps lines under their numbers: what is sent again replaces what was there', async () => {
      await givenRun('streaming')
      const history = (offset: number, ...content: string[]) => ({
        files: { 'wandb-history.jsonl': { offset, content } },
      })
      expect(await stream('streaming', history(0, '{"_step":0,"a":1}', '{"_step":1,"a":2}'))).toEqual({
        status: 200,
        body: { stopped: false },
      })
      for (let time = 0; time < 2; time += 1) await stream('streaming', history(1, '{"_step":1,"a":5}'), { gzip: true })
      await stream('streaming', {
        files: {
          'wandb-events.jsonl': { offset: 0, content: ['{"cpu":1}', '{"cpu":2}'] },
          'wandb-summary.json': { offset: 0, content: ['{"a":5,"b":{"c":7},"_wandb":{"runtime":1}}'] },
          'output.log': { offset: 0, content: ['hello \0 there'] },
        },
        uploaded: ['config.yaml'],
      })
      expect(await read('streaming')).toMatchObject({
        state: 'running',
        historyLineCount: 2,
        eventsLineCount: 2,
        logLineCount: 1,
        historyTail: JSON.stringify(['{"_step":1,"a":5}']),
        eventsTail: JSON.stringify(['{"cpu":2}']),
        systemMetrics: '{"cpu":2}',
        summaryMetrics: '{"a":5,"b":{"c":7},"_wandb":{"runtime":1}}',
      })
      expect((await read('streaming')).historyKeys).toEqual({
        lastStep: 1,
        // Those that the last line does not have, too, and what the client keeps for itself not.
        keys: { _step: { previousValue: 1 }, a: { previousValue: 5 }, 'b.c': { previousValue: 7 } },
      })
    })

    test('takes very many lines in one request', async () => {
      await givenRun('chatty')
      const content = Array.from({ length: 20_000 }, (_, step) => JSON.stringify({ _step: step }))
      expect((await stream('chatty', { files: { 'wandb-history.jsonl': { offset: 0, content } } })).status).toBe(200)
      expect((await read('chatty')).historyLineCount).toBe(20_000)
    })

    test.each([
      ['well with exit code 0', 0, 'finished', 0],
      ['badly with any other', 137, 'failed', 137],
      ['badly with what Windows says', 0xc0000005, 'failed', 0xc0000005 | 0],
    ])('ends a run %s, and a run that goes on is running again', async (_, exitcode, state, kept) => {
      const name = `ends-${exitcode}`
      await givenRun(name)
      await stream(name, { complete: true, exitcode })
      expect(await read(name)).toMatchObject({ state, exitcode: kept })
      await stream(name, {})
      expect(await read(name)).toMatchObject({ state: 'running', exitcode: null })
    })

    test('that has been silent for long has crashed, until it is heard of again', async () => {
      await givenRun('silent')
      await server.world.db.transaction((tx) =>
        tx
          .updateTable('runs')
          .set({ heartbeat_at: Date.now() - CRASHED_AFTER_MS - 1_000 })
          .where('name', '=', 'silent')
          .execute(),
      )
      expect((await read('silent')).state).toBe('crashed')
      await stream('silent', {})
      expect((await read('silent')).state).toBe('running')
    })

    test('refuses as {"error": …} with real statuses', async () => {
      await givenRun('refusing')
      const cases: [unknown, Parameters<typeof stream>[2], number, RegExp][] = [
        ['nonsense', {}, 400, /JSON/],
        ['[]', {}, 400, /object/],
        [{ files: { x: { offset: -1, content: [] } } }, {}, 400, /offset/],
        [{ files: { 'wandb-summary.json': { content: [`"${'x'.repeat(10 * 1024 * 1024)}"`] } } }, {}, 400, /summary/],
        [{}, { key: null }, 401, /API key/],
        [{}, { key: 'f'.repeat(40) }, 401, /API key/],
        [{}, { key: KEYS.vic }, 403, /member/],
        [{}, { key: KEYS.oz }, 404, /not found/],
        [{}, { project: 'no-such-project' }, 404, /not found/],
        ['x'.repeat(33 * 1024 * 1024), {}, 413, /more than 33554432/],
        ['x'.repeat(33 * 1024 * 1024), { gzip: true }, 413, /Unpacked/],
      ]
      for (const [body, options, status, message] of cases) {
        const answer = await stream('refusing', body, options)
        expect([answer.status, answer.body.error], String(message)).toEqual([status, expect.stringMatching(message)])
      }
      expect((await stream('no-such-run', {})).status).toBe(404)
      const broken = await fetch(`${server.url}/files/${ENTITY}/${PROJECT}/refusing/file_stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEYS.ada}`, 'content-encoding': 'gzip' },
        body: 'not gzip',
      })
      expect([broken.status, await broken.json()]).toEqual([400, expect.objectContaining({ code: 'malformed_json' })])
      expect(await read('refusing')).toMatchObject({ state: 'running', historyLineCount: 0, summaryMetrics: '{}' })
    })
  })

  test('what a resumed run asks is answered: null for a run that is not there', async () => {
    const status = async (name: string) => {
      const query = `query ($name: String!) { model(name: "trials", entityName: "lab") { id name entity { id name }
        bucket(name: $name, missingOk: true) { name wandbConfig(keys: ["t"]) historyTail } } }`
      return (await server.graphql(query, { name }, { key: KEYS.ada })).data.model
    }
    await upsert({ name: 'resumed', config: '{"_wandb": {"value": {"t": {"1": [2]}, "m": []}}}' })
    await stream('resumed', { files: { 'wandb-history.jsonl': { offset: 0, content: ['{"_step":0}'] } } })
    expect(await status('resumed')).toMatchObject({
      name: PROJECT,
      bucket: { name: 'resumed', wandbConfig: '{"t":{"1":[2]}}', historyTail: '["{\\"_step\\":0}"]' },
    })
    expect((await status('never-was')).bucket).toBeNull()
    const strict = '{ model(name: "trials", entityName: "lab") { bucket(name: "never-was") { id } } }'
    expect(await server.graphql(strict, {}, { key: KEYS.ada })).toEqual(refusal(404, 'not_found', 'never-was'))
  })

  describe('the files of a run', () => {
    const create = async (run: string, files: string[], key = KEYS.ada) =>
      server.graphql(
        'mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { runID uploadHeaders files { name uploadUrl } } }',
        { input: { entityName: ENTITY, projectName: PROJECT, runName: run, files } },
        { key },
      )
    const list = async (run: string, names: (string | null)[] = []) => {
      const query = `query ($run: String!, $names: [String]) { project(name: "trials", entityName: "lab") { run(name: $run) {
        fileCount files(names: $names, first: 2) { edges { node { id name sizeBytes md5 url directUrl } } pageInfo { hasNextPage endCursor } } } } }`
      return (await server.graphql(query, { run, names }, { key: KEYS.vic })).data.project.run
    }
    const put = async (url: string, body: string) => (await fetch(url, { method: 'PUT', body })).status

    test('go up and come down by URLs that need no credentials, and are there once they have arrived', async () => {
      const { id } = await givenRun('filed')
      const { data } = await create('filed', ['config.yaml', 'media/images/ü.txt', 'never-sent.txt', 'config.yaml'])
      expect(data.createRunFiles.runID).toBe(id)
      const files = data.createRunFiles.files as { name: string; uploadUrl: string }[]
      expect(files.map(({ name }) => name)).toEqual(['config.yaml', 'media/images/ü.txt', 'never-sent.txt'])
      expect(await list('filed')).toMatchObject({ fileCount: 0, files: { edges: [] } })

      expect(await put(files[0]!.uploadUrl, 'a: 1')).toBe(200)
      expect(await put(files[1]!.uploadUrl, 'image')).toBe(200)
      const { fileCount, files: shown } = await list('filed')
      expect([fileCount, shown.pageInfo.hasNextPage]).toEqual([2, false])
      expect(
        shown.edges.map(({ node }: { node: { name: string; sizeBytes: number } }) => [node.name, node.sizeBytes]),
      ).toEqual([
        ['config.yaml', 4],
        ['media/images/ü.txt', 5],
      ])
      const [only] = (await list('filed', ['media/images/ü.txt', null])).files.edges
      for (const url of [only.node.url, only.node.directUrl]) expect(await (await fetch(url)).text()).toBe('image')
    })

    test('are replaced by files of the same name, whose bytes then are gone', async () => {
      await givenRun('refiled')
      const upload = async (body: string) => {
        const [file] = (await create('refiled', ['log.txt'])).data.createRunFiles.files
        expect(await put(file.uploadUrl, body)).toBe(200)
      }
      await upload('old')
      const before = (await list('refiled')).files.edges[0].node.directUrl
      await upload('new')
      const after = (await list('refiled')).files.edges
      expect(after).toHaveLength(1)
      expect(await (await fetch(after[0].node.directUrl)).text()).toBe('new')
      expect((await fetch(before)).status).toBe(404)
    })

    test('have names that stay inside a folder', async () => {
      await givenRun('named')
      for (const name of ['', '/etc/passwd', '../x', 'a/../b', 'a//b', './a', 'x'.repeat(1_025)]) {
        expect(await create('named', [name]), name).toEqual(refusal(400, 'name_invalid', 'relative path'))
      }
      expect(await create('named', Array(2_001).fill('x'))).toEqual(refusal(400, 'invalid_request', '2000'))
      expect((await create('named', [])).data.createRunFiles.files).toEqual([])
      expect(await create('named', ['x'], KEYS.vic)).toEqual(refusal(403, 'forbidden', 'member'))
      expect(await create('named', ['x'], KEYS.oz)).toEqual(refusal(404, 'not_found', 'not found'))
      expect(await create('no-such-run', ['x'])).toEqual(refusal(404, 'not_found', 'no-such-run'))
    })
  })

  test('alerts, upload notices and states are taken for runs that one may write to', async () => {
    const { id } = await givenRun('noticed')
    const run = { entityName: ENTITY, projectName: PROJECT, runName: 'noticed' }
    const alert = (input: object, key = KEYS.ada) =>
      server.graphql(
        'mutation ($input: NotifyScriptableRunAlertInput!) { notifyScriptableRunAlert(input: $input) { success } }',
        { input: { ...run, title: 't', text: 'x', severity: 'WARN', waitDuration: 60_000, ...input } },
        { key },
      )
    expect((await alert({})).data.notifyScriptableRunAlert.success).toBe(true)
    await Promise.all(['t', 't', 'u', 'u'].map((title) => alert({ title, severity: null })))
    expect((await alert({ title: 'u', waitDuration: null, text: 'y' })).status).toBe(200)
    const path = `/projects/${ENTITY}/${PROJECT}/run-alerts`
    const first = await server.rest('GET', `${path}?limit=2`, undefined, { key: KEYS.vic })
    const rest = await server.rest('GET', `${path}?run=noticed&cursor=${first.body.cursor}`, undefined, {
      key: KEYS.vic,
    })
    const kept = [...first.body.items, ...rest.body.items]
    expect(kept.map((each) => [each.run, each.title, each.text, each.severity])).toEqual([
      ['noticed', 'u', 'y', 'WARN'],
      ['noticed', 'u', 'x', 'INFO'],
      ['noticed', 't', 'x', 'WARN'],
    ])
    expect(rest.body.cursor).toBeUndefined()
    expect((await server.rest('GET', path, undefined, { key: KEYS.oz })).status).toBe(404)
    expect(await alert({ title: 'x'.repeat(513) })).toEqual(refusal(400, 'invalid_request', 'at most 512'))
    expect(await alert({ runName: 'no-such-run' })).toEqual(refusal(404, 'not_found', 'no-such-run'))
    expect(await alert({}, KEYS.vic)).toEqual(refusal(403, 'forbidden', 'member'))

    const mark = 'mutation ($input: MarkRunFilesUploadedInput!) { markRunFilesUploaded(input: $input) { success } }'
    const marked = await server.graphql(mark, { input: { ...run, files: ['x'] } }, { key: KEYS.ada })
    expect(marked.data.markRunFilesUploaded.success).toBe(true)

    const setState = (state: string, of = id) =>
      server.graphql(
        'mutation ($input: UpdateRunStateInput!) { updateRunState(input: $input) { success } }',
        { input: { id: of, state } },
        { key: KEYS.ada },
      )
    expect((await setState('FINISHED')).data.updateRunState.success).toBe(true)
    expect((await read('noticed')).state).toBe('finished')
    expect(await setState('on fire')).toEqual(refusal(400, 'not_supported', 'on fire'))
    expect(await setState('finished', 'nonsense')).toEqual(refusal(404, 'not_found', 'nonsense'))
  })

  test('the probe for telemetry finds nobody, so that clients send none', async () => {
    for (const path of ['/sdk/otel/v1/metrics', '/sdk/otel/v1/logs']) {
      expect((await fetch(`${server.url}${path}`, { method: 'POST' })).status).toBe(404)
    }
  })
})

/** Logging versions and reading them back, by REST and as the wandb client does it. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import * as artifacts from '../src/artifacts/operations.ts'
import { upsertRun } from '../src/runs/operations.ts'
import {
  base64,
  clientManifest,
  collectionPath,
  givenCommitted,
  givenManifest,
  givenProject,
  givenUploaded,
  givenVersion,
  inShort,
  log,
  md5,
  type ProjectName,
  put,
  watchEvents,
} from './support/given-artifacts.ts'
import { callerWith, givenMember, givenTeam } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const GIB = 1024 ** 3
const refused = (status: number, code: string, detail = /./) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code, detail: expect.stringMatching(detail) }) })
const refusal = (code: string, message = /./) =>
  expect.objectContaining({ name: 'Refusal', code, message: expect.stringMatching(message) })

forEachEngine((engine) => {
  let server: TestServer
  let team: string
  let project: ProjectName
  let member: { username: string; key: string }
  let caller: Caller

  beforeAll(async () => {
    server = await startTestServer(engine)
    team = await givenTeam(server)
    project = await givenProject(server, team)
    member = await givenMember(server, team, 'member')
    caller = await callerWith(server, member.key, 'wandb')
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const get = (path: string) => server.rest('GET', path, undefined, { key: member.key })
  const versionPath = (collection: string, version: string) =>
    `${collectionPath(project, collection)}/versions/${version}`
  const rejection = async (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error: unknown) => error,
    )

  describe('logging by REST', () => {
    test('a version logged in one call reads back by number and alias, with its files', async () => {
      const { status, body } = await log(
        server,
        project,
        'churn',
        {
          description: 'The first one',
          metadata: { accuracy: 0.93, big: 2 ** 40 },
          aliases: ['production'],
          tags: ['good one'],
          files: { 'model.txt': 'weights', 'dir/größe 1.txt': 'data', empty: '' },
        },
        member.key,
      )
      expect([status, body]).toEqual([
        201,
        {
          ...project,
          collection: 'churn',
          version: 'v0',
          aliases: ['latest', 'production'],
          artifactId: expect.stringMatching(/^art_/),
          type: 'model',
          digest: expect.stringMatching(/^[0-9a-f]{32}$/),
          description: 'The first one',
          metadata: { accuracy: 0.93, big: 2 ** 40 },
          tags: ['good one'],
          timeToLive: 'inherit',
          expiresAt: null,
          size: 11,
          fileCount: 3,
          source: { ...project, collection: 'churn', version: 'v0' },
          run: null,
          addedAt: expect.any(String),
          committedAt: expect.any(String),
          updatedAt: expect.any(String),
        },
      ])
      for (const name of ['v0', 'latest', 'production'])
        expect((await get(versionPath('churn', name))).body).toEqual(body)

      const files = await get(`${versionPath('churn', 'v0')}/files`)
      expect(
        files.body.items.map((file: { path: string; size: number; md5: string }) => [file.path, file.size, file.md5]),
      ).toEqual([
        ['dir/größe 1.txt', 4, md5('data')],
        ['empty', 0, md5('')],
        ['model.txt', 7, md5('weights')],
      ])
      for (const [path, content] of Object.entries({ 'model.txt': 'weights', 'dir/größe 1.txt': 'data', empty: '' })) {
        const encoded = path.split('/').map(encodeURIComponent).join('/')
        const direct = await get(`${versionPath('churn', 'latest')}/files/${encoded}`)
        expect([direct.status, direct.text]).toEqual([200, content])
        const { url } = files.body.items.find((file: { path: string }) => file.path === path)
        expect(await (await fetch(url)).text()).toBe(content)
      }
    })

    test('a large file goes to a signed URL, and the version is there once it is committed', async () => {
      const content = randomBytes(300_000)
      const body = {
        type: 'dataset',
        files: [
          { path: 'data.bin', size: content.length, md5: md5(content) },
          { path: 'readme.md', content: base64('about') },
          { path: 'remote', reference: 's3://bucket/key', size: 5, checksum: 'etag-1' },
        ],
      }
      const path = collectionPath(project, 'uploads')
      const pending = await server.rest('POST', `${path}/versions`, body, { key: member.key })
      expect([pending.status, pending.body.uploads.map((upload: { path: string }) => upload.path)]).toEqual([
        202,
        ['data.bin'],
      ])
      expect(await get(path)).toEqual(refused(404, 'not_found'))
      const commit = () =>
        server.rest('POST', `/artifacts/${pending.body.artifactId}/commit`, undefined, { key: member.key })
      expect(await commit()).toEqual(refused(400, 'manifest_mismatch', /data\.bin \(not uploaded\)/))

      const [{ url, headers }] = pending.body.uploads
      expect((await fetch(url, { method: 'PUT', headers, body: content })).status).toBe(200)
      const first = await commit()
      expect([first.status, first.body]).toEqual([200, expect.objectContaining({ version: 'v0', fileCount: 3 })])
      expect((await commit()).body).toEqual(first.body)

      const range = await server.rest('GET', `${versionPath('uploads', 'v0')}/files/data.bin`, undefined, {
        key: member.key,
        headers: { range: 'bytes=100-199' },
      })
      expect([range.status, range.headers.get('content-range')]).toEqual([206, `bytes 100-199/${content.length}`])
      expect((await get(`${versionPath('uploads', 'v0')}/files`)).body.items).toHaveLength(2)
    })

    test('the same content again is the same version, with the labels that are new', async () => {
      const files = { 'a.txt': 'same' }
      const first = await givenVersion(server, project, 'again', { files, metadata: { run: 1 } })
      const again = await log(server, project, 'again', { files, metadata: { run: 2 }, aliases: ['best'], tags: ['x'] })
      expect([again.status, again.body]).toEqual([
        200,
        expect.objectContaining({
          version: 'v0',
          artifactId: first.artifactId,
          metadata: { run: 1 },
          aliases: ['best', 'latest'],
          tags: ['x'],
        }),
      ])
      await givenVersion(server, project, 'again', { files: { 'a.txt': 'other' } })
      const older = await log(server, project, 'again', { files })
      expect([older.status, older.body.version]).toEqual([201, 'v2'])
    })

    test('lists are paged: collections by name, versions newest first, files by path', async () => {
      const listed = await givenProject(server, team)
      for (const name of ['b', 'a', 'c']) await givenVersion(server, listed, name)
      for (const content of ['1', '2']) await givenVersion(server, listed, 'a', { files: { x: content } })
      const pages = async (path: string) => {
        const found: unknown[][] = []
        let cursor: string | undefined
        do {
          const query: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
          const { status, body, text } = await get(`${path}${path.includes('?') ? '&' : '?'}limit=2${query}`)
          expect(status, text).toBe(200)
          found.push(body.items.map((item: Record<string, string>) => item.version ?? item.name ?? item.path))
          cursor = body.cursor
        } while (cursor !== undefined)
        return found
      }
      const path = `/projects/${team}/${listed.project}/collections`
      expect(await pages(path)).toEqual([['a', 'b'], ['c']])
      expect(await pages(`${path}?type=model&kind=SEQUENCE`)).toEqual([['a', 'b'], ['c']])
      expect(await pages(`${path}?type=dataset`)).toEqual([[]])
      expect(await pages(`${path}/a/versions`)).toEqual([['v2', 'v1'], ['v0']])
      await givenVersion(server, listed, 'files', { files: { '1': 'a', '2': 'b', '3': 'c' } })
      expect(await pages(`${path}/files/versions/v0/files`)).toEqual([['1', '2'], ['3']])
      expect((await get(`${path}/a`)).body).toMatchObject({ name: 'a', kind: 'SEQUENCE', latestVersion: 'v2' })
      expect(await get(`${path}?cursor=nonsense`)).toEqual(refused(400, 'cursor_invalid'))
    })

    const broken: [string, object, number, string, RegExp][] = [
      ['no type', { type: '' }, 400, 'invalid_request', /./],
      ['a type with a slash', { type: 'a/b' }, 400, 'name_invalid', /type "a\/b"/],
      ['a version number as alias', { aliases: ['v3'] }, 400, 'alias_invalid', /version number/],
      ['an alias with a colon', { aliases: ['a:b'] }, 400, 'alias_invalid', /":"/],
      ['a broken tag', { tags: ['a.b'] }, 400, 'tag_invalid', /"a\.b"/],
      [
        'too many keys',
        { metadata: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, i])) },
        400,
        'metadata_invalid',
        /100/,
      ],
      ['an unknown run', { run: 'nobody' }, 404, 'not_found', /Run ".*\/nobody"/],
      [
        'a path twice',
        {
          files: [
            { path: 'a', content: '' },
            { path: 'a', content: '' },
          ],
        },
        400,
        'manifest_invalid',
        /twice/,
      ],
      ['a path that climbs', { files: [{ path: '../a', content: '' }] }, 400, 'manifest_invalid', /"\.\."/],
      ['bytes that are no base64', { files: [{ path: 'a', content: '%' }] }, 400, 'invalid_request', /./],
      [
        'a broken MD5',
        { files: [{ path: 'a', size: 1, md5: `${'A'.repeat(23)}B` }] },
        400,
        'manifest_invalid',
        /base64 MD5/,
      ],
      [
        'too many bytes',
        { files: [{ path: 'a', content: base64(Buffer.alloc(1024 ** 2 + 1)) }] },
        413,
        'body_too_large',
        /1048576/,
      ],
      ['an unknown field', { typ: 'model' }, 400, 'invalid_request', /./],
    ]
    test.each(broken)('%s is refused, and nothing is left of it', async (_what, change, status, code, detail) => {
      const path = collectionPath(project, 'broken')
      const body = { type: 'model', files: [], ...change }
      expect(await server.rest('POST', `${path}/versions`, body, { key: member.key })).toEqual(
        refused(status, code, detail),
      )
      expect(await get(path)).toEqual(refused(404, 'not_found'))
    })

    test('a collection holds one type', async () => {
      await givenVersion(server, project, 'typed')
      expect(await log(server, project, 'typed', { type: 'dataset' })).toEqual(
        refused(400, 'artifact_type_mismatch', /"typed" already exists with type "model"/),
      )
      // Said before anything is uploaded.
      const create = artifacts.createArtifact(server.world, caller, {
        ...project,
        collection: 'typed',
        type: 'dataset',
        run: null,
        digest: 'd',
        deduplicate: false,
      })
      expect(await rejection(create)).toEqual(refusal('artifact_type_mismatch'))
    })

    test('the type of a collection is decided by its first version, not by who began first', async () => {
      const name = { ...project, collection: 'undecided' }
      const began = await givenUploaded(server, caller, { ...name, type: 'model', files: { a: '1' } })
      await givenVersion(server, project, 'undecided', { type: 'dataset' })
      expect((await get(collectionPath(project, 'undecided'))).body.type).toBe('dataset')
      expect(await rejection(artifacts.commitArtifact(server.world, caller, began))).toEqual(
        refusal('artifact_type_mismatch'),
      )
    })
  })

  describe('logging as the client does', () => {
    test('a pending artifact is there for nobody, and counts nothing', async () => {
      const name = { ...project, collection: 'pending' }
      const waiting = await givenUploaded(server, caller, { ...name, aliases: ['latest'], files: { a: '1' } })
      const { id: projectId } = await artifacts.requireProject(server.world, caller, project)
      const page = { limit: 1_000 }

      expect(await get(collectionPath(project, 'pending'))).toEqual(refused(404, 'not_found'))
      expect(await artifacts.findCollection(server.world, caller, { projectId, name: 'pending' })).toBeUndefined()
      const listed = await artifacts.listCollections(server.world, caller, { projectId }, page)
      expect(listed.items.map((item) => item.name)).not.toContain('pending')
      expect(
        await artifacts.findVersionByName(server.world, caller, { projectId, name: 'pending:latest' }),
      ).toBeUndefined()
      const other = await callerWith(server, (await givenMember(server, team, 'admin')).key)
      expect(await artifacts.findArtifact(server.world, other, waiting)).toBeUndefined()
      expect(await artifacts.findArtifact(server.world, caller, waiting)).toMatchObject({
        state: 'PENDING',
        version: null,
      })

      await givenCommitted(server, caller, { ...name, files: { a: '2' } })
      await artifacts.commitArtifact(server.world, caller, waiting)
      expect(await artifacts.findArtifact(server.world, other, waiting)).toMatchObject({
        state: 'COMMITTED',
        version: 1,
      })
    })

    test('only bytes that are new are uploaded; for the others the version that brought them is named', async () => {
      const name = { ...project, collection: 'bytes' }
      const first = await givenCommitted(server, caller, { ...name, files: { kept: 'kept', changed: 'old' } })
      const second = await givenCommitted(server, caller, { ...name, files: { changed: 'new' } })
      const { artifactId } = await artifacts.createArtifact(server.world, caller, {
        ...name,
        type: 'model',
        run: null,
        digest: 'd'.repeat(32),
        deduplicate: true,
      })
      const ask = (digests: string[]) =>
        artifacts.createArtifactFiles(
          server.world,
          caller,
          digests.map((digest, index) => ({ artifactId, path: `f${index}`, digest })),
        )
      const places = await ask([md5('new'), md5('never seen'), md5('kept'), md5('old')])
      expect(places.map((place) => [place.upload === null, place.birthArtifactId])).toEqual([
        [true, second],
        [false, artifactId],
        [true, first],
        [true, first],
      ])
      // The same question again has the same answer, so that a client may repeat it.
      const again = await ask([md5('new'), md5('never seen'), md5('kept'), md5('old')])
      expect(again.map((place) => place.storagePath)).toEqual(places.map((place) => place.storagePath))

      expect(places[1]!.upload).toEqual({
        url: expect.stringMatching(/\/wandb_artifacts\/f1\?/),
        headers: [`Content-MD5:${md5('never seen')}`, 'Content-Type:application/octet-stream'],
      })
      expect((await put(places[1]!, 'never seen')).status).toBe(200)
      const contents = { f0: 'new', f1: 'never seen', f2: 'kept', f3: 'old' }
      const entries = Object.entries(contents).map(([path, text]) => [path, { digest: md5(text), size: text.length }])
      await givenManifest(server, caller, artifactId, clientManifest(Object.fromEntries(entries)))
      await artifacts.commitArtifact(server.world, caller, artifactId)
      for (const [path, text] of Object.entries(contents)) {
        expect((await get(`${versionPath('bytes', 'v2')}/files/${path}`)).text).toBe(text)
      }
    })

    test('the manifest that is handed out is whole, and says nothing of the disk it came from', async () => {
      const artifactId = await givenCommitted(server, caller, {
        ...project,
        collection: 'manifest',
        files: { 'a/b': 'x' },
      })
      const manifest = await artifacts.manifestOf(server.world, caller, artifactId)
      const url = artifacts.directUrlOf(server.world, manifest!)
      expect(url).toMatch(/^http:\/\/.*wandb_manifest\.json/)
      expect(await (await fetch(url)).json()).toEqual({
        version: 1,
        storagePolicy: 'wandb-storage-policy-v1',
        storagePolicyConfig: { storageLayout: 'V2' },
        contents: { 'a/b': { digest: md5('x'), size: 1, birthArtifactID: base64(`Artifact:${artifactId}`) } },
      })
    })

    test('a call repeated with its client id makes nothing new', async () => {
      const clientId = randomBytes(64).toString('hex')
      const input = {
        ...project,
        collection: 'repeated',
        type: 'model',
        run: null,
        digest: 'e'.repeat(32),
        deduplicate: false,
        clientId,
        sequenceClientId: `seq-${clientId}`,
      }
      const first = await artifacts.createArtifact(server.world, caller, input)
      expect(await artifacts.createArtifact(server.world, caller, input)).toEqual(first)
      expect(await artifacts.resolveClientId(server.world, caller, clientId)).toEqual({ artifactId: first.artifactId })
      expect(await artifacts.resolveClientId(server.world, caller, `seq-${clientId}`)).toEqual({
        collectionId: first.collectionId,
      })
      expect(await artifacts.resolveClientId(server.world, caller, 'unknown')).toBeUndefined()
      const other = await callerWith(server, (await givenMember(server, team, 'member')).key)
      expect(await artifacts.resolveClientId(server.world, other, clientId)).toBeUndefined()
    })

    test('a version knows its run and the run its versions, also one it found there already', async () => {
      const runs = await Promise.all(
        ['one', 'two'].map(async (name) => (await upsertRun(server.world, caller, { ...project, name })).run),
      )
      const files = { a: 'lineage' }
      const name = { ...project, collection: 'lineage' }
      const artifactId = await givenCommitted(server, caller, { ...name, files, run: 'one', aliases: ['latest'] })
      const artifact = await artifacts.findArtifact(server.world, caller, artifactId)
      const again = await artifacts.createArtifact(server.world, caller, {
        ...name,
        type: 'model',
        run: 'two',
        digest: artifact!.digest,
        deduplicate: true,
      })
      expect(again).toMatchObject({ artifactId, state: 'COMMITTED', latestArtifactId: artifactId })
      const use = () =>
        artifacts.useArtifact(server.world, caller, { ...project, run: 'two', artifactId, usedAs: 'base' })
      expect([await use(), await use()]).toEqual([artifact, artifact])

      const page = { limit: 10 }
      const of = async (runId: number, direction: 'input' | 'output') => {
        const { items } = await artifacts.listRunArtifacts(server.world, caller, { runId, direction }, page)
        expect(await artifacts.countRunArtifacts(server.world, caller, { runId, direction })).toBe(items.length)
        return items.map((item) => item.id)
      }
      const [one, two] = [runs[0]!, runs[1]!]
      expect([await of(one.id, 'output'), await of(one.id, 'input')]).toEqual([[artifactId], []])
      expect([await of(two.id, 'output'), await of(two.id, 'input')]).toEqual([[artifactId], [artifactId]])
      const users = await artifacts.listRunsUsing(server.world, caller, artifactId, page)
      expect(users.items.map((run) => run.name)).toEqual(['two'])
      expect((await artifacts.loadRunRefs(server.world, caller, [one.id])).get(artifact!.runId!)).toMatchObject({
        name: 'one',
      })
      expect((await get(versionPath('lineage', 'v0'))).body.run).toMatchObject({ ...{ entity: team }, name: 'one' })
      expect(
        await rejection(artifacts.useArtifact(server.world, caller, { ...project, run: 'none', artifactId })),
      ).toEqual(refusal('not_found', /Run ".*\/none" not found/))
    })

    test('a pending artifact can be changed until it is committed', async () => {
      const name = { ...project, collection: 'edited' }
      const artifactId = await givenUploaded(server, caller, { ...name, tags: ['a', 'b'], files: { a: '1' } })
      await artifacts.updateArtifact(server.world, caller, {
        artifactId,
        metadata: '{"late":true}',
        description: 'late',
        ttlSeconds: 60,
        tagsToAdd: ['c'],
        tagsToDelete: ['a'],
      })
      expect(await artifacts.commitArtifact(server.world, caller, artifactId)).toMatchObject({
        metadata: '{"late":true}',
        description: 'late',
        ttl: { seconds: 60, isInherited: false },
      })
      const tags = await artifacts.tagsOf(server.world, [artifactId])
      expect(tags.get(artifactId)?.map(({ tag }) => tag)).toEqual(['b', 'c'])
      await artifacts.updateArtifact(server.world, caller, { artifactId, ttlSeconds: -1 })
      expect(await artifacts.findArtifact(server.world, caller, artifactId)).toMatchObject({
        ttl: { isInherited: true },
      })
    })

    describe('a commit is refused', () => {
      const uploaded = (collection: string, files: Record<string, string> = { a: 'abc' }) =>
        givenUploaded(server, caller, { ...project, collection, files })
      const commit = (artifactId: number) => rejection(artifacts.commitArtifact(server.world, caller, artifactId))

      test('without a manifest, or with one that was announced and not uploaded', async () => {
        const { artifactId } = await artifacts.createArtifact(server.world, caller, {
          ...project,
          collection: 'no-manifest',
          type: 'model',
          run: null,
          digest: 'a',
          deduplicate: false,
        })
        expect(await commit(artifactId)).toEqual(refusal('manifest_missing'))
        const manifest = { artifactId, kind: 'FULL', name: 'wandb_manifest.json', withUpload: false } as const
        const placeholder = await artifacts.createManifest(server.world, caller, { ...manifest, digest: '' })
        expect(placeholder.upload).toBeNull()
        expect(await commit(artifactId)).toEqual(refusal('manifest_missing'))
        const real = await artifacts.createManifest(server.world, caller, {
          ...manifest,
          digest: md5('{}'),
          withUpload: true,
        })
        expect(real).toMatchObject({ manifestId: placeholder.manifestId, upload: { url: expect.any(String) } })
        expect(await commit(artifactId)).toEqual(refusal('manifest_missing'))
        expect((await put(real, 'something else')).status).toBe(400)
        expect(await commit(artifactId)).toEqual(refusal('manifest_missing'))
        expect((await put(real, '{}')).status).toBe(200)
        expect(await commit(artifactId)).toEqual(refusal('manifest_invalid', /"version" must be 1/))
      })

      test('when the manifest names a file that never came, or other bytes, or another size', async () => {
        const artifactId = await uploaded('mismatch')
        for (const [contents, message] of [
          [{ b: { digest: md5('abc'), size: 3 } }, /b \(never registered/],
          [{ a: { digest: md5('abd'), size: 3 } }, /a \(never registered/],
          [{ a: { digest: md5('abc'), size: 4 } }, /3 bytes uploaded, 4 in the manifest/],
        ] as const) {
          await givenManifest(server, caller, artifactId, clientManifest(contents))
          expect(await commit(artifactId)).toEqual(refusal('manifest_mismatch', message))
        }
        await givenManifest(server, caller, artifactId, clientManifest({ a: { digest: md5('abc'), size: 3 } }))
        expect(await commit(artifactId)).toBe('accepted')
      })

      test('for an artifact that does not exist, or that somebody else is making', async () => {
        const artifactId = await uploaded('mine')
        const other = await callerWith(server, (await givenMember(server, team, 'admin')).key)
        const stranger = rejection(artifacts.commitArtifact(server.world, other, artifactId))
        expect(await stranger).toEqual(refusal('not_found'))
        expect(await rejection(artifacts.commitArtifact(server.world, other, 999_999_999))).toEqual(await stranger)
      })

      test('and then has left nothing behind', async () => {
        const artifactId = await uploaded('nothing-left')
        const events = watchEvents(server)
        await events()
        await givenManifest(server, caller, artifactId, clientManifest({ x: { digest: md5('x'), size: 1 } }))
        await commit(artifactId)
        expect(await events()).toEqual([])
        expect(await get(collectionPath(project, 'nothing-left'))).toEqual(refused(404, 'not_found'))
      })
    })

    test('what was committed stays as it is', async () => {
      const files = { a: 'abc' }
      const name = { ...project, collection: 'final' }
      const { artifactId } = await artifacts.createArtifact(server.world, caller, {
        ...name,
        type: 'model',
        run: null,
        digest: 'a',
        deduplicate: false,
      })
      const [place] = await artifacts.createArtifactFiles(server.world, caller, [
        { artifactId, path: 'a', digest: md5('abc') },
      ])
      expect((await put(place!, 'abc')).status).toBe(200)
      await givenManifest(server, caller, artifactId, clientManifest({ a: { digest: md5('abc'), size: 3 } }))
      const first = await artifacts.commitArtifact(server.world, caller, artifactId)
      const events = watchEvents(server)
      await events()

      expect(await artifacts.commitArtifact(server.world, caller, artifactId)).toEqual(first)
      expect((await put(place!, 'abc')).status).toBe(200)
      expect((await put(place!, 'abd')).status).toBe(400)
      const spec = { artifactId, path: 'b', digest: md5('b') }
      expect(await rejection(artifacts.createArtifactFiles(server.world, caller, [spec]))).toEqual(
        refusal('artifact_not_pending'),
      )
      expect(await rejection(givenManifest(server, caller, artifactId, '{}'))).toEqual(refusal('artifact_not_pending'))
      expect(await events()).toEqual([])
      expect((await get(`${versionPath('final', 'v0')}/files/a`)).text).toBe(files.a)
    })

    test('every other wrong call is refused by name', async () => {
      const create = (change: object) =>
        rejection(
          artifacts.createArtifact(server.world, caller, {
            ...project,
            collection: 'wrong',
            type: 'model',
            run: null,
            digest: 'a',
            deduplicate: false,
            ...change,
          }),
        )
      expect(await create({ storageRegion: 'moon-1' })).toEqual(refusal('storage_region_unknown', /moon-1/))
      expect(await create({ collection: 'a/b' })).toEqual(refusal('name_invalid'))
      expect(await create({ digest: 'not a digest' })).toEqual(refusal('invalid_request', /digest/))
      expect(await create({ clientId: 'x'.repeat(257) })).toEqual(refusal('invalid_request', /client id/))
      expect(await create({ historyStep: 0.5 })).toEqual(refusal('invalid_request', /history step/))
      expect(await create({ ttlSeconds: -7 })).toEqual(refusal('invalid_request', /time to live/))
      expect(await create({ description: 'x'.repeat(70_000) })).toEqual(refusal('invalid_request', /description/))
      expect(await create({ project: 'nowhere' })).toEqual(refusal('not_found', /Project ".*\/nowhere" not found/))

      const artifactId = await givenUploaded(server, caller, { ...project, collection: 'wrong', files: {} })
      const manifest = { artifactId, kind: 'FULL', name: 'm', digest: md5('x'), withUpload: true } as const
      const createManifest = (change: object) =>
        rejection(artifacts.createManifest(server.world, caller, { ...manifest, ...change }))
      expect(await createManifest({ kind: 'INCREMENTAL' })).toEqual(refusal('manifest_invalid', /of the kind FULL/))
      expect(await createManifest({ digest: 'abc' })).toEqual(refusal('manifest_invalid', /base64 MD5/))
      expect(await createManifest({ name: '' })).toEqual(refusal('manifest_invalid'))
      const update = artifacts.updateManifest(server.world, caller, {
        manifestId: 999_999,
        digest: '',
        withUpload: true,
      })
      expect(await rejection(update)).toEqual(refusal('not_found'))

      const files = (specs: object[]) =>
        rejection(
          artifacts.createArtifactFiles(
            server.world,
            caller,
            specs.map((spec) => ({ artifactId, path: 'a', digest: md5('a'), ...spec })),
          ),
        )
      expect(await files([{ path: '/a' }])).toEqual(refusal('manifest_invalid', /relative/))
      expect(await files([{ digest: 'x' }])).toEqual(refusal('manifest_invalid', /16 bytes/))
      expect(await files([{}, { artifactId: artifactId + 1 }])).toEqual(refusal('invalid_request', /one artifact/))
    })
  })

  describe('a version of 5 GiB', () => {
    test('reads back by every query', async () => {
      const size = 5 * GIB
      const references = [{ path: 'big.bin', reference: 's3://bucket/big.bin', size, checksum: 'etag' }]
      const path = collectionPath(project, 'huge')
      const events = watchEvents(server)
      await events()
      const logged = await server.rest('POST', `${path}/versions`, { type: 'dataset', files: references })
      expect([logged.status, logged.body.size]).toEqual([201, size])

      expect((await get(versionPath('huge', 'v0'))).body).toMatchObject({ size, fileCount: 1 })
      expect((await get(`${path}/versions`)).body.items[0].size).toBe(size)
      expect((await get(`${versionPath('huge', 'v0')}/files`)).body.items).toEqual([])
      expect((await events()).every(({ snapshot }) => snapshot.artifact?.size === size)).toBe(true)

      const query = `query($entity: String!, $project: String!) { project(name: $project, entityName: $entity) {
        artifactCollectionMembership(name: "huge:latest") { artifact { id size } }
        artifactType(name: "dataset") { artifactCollection(name: "huge") { artifacts { edges { node { size } } } } }
      } }`
      const { data } = await server.graphql(query, project, { key: member.key })
      const { id, size: bySize } = data.project.artifactCollectionMembership.artifact
      expect(bySize).toBe(size)
      expect(data.project.artifactType.artifactCollection.artifacts.edges[0].node.size).toBe(size)
      const byId = await server.graphql('query($id: ID!) { artifact(id: $id) { size } }', { id }, { key: member.key })
      expect(byId.data.artifact.size).toBe(size)
      const artifactId = Number(Buffer.from(id, 'base64').toString().split(':')[1])
      const manifest = await artifacts.manifestOf(server.world, caller, artifactId)
      const { contents } = (await (await fetch(artifacts.directUrlOf(server.world, manifest!))).json()) as {
        contents: Record<string, unknown>
      }
      expect(contents['big.bin']).toEqual({ digest: 'etag', size, ref: 's3://bucket/big.bin' })
    })

    test('more than numbers can say is refused', async () => {
      const half = 2 ** 52
      const references = ['a', 'b', 'c'].map((path) => ({ path, reference: `s3://bucket/${path}`, size: half }))
      const body = { type: 'dataset', files: references }
      const answer = await server.rest('POST', `${collectionPath(project, 'too-huge')}/versions`, body)
      expect(answer).toEqual(refused(400, 'manifest_invalid', /2\^53/))
    })
  })

  describe('the download paths of the client', () => {
    const download = (path: string, key: string | null = member.key) =>
      fetch(`${server.url}${path}`, {
        headers: key === null ? {} : { authorization: `Basic ${base64(`api:${key}`)}` },
      })
    const hex = (content: string) => Buffer.from(md5(content), 'base64').toString('hex')
    const id = (artifactId: number) => base64(`Artifact:${artifactId}`)

    test('answer an entry of a version, with and without the version in the path', async () => {
      const files = { 'dir/a.txt': 'via v2', b: 'x' }
      const artifactId = await givenCommitted(server, caller, { ...project, collection: 'paths', files })
      const collection = `${team}/${project.project}/paths`
      const rest = `${id(artifactId)}/${hex('via v2')}/a.txt`
      for (const path of [
        `/artifactsV2/default/${collection}/${id(artifactId)}/${rest}`,
        `/artifactsV2/default/${collection}/${rest}`,
        `/artifactsV2/moon/${collection}/${encodeURIComponent(id(artifactId))}/${encodeURIComponent(id(artifactId))}/${hex('via v2')}/a.txt`,
        `/artifacts/${team}/${hex('via v2')}`,
      ]) {
        const answer = await download(path)
        expect([answer.status, await answer.text()], path).toEqual([200, 'via v2'])
        expect(answer.headers.get('content-disposition')).toMatch(/^attachment/)
      }
    })

    test('answer nothing else', async () => {
      const artifactId = await givenCommitted(server, caller, {
        ...project,
        collection: 'closed',
        files: { a: 'closed' },
      })
      const elsewhere = await givenCommitted(server, caller, { ...project, collection: 'else', files: { a: 'else' } })
      const base = `/artifactsV2/default/${team}/${project.project}`
      for (const path of [
        `${base}/closed/${id(artifactId)}/${id(artifactId)}/${hex('else')}/a`,
        `${base}/closed/${id(elsewhere)}/${id(elsewhere)}/${hex('else')}/a`,
        `${base}/closed/${id(elsewhere)}/${hex('else')}/a`,
        `${base}/none/${id(artifactId)}/${hex('closed')}/a`,
        `${base}/closed/nonsense/${id(artifactId)}/${hex('closed')}/a`,
        `${base}/closed/${id(artifactId)}/nonsense/a`,
        `${base}/closed/%00/${hex('closed')}/a`,
        '/artifactsV2/default',
        `/artifacts/${team}/nonsense`,
        `/artifacts/${team}/${hex('never logged')}`,
        `/artifacts/nobody/${hex('closed')}`,
        `/artifacts/${team}/${hex('closed')}/more`,
      ]) {
        const answer = await download(path)
        expect([answer.status, (await answer.json()) as object], path).toEqual([
          404,
          expect.objectContaining({ code: 'not_found', detail: 'File not found' }),
        ])
      }
      expect((await download(`/artifacts/${team}/${hex('closed')}`, null)).status).toBe(401)
    })
  })

  test('a change of the first version is told once, with all it is about', async () => {
    const events = watchEvents(server)
    await events()
    await givenVersion(
      server,
      project,
      'told',
      { aliases: ['prod'], tags: ['b', 'a'], metadata: { score: 1 } },
      member.key,
    )
    const seen = await events()
    expect(seen.map(inShort)).toEqual([
      'CREATE_ARTIFACT told:v0',
      'ADD_ARTIFACT_ALIAS told:v0 latest',
      'ADD_ARTIFACT_ALIAS told:v0 prod',
      'ADD_ARTIFACT_TAG told:v0 b',
      'ADD_ARTIFACT_TAG told:v0 a',
    ])
    for (const { snapshot } of seen) {
      expect(snapshot).toMatchObject({
        actor: { username: member.username, kind: 'user', via: 'rest' },
        subjects: [
          { entity: team, project: project.project, collection: 'told', version: 0, aliases: ['latest', 'prod'] },
        ],
        artifact: {
          type: 'model',
          metadata: { score: 1 },
          tags: ['a', 'b'],
          source: { collection: 'told', version: 0 },
        },
      })
    }
  })
})

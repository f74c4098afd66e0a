/**
 * Tenants are apart: whatever of another team's a caller names (a digest, a birth id, a storage path, a client id, an
 * integer, a name), the answer is the one for what does not exist, and no bytes and no side effect come of it.
 */
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
  md5,
  type ProjectName,
  put,
  watchEvents,
} from './support/given-artifacts.ts'
import { callerWith, givenMember, givenOrganization, givenTeam } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const SECRET = 'the weights of the victim'
const NOBODYS_ID = 999_999_999

const refusal = (code: string, message = /./) =>
  expect.objectContaining({ name: 'Refusal', code, message: expect.stringMatching(message) })

forEachEngine((engine) => {
  let server: TestServer
  let organization: string
  let theirs: ProjectName
  let ours: ProjectName
  let victim: Caller
  let attacker: Caller
  let attackerKey: string
  /** A version of theirs, and one that is pending. */
  let secretId: number
  let pendingId: number
  const clientId = randomBytes(64).toString('hex')

  beforeAll(async () => {
    server = await startTestServer(engine)
    organization = await givenOrganization(server)
    const [victims, attackers] = [await givenTeam(server, organization), await givenTeam(server)]
    theirs = await givenProject(server, victims)
    ours = await givenProject(server, attackers)
    const member = await givenMember(server, victims, 'member')
    await server.rest('PUT', `/organizations/${organization}/members/${member.username}`, { role: 'member' })
    victim = await callerWith(server, member.key, 'wandb')
    attackerKey = (await givenMember(server, attackers, 'admin')).key
    attacker = await callerWith(server, attackerKey, 'wandb')
    await upsertRun(server.world, victim, { ...theirs, name: 'their-run' })
    await upsertRun(server.world, attacker, { ...ours, name: 'our-run' })
    secretId = await givenCommitted(server, victim, {
      ...theirs,
      collection: 'secret',
      run: 'their-run',
      aliases: ['latest'],
      tags: ['hush'],
      clientId,
      files: { 'model.pt': SECRET },
    })
    pendingId = await givenUploaded(server, victim, { ...theirs, collection: 'secret', files: { 'model.pt': 'next' } })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const outcome = async (work: Promise<unknown>) =>
    work.then(
      (value) => ({ value }),
      (error: unknown) => error,
    )

  /** That naming theirs and naming nobody's cannot be told apart. */
  async function expectSame(ask: (id: number) => Promise<unknown>, id: number) {
    const answer = await outcome(ask(id))
    expect(answer).toEqual(await outcome(ask(NOBODYS_ID)))
    return answer
  }

  async function givenOwnPending(): Promise<number> {
    const { artifactId } = await artifacts.createArtifact(server.world, attacker, {
      ...ours,
      collection: 'own',
      type: 'model',
      run: null,
      digest: randomBytes(16).toString('hex'),
      deduplicate: true,
    })
    return artifactId
  }

  describe('claiming bytes', () => {
    test('a digest that only another tenant has is answered like one that nobody has', async () => {
      const artifactId = await givenOwnPending()
      const places = await artifacts.createArtifactFiles(server.world, attacker, [
        { artifactId, path: 'stolen', digest: md5(SECRET) },
        { artifactId, path: 'unknown', digest: md5(randomBytes(8)) },
      ])
      for (const place of places) {
        expect(place).toEqual({
          birthArtifactId: artifactId,
          storagePath: expect.stringMatching(/^wandb_artifacts\/[0-9a-f]{40}$/),
          upload: { url: expect.any(String), headers: expect.any(Array) },
        })
      }
      // Nor does their URL point at the bytes: what is put there is what is there.
      expect((await put(places[0]!, 'something else')).status).toBe(400)
    })

    test('a version does not commit with claimed bytes, whatever else the manifest claims', async () => {
      const artifactId = await givenOwnPending()
      await artifacts.createArtifactFiles(server.world, attacker, [
        { artifactId, path: 'model.pt', digest: md5(SECRET) },
      ])
      const entry = { digest: md5(SECRET), size: SECRET.length, birthArtifactID: base64(`Artifact:${secretId}`) }
      await givenManifest(server, attacker, artifactId, clientManifest({ 'model.pt': entry }))
      expect(await outcome(artifacts.commitArtifact(server.world, attacker, artifactId))).toEqual(
        refusal('manifest_mismatch', /model\.pt \(not uploaded\)/),
      )
      await givenManifest(server, attacker, artifactId, clientManifest({ 'never-registered.pt': entry }))
      expect(await outcome(artifacts.commitArtifact(server.world, attacker, artifactId))).toEqual(
        refusal('manifest_mismatch', /never registered/),
      )
    })

    test('bytes of another collection of the same project are not granted either', async () => {
      const { artifactId } = await artifacts.createArtifact(server.world, victim, {
        ...theirs,
        collection: 'other-line',
        type: 'model',
        run: null,
        digest: 'd',
        deduplicate: true,
      })
      const [place] = await artifacts.createArtifactFiles(server.world, victim, [
        { artifactId, path: 'model.pt', digest: md5(SECRET) },
      ])
      expect(place).toMatchObject({ birthArtifactId: artifactId, upload: { url: expect.any(String) } })
    })

    test('bytes of a version that is not committed are not granted, even to the one who makes it', async () => {
      const name = { ...theirs, collection: 'never-committed' }
      await givenUploaded(server, victim, { ...name, files: { a: 'pending bytes' } })
      const { artifactId } = await artifacts.createArtifact(server.world, victim, {
        ...name,
        type: 'model',
        run: null,
        digest: 'd',
        deduplicate: true,
      })
      const [place] = await artifacts.createArtifactFiles(server.world, victim, [
        { artifactId, path: 'a', digest: md5('pending bytes') },
      ])
      expect(place!.upload).not.toBeNull()
    })

    test('the digest of their newest version finds nothing in a collection of the same name', async () => {
      const secret = await artifacts.findArtifact(server.world, victim, secretId)
      const created = await artifacts.createArtifact(server.world, attacker, {
        ...ours,
        collection: 'secret',
        type: 'model',
        run: null,
        digest: secret!.digest,
        deduplicate: true,
      })
      expect(created).toMatchObject({ state: 'PENDING', latestArtifactId: null })
    })

    test('a reference to their version is only a name, and downloads nothing', async () => {
      const hex = Buffer.from(`Artifact:${secretId}`).toString('hex')
      const files = [
        { path: 'model.pt', reference: `wandb-artifact://${hex}/model.pt`, size: SECRET.length, checksum: md5(SECRET) },
      ]
      const path = `${collectionPath(ours, 'references')}/versions`
      const logged = await server.rest('POST', path, { type: 'model', files }, { key: attackerKey })
      expect(logged.status).toBe(201)
      const download = await server.rest('GET', `${path}/v0/files/model.pt`, undefined, { key: attackerKey })
      expect([download.status, download.body.code]).toEqual([404, 'not_found'])
      const { artifactId } = await artifacts.requireVersion(server.world, attacker, {
        ...ours,
        collection: 'references',
        version: 'v0',
      })
      const byDigest = { ...ours, collection: 'references', artifactId, digest: md5(SECRET), name: 'model.pt' }
      expect(await artifacts.findContent(server.world, attacker, byDigest)).toBeUndefined()
    })
  })

  describe('downloading', () => {
    const hexMd5 = Buffer.from(md5(SECRET), 'base64').toString('hex')
    const id = (artifactId: number) => base64(`Artifact:${artifactId}`)
    const download = async (path: string, key: string) => {
      const response = await fetch(server.url + path, { headers: { authorization: `Basic ${base64(`api:${key}`)}` } })
      const { requestId, ...body } = (await response.json()) as Record<string, unknown>
      return { status: response.status, body }
    }

    test('the paths of the client answer theirs like nobody’s', async () => {
      const own = await givenCommitted(server, attacker, { ...ours, collection: 'own-line', files: { a: 'own' } })
      const their = `${theirs.entity}/${theirs.project}/secret`
      const our = `${ours.entity}/${ours.project}/own-line`
      const nobody = await download(`/artifacts/no-such-entity/${hexMd5}`, attackerKey)
      expect(nobody).toMatchObject({ status: 404, body: { code: 'not_found' } })
      for (const path of [
        `/artifacts/${theirs.entity}/${hexMd5}`,
        `/artifacts/${ours.entity}/${hexMd5}`,
        `/artifactsV2/default/${their}/${id(secretId)}/${id(secretId)}/${hexMd5}/model.pt`,
        `/artifactsV2/default/${their}/${id(secretId)}/${hexMd5}/model.pt`,
        // Our own collection and version, with their digest, birth id or version.
        `/artifactsV2/default/${our}/${id(own)}/${id(secretId)}/${hexMd5}/model.pt`,
        `/artifactsV2/default/${our}/${id(secretId)}/${id(secretId)}/${hexMd5}/model.pt`,
        `/artifactsV2/default/${our}/${id(secretId)}/${hexMd5}/model.pt`,
      ]) {
        expect(await download(path, attackerKey), path).toEqual(nobody)
      }
    })

    test('a storage path is no permission', async () => {
      const [file] = (await artifacts.listFiles(server.world, victim, { artifactId: secretId }, { limit: 1 })).items
      for (const path of [`/storage/${file!.blobKey}/model.pt`, `/storage/wandb_artifacts/${file!.blobKey}`]) {
        const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${attackerKey}` } })
        expect(response.status).toBe(403)
        expect(await response.text()).not.toContain(SECRET)
      }
      const url = new URL(artifacts.directUrlOf(server.world, file!))
      expect(await (await fetch(url)).text()).toBe(SECRET)
    })
  })

  describe('naming what is theirs', () => {
    const page = { limit: 10 }

    test('by integer reads nothing', async () => {
      const [membership] = (await artifacts.membershipsOf(server.world, victim, [secretId])).get(secretId)!
      const { id: collectionId, project } = membership!.collection
      const runId = (await artifacts.findArtifact(server.world, victim, secretId))!.runId!
      const { world } = server

      for (const artifactId of [secretId, pendingId]) {
        await expectSame((each) => artifacts.findArtifact(world, attacker, each), artifactId)
        await expectSame((each) => artifacts.loadArtifacts(world, attacker, [each]), artifactId)
        await expectSame((each) => artifacts.membershipsOf(world, attacker, [each]), artifactId)
        await expectSame((each) => artifacts.aliasesOfArtifacts(world, attacker, [each]), artifactId)
        await expectSame((each) => artifacts.listFiles(world, attacker, { artifactId: each }, page), artifactId)
        await expectSame((each) => artifacts.countEntries(world, attacker, { artifactId: each }), artifactId)
        await expectSame((each) => artifacts.manifestOf(world, attacker, each), artifactId)
        await expectSame((each) => artifacts.listRunsUsing(world, attacker, each, page), artifactId)
      }
      await expectSame((each) => artifacts.loadCollections(world, attacker, [each]), collectionId)
      await expectSame((each) => artifacts.listVersions(world, attacker, each, page), collectionId)
      await expectSame((each) => artifacts.countVersions(world, attacker, each), collectionId)
      await expectSame((each) => artifacts.listAliases(world, attacker, each, page), collectionId)
      await expectSame(
        (each) => artifacts.findVersion(world, attacker, { collectionId: each, version: 'latest' }),
        collectionId,
      )
      await expectSame((each) => artifacts.loadProjects(world, attacker, [each]), project.id)
      await expectSame((each) => artifacts.listProjects(world, attacker, { entityId: each }, page), project.entityId)
      await expectSame((each) => artifacts.listCollections(world, attacker, { projectId: each }, page), project.id)
      await expectSame((each) => artifacts.countCollections(world, attacker, { projectId: each }), project.id)
      await expectSame((each) => artifacts.listArtifactTypes(world, attacker, each, page), project.id)
      await expectSame(
        (each) => artifacts.findArtifactType(world, attacker, { projectId: each, name: 'model' }),
        project.id,
      )
      await expectSame(
        (each) => artifacts.findCollection(world, attacker, { projectId: each, name: 'secret' }),
        project.id,
      )
      await expectSame(
        (each) => artifacts.findVersionByName(world, attacker, { projectId: each, name: 'secret' }),
        project.id,
      )
      await expectSame((each) => artifacts.loadRunRefs(world, attacker, [each]), runId)
      await expectSame(
        (each) => artifacts.listRunArtifacts(world, attacker, { runId: each, direction: 'output' }, page),
        runId,
      )
      await expectSame(
        (each) => artifacts.countRunArtifacts(world, attacker, { runId: each, direction: 'output' }),
        runId,
      )
      expect((await artifacts.listVisibleProjects(world, attacker, page)).items.map((each) => each.name)).toEqual([
        ours.project,
      ])
    })

    test('by integer changes nothing', async () => {
      const events = watchEvents(server)
      await events()
      const { world } = server
      const [membership] = (await artifacts.membershipsOf(world, victim, [secretId])).get(secretId)!
      const { id: collectionId } = membership!.collection
      const target = { ...ours, collection: 'loot' }
      const aliases = [{ ...theirs, collection: 'secret', alias: 'owned' }]
      const manifest = { kind: 'FULL', name: 'm', digest: md5('m'), withUpload: true } as const
      const before = await artifacts.describeVersions(world, victim, [membership!])

      for (const artifactId of [secretId, pendingId]) {
        await expectSame((each) => artifacts.commitArtifact(world, attacker, each), artifactId)
        await expectSame(
          (each) => artifacts.createManifest(world, attacker, { ...manifest, artifactId: each }),
          artifactId,
        )
        await expectSame(
          (each) => artifacts.createArtifactFiles(world, attacker, [{ artifactId: each, path: 'a', digest: md5('a') }]),
          artifactId,
        )
        await expectSame(
          (each) => artifacts.updateArtifact(world, attacker, { artifactId: each, tagsToAdd: ['owned'] }),
          artifactId,
        )
        await expectSame(
          (each) => artifacts.deleteArtifact(world, attacker, { artifactId: each, deleteAliases: true }),
          artifactId,
        )
        await expectSame((each) => artifacts.addAliases(world, attacker, { artifactId: each, aliases }), artifactId)
        await expectSame((each) => artifacts.deleteAliases(world, attacker, { artifactId: each, aliases }), artifactId)
        await expectSame(
          (each) => artifacts.linkArtifact(world, attacker, { source: { artifactId: each }, target }),
          artifactId,
        )
        await expectSame(
          (each) => artifacts.useArtifact(world, attacker, { ...ours, run: 'our-run', artifactId: each }),
          artifactId,
        )
      }
      const manifestId = (
        await world.db.read
          .selectFrom('manifests')
          .select('id')
          .where('artifact_id', '=', pendingId)
          .executeTakeFirstOrThrow()
      ).id
      await expectSame(
        (each) => artifacts.updateManifest(world, attacker, { manifestId: each, digest: md5('m'), withUpload: true }),
        manifestId,
      )
      await expectSame((each) => artifacts.deleteCollection(world, attacker, each), collectionId)
      await expectSame(
        (each) => artifacts.updateCollection(world, attacker, { collectionId: each, name: 'owned' }),
        collectionId,
      )
      await expectSame(
        (each) => artifacts.moveCollectionType(world, attacker, { collectionId: each, type: 'owned' }),
        collectionId,
      )
      const own = await givenCommitted(server, attacker, { ...ours, collection: 'bait', files: { a: '1' } })
      await events()
      await expectSame(
        (each) =>
          artifacts.linkArtifact(world, attacker, { source: { artifactId: own }, target: { portfolioId: each } }),
        collectionId,
      )
      await expectSame(
        (each) => artifacts.unlinkArtifact(world, attacker, { artifactId: secretId, portfolioId: each }),
        collectionId,
      )

      expect(await events()).toEqual([])
      expect(await artifacts.describeVersions(world, victim, [membership!])).toEqual(before)
      expect(await artifacts.findProject(world, attacker, ours)).toMatchObject({ name: ours.project })
      expect(
        await artifacts.findCollection(world, attacker, {
          projectId: (await artifacts.requireProject(world, attacker, ours)).id,
          name: 'loot',
        }),
      ).toBeUndefined()
    })

    test('by name reads and changes nothing, and the answer repeats only what was asked', async () => {
      const unknown = { entity: theirs.entity, project: 'no-such-project' }
      const calls: [string, (name: ProjectName) => string, unknown?][] = [
        ['GET', (name) => `/projects/${name.entity}/${name.project}`],
        ['GET', (name) => `/projects/${name.entity}/${name.project}/collections`],
        ['GET', (name) => collectionPath(name, 'secret')],
        ['PATCH', (name) => collectionPath(name, 'secret'), { name: 'owned' }],
        ['DELETE', (name) => collectionPath(name, 'secret')],
        ['PUT', (name) => `${collectionPath(name, 'secret')}/tags/owned`],
        ['DELETE', (name) => `${collectionPath(name, 'secret')}/tags/hush`],
        ['GET', (name) => `${collectionPath(name, 'secret')}/versions`],
        ['POST', (name) => `${collectionPath(name, 'secret')}/versions`, { type: 'model' }],
        ['GET', (name) => `${collectionPath(name, 'secret')}/versions/v0`],
        ['PATCH', (name) => `${collectionPath(name, 'secret')}/versions/v0`, { description: 'owned' }],
        ['DELETE', (name) => `${collectionPath(name, 'secret')}/versions/v0?deleteAliases=true`],
        ['PUT', (name) => `${collectionPath(name, 'secret')}/versions/v0/tags/owned`],
        ['GET', (name) => `${collectionPath(name, 'secret')}/versions/v0/files`],
        ['GET', (name) => `${collectionPath(name, 'secret')}/versions/v0/files/model.pt`],
        ['PUT', (name) => `${collectionPath(name, 'secret')}/aliases/owned`, { version: 'v0' }],
        ['DELETE', (name) => `${collectionPath(name, 'secret')}/aliases/latest`],
        ['DELETE', (name) => `${collectionPath(name, 'secret')}/links/v0`],
        ['POST', (name) => `${collectionPath(ours, 'loot')}/links#${name.project}`, undefined],
      ]
      const events = watchEvents(server)
      await events()
      for (const [method, path, body] of calls) {
        const ask = async (name: ProjectName) => {
          const isLink = path(name).includes('#')
          const source = { ...name, collection: 'secret', version: 'v0' }
          const answer = await server.rest(method, path(name).split('#')[0]!, isLink ? { source } : body, {
            key: attackerKey,
          })
          const { requestId, ...problem } = answer.body
          return JSON.stringify([answer.status, problem]).replaceAll(name.project, 'PROJECT')
        }
        const theirAnswer = await ask(theirs)
        expect(theirAnswer, path(theirs)).toBe(await ask(unknown))
        expect(theirAnswer).toMatch(/^\[404,.*"not_found"/)
        for (const hidden of [SECRET, 'hush', 'their-run', victim.user.username])
          expect(theirAnswer).not.toContain(hidden)
      }
      expect(await events()).toEqual([])
    })

    test('by client id finds nothing, and claiming it takes nothing over', async () => {
      const { world } = server
      expect(await artifacts.resolveClientId(world, attacker, clientId)).toBeUndefined()
      const link = { source: { clientId }, target: { ...ours, collection: 'loot' } }
      expect(await outcome(artifacts.linkArtifact(world, attacker, link))).toEqual(refusal('not_found'))
      const claimed = await givenCommitted(server, attacker, {
        ...ours,
        collection: 'claimed',
        clientId,
        files: { a: 'bait' },
      })
      expect(await artifacts.resolveClientId(world, attacker, clientId)).toEqual({ artifactId: claimed })
      expect(await artifacts.resolveClientId(world, victim, clientId)).toEqual({ artifactId: secretId })
    })

    test('their run is nobody’s to log under or to use from', async () => {
      const { world } = server
      const log = (run: string) =>
        artifacts.createArtifact(world, attacker, {
          ...ours,
          collection: 'x',
          type: 'model',
          run,
          digest: 'd',
          deduplicate: true,
        })
      expect(await outcome(log('their-run'))).toEqual(refusal('not_found', /their-run" not found/))
      const own = await givenCommitted(server, attacker, { ...ours, collection: 'bait', files: { a: '2' } })
      const use = artifacts.useArtifact(world, attacker, { ...theirs, run: 'their-run', artifactId: own })
      expect(await outcome(use)).toEqual(refusal('not_found', /^Project/))
    })
  })

  describe('a version that is linked into a registry', () => {
    test('is seen there by the organization, which learns nothing of where it was logged', async () => {
      const { world } = server
      const registry = { entity: organization, project: 'wandb-registry-models' }
      await server.rest('POST', `/projects/${organization}`, { name: 'models', registry: true })
      await artifacts.linkArtifact(world, victim, {
        source: { artifactId: secretId },
        target: { ...registry, collection: 'churn' },
      })
      const colleague = await givenMember(server, organization, 'member', 'organizations')
      const reader = await callerWith(server, colleague.key)

      const shown = await server.rest('GET', `${collectionPath(registry, 'churn')}/versions/latest`, undefined, {
        key: colleague.key,
      })
      expect(shown.body).toMatchObject({ version: 'v0', source: null, run: null })
      expect(shown.text).not.toContain(theirs.project)
      expect(shown.text).not.toContain('their-run')
      expect(await artifacts.findArtifact(world, reader, secretId)).toMatchObject({
        id: secretId,
        sequence: { project: null },
      })
      const memberships = (await artifacts.membershipsOf(world, reader, [secretId])).get(secretId)!
      expect(memberships.map((membership) => membership.collection.name)).toEqual(['churn'])
      const aliases = (await artifacts.aliasesOfArtifacts(world, reader, [secretId])).get(secretId)!
      expect(aliases.map((alias) => alias.collection.name)).toEqual(['churn'])

      // Its bytes are part of it.
      const files = `${collectionPath(registry, 'churn')}/versions/v0/files`
      expect((await server.rest('GET', `${files}/model.pt`, undefined, { key: colleague.key })).text).toBe(SECRET)
      const source = await server.rest('GET', `${collectionPath(theirs, 'secret')}/versions/v0`, undefined, {
        key: colleague.key,
      })
      expect(source.status).toBe(404)
      const hexMd5 = Buffer.from(md5(SECRET), 'base64').toString('hex')
      const bySource = await fetch(`${server.url}/artifacts/${theirs.entity}/${hexMd5}`, {
        headers: { authorization: `Bearer ${colleague.key}` },
      })
      expect(bySource.status).toBe(404)

      // Its aliases there are the organization's; what it says of itself is the team's.
      const alias = { ...registry, collection: 'churn', alias: 'production' }
      await artifacts.addAliases(world, reader, { artifactId: secretId, aliases: [alias] })
      const edit = artifacts.updateArtifact(world, reader, { artifactId: secretId, description: 'mine' })
      expect(await outcome(edit)).toEqual(refusal('forbidden', /through a link only/))
      const remove = artifacts.deleteArtifact(world, reader, { artifactId: secretId, deleteAliases: true })
      expect(await outcome(remove)).toEqual(refusal('forbidden'))
      const stolen = { ...theirs, collection: 'secret', alias: 'owned' }
      expect(await outcome(artifacts.addAliases(world, reader, { artifactId: secretId, aliases: [stolen] }))).toEqual(
        refusal('not_found'),
      )
    })
  })

  describe('roles', () => {
    test('viewers read and change nothing', async () => {
      const { key } = await givenMember(server, theirs.entity, 'viewer')
      const viewer = await callerWith(server, key)
      const { world } = server
      expect(await artifacts.findArtifact(world, viewer, secretId)).toMatchObject({ id: secretId })
      const path = collectionPath(theirs, 'secret')
      expect((await server.rest('GET', `${path}/versions/v0/files/model.pt`, undefined, { key })).text).toBe(SECRET)
      const source = { ...theirs, collection: 'secret', version: 'v0' }
      for (const [method, where, body] of [
        ['POST', `/projects/${theirs.entity}`, { name: 'mine' }],
        ['POST', `${path}/versions`, { type: 'model' }],
        ['PATCH', path, { name: 'mine' }],
        ['PATCH', path, { type: 'mine' }],
        ['DELETE', path, undefined],
        ['PUT', `${path}/tags/mine`, undefined],
        ['DELETE', `${path}/tags/mine`, undefined],
        ['PATCH', `${path}/versions/v0`, { description: 'mine' }],
        ['PUT', `${path}/versions/v0/tags/mine`, undefined],
        ['DELETE', `${path}/versions/v0`, undefined],
        ['PUT', `${path}/aliases/mine`, { version: 'v0' }],
        ['DELETE', `${path}/aliases/latest`, undefined],
        ['POST', `${collectionPath(theirs, 'mine')}/links`, { source }],
      ] as const) {
        const answer = await server.rest(method, where, body, { key })
        expect([answer.status, answer.body.code], `${method} ${where}`).toEqual([403, 'forbidden'])
      }
      const use = { ...theirs, run: 'their-run', artifactId: secretId }
      expect(await outcome(artifacts.useArtifact(world, viewer, use))).toEqual(refusal('forbidden'))
      // Reading suffices on the source, where one may write on the target.
      const user = (await server.rest('GET', '/viewer', undefined, { key })).body.username
      const own = await server.rest('POST', `/projects/${user}`, { name: 'own' }, { key })
      expect(own.status).toBe(201)
      const linked = await server.rest(
        'POST',
        `${collectionPath({ entity: user, project: 'own' }, 'kept')}/links`,
        { source },
        { key },
      )
      expect([linked.status, linked.body.version]).toEqual([200, 'v0'])
    })
  })
})

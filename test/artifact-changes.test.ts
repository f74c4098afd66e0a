/** What each change to versions and collections does, and exactly which events tell of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import * as artifacts from '../src/artifacts/operations.ts'
import {
  collectionPath,
  givenProject,
  givenUploaded,
  givenVersion,
  inShort,
  log,
  md5,
  type ProjectName,
  type SeenEvent,
  watchEvents,
} from './support/given-artifacts.ts'
import {
  callerWith,
  givenMember,
  givenOrganization,
  givenTeam,
  givenUser,
  unique,
} from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const refused = (status: number, code: string, detail = /./) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code, detail: expect.stringMatching(detail) }) })
const refusal = (code: string, message = /./) =>
  expect.objectContaining({ name: 'Refusal', code, message: expect.stringMatching(message) })

forEachEngine((engine) => {
  let server: TestServer
  let organization: string
  let team: string
  let key: string
  let caller: Caller
  let project: ProjectName
  let events: () => Promise<SeenEvent[]>

  beforeAll(async () => {
    server = await startTestServer(engine)
    organization = await givenOrganization(server)
    team = await givenTeam(server, organization)
    const member = await givenMember(server, team, 'member')
    key = member.key
    await server.rest('PUT', `/organizations/${organization}/members/${member.username}`, { role: 'member' })
    caller = await callerWith(server, key)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  beforeEach(async () => {
    project = await givenProject(server, team)
    events = watchEvents(server)
    await events()
  })

  const call = (method: string, path: string, body?: unknown) => server.rest(method, path, body, { key })
  const at = (collection: string) => collectionPath(project, collection)
  const happened = async () => (await events()).map(inShort)
  const rejection = async (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error: unknown) => error,
    )
  const putAlias = (collection: string, alias: string, version: string) =>
    call('PUT', `${at(collection)}/aliases/${encodeURIComponent(alias)}`, { version })
  const idOf = async (collection: string, version: string) => {
    const membership = await artifacts.requireVersion(server.world, caller, { ...project, collection, version })
    return membership.artifactId
  }
  const link = (source: string, target: string, aliases?: string[]) => {
    const [collection, version] = source.split(':')
    return call('POST', `${at(target)}/links`, { source: { ...project, collection, version }, aliases })
  }
  const quiet = async () => expect(await happened()).toEqual([])

  describe('committing', () => {
    test('a new version takes its aliases from the older ones', async () => {
      await givenVersion(server, project, 'm', { aliases: ['best'] })
      expect(await happened()).toEqual([
        'CREATE_ARTIFACT m:v0',
        'ADD_ARTIFACT_ALIAS m:v0 latest',
        'ADD_ARTIFACT_ALIAS m:v0 best',
      ])
      await givenVersion(server, project, 'm', { aliases: ['fresh'] })
      expect(await happened()).toEqual([
        'CREATE_ARTIFACT m:v1',
        'REMOVE_ARTIFACT_ALIAS m:v0 latest to v1',
        'ADD_ARTIFACT_ALIAS m:v1 latest from v0',
        'ADD_ARTIFACT_ALIAS m:v1 fresh',
      ])
    })

    test('content that is the newest version already is only told by its new labels', async () => {
      const files = { a: 'same' }
      await givenVersion(server, project, 'm', { files })
      await events()
      await log(server, project, 'm', { files })
      await quiet()
      await log(server, project, 'm', { files, aliases: ['best'], tags: ['x'] })
      expect(await happened()).toEqual(['ADD_ARTIFACT_ALIAS m:v0 best', 'ADD_ARTIFACT_TAG m:v0 x'])
      await log(server, project, 'm', { files, aliases: ['best'], tags: ['x'] })
      await quiet()
    })
  })

  describe('an alias', () => {
    beforeEach(async () => {
      for (const content of ['0', '1', '2']) await givenVersion(server, project, 'm', { files: { a: content } })
      await events()
    })

    test('is added, moved, moved back and removed, each told once', async () => {
      expect((await putAlias('m', 'production', 'v0')).body).toMatchObject({ version: 'v0', aliases: ['production'] })
      expect(await happened()).toEqual(['ADD_ARTIFACT_ALIAS m:v0 production'])
      expect((await putAlias('m', 'production', 'v1')).body).toMatchObject({ version: 'v1' })
      expect(await happened()).toEqual([
        'REMOVE_ARTIFACT_ALIAS m:v0 production to v1',
        'ADD_ARTIFACT_ALIAS m:v1 production from v0',
      ])
      await putAlias('m', 'production', 'latest')
      expect(await happened()).toEqual([
        'REMOVE_ARTIFACT_ALIAS m:v1 production to v2',
        'ADD_ARTIFACT_ALIAS m:v2 production from v1',
      ])
      expect((await call('DELETE', `${at('m')}/aliases/production`)).status).toBe(204)
      expect(await happened()).toEqual(['REMOVE_ARTIFACT_ALIAS m:v2 production'])
      const moves = await server.world.db.read
        .selectFrom('alias_moves')
        .select(['from_version', 'to_version', 'actor'])
        .where('alias', '=', 'production')
        .where(
          'collection_id',
          '=',
          (await artifacts.requireCollection(server.world, caller, { ...project, collection: 'm' })).id,
        )
        .orderBy('id')
        .execute()
      expect(moves.map((move) => [move.from_version, move.to_version])).toEqual([
        [null, 0],
        [0, 1],
        [1, 2],
        [2, null],
      ])
      expect(new Set(moves.map((move) => move.actor))).toEqual(new Set([caller.user.username]))
    })

    test('that is there already, or not there to remove, is no change', async () => {
      await putAlias('m', 'production', 'v0')
      await events()
      expect((await putAlias('m', 'production', 'v0')).status).toBe(200)
      const artifactId = await idOf('m', 'v1')
      const aliases = [{ ...project, collection: 'm', alias: 'production' }]
      await artifacts.deleteAliases(server.world, caller, { artifactId, aliases })
      await artifacts.deleteAliases(server.world, caller, { artifactId, aliases: [{ ...aliases[0]!, alias: 'never' }] })
      await quiet()
      expect((await call('GET', `${at('m')}/versions/v0`)).body.aliases).toEqual(['production'])
    })

    test('several are given and taken as the client does it, the same twice told once', async () => {
      const artifactId = await idOf('m', 'v0')
      const aliases = ['a', 'b', 'a', 'latest'].map((alias) => ({ ...project, collection: 'm', alias }))
      await artifacts.addAliases(server.world, caller, { artifactId, aliases })
      expect(await happened()).toEqual([
        'ADD_ARTIFACT_ALIAS m:v0 a',
        'ADD_ARTIFACT_ALIAS m:v0 b',
        'REMOVE_ARTIFACT_ALIAS m:v2 latest to v0',
        'ADD_ARTIFACT_ALIAS m:v0 latest from v2',
      ])
      await artifacts.deleteAliases(server.world, caller, { artifactId, aliases: aliases.slice(0, 3) })
      expect(await happened()).toEqual(['REMOVE_ARTIFACT_ALIAS m:v0 a', 'REMOVE_ARTIFACT_ALIAS m:v0 b'])
    })

    test('shows the aliases after the whole change in every event of it', async () => {
      const artifactId = await idOf('m', 'v0')
      const aliases = ['a', 'latest'].map((alias) => ({ ...project, collection: 'm', alias }))
      await artifacts.addAliases(server.world, caller, { artifactId, aliases })
      expect((await events()).map(({ snapshot }) => snapshot.subjects[0]!.aliases)).toEqual([
        ['a', 'latest'],
        [],
        ['a', 'latest'],
      ])
    })

    test.each([
      ['a version number', 'v1', 'v0', 400, 'alias_invalid'],
      ['a name with a colon', 'a:b', 'v0', 400, 'alias_invalid'],
      ['a name that is too long', 'x'.repeat(129), 'v0', 400, 'invalid_request'],
      ['for a version that is not there', 'production', 'v7', 404, 'not_found'],
      ['for a version called by an alias that is not there', 'production', 'staging', 404, 'not_found'],
    ] as const)('%s is refused, and nothing happens', async (_what, alias, version, status, code) => {
      expect(await putAlias('m', alias, version)).toEqual(refused(status, code))
      await quiet()
    })

    test('of a collection or version that is not there is refused', async () => {
      expect(await putAlias('none', 'production', 'v0')).toEqual(refused(404, 'not_found', /Collection ".*\/none"/))
      expect(await call('DELETE', `${at('m')}/aliases/never`)).toEqual(refused(404, 'not_found', /Alias ".*\/m:never"/))
      await givenVersion(server, project, 'other')
      await events()
      const artifactId = await idOf('other', 'v0')
      const aliases = [{ ...project, collection: 'm', alias: 'a' }]
      expect(await rejection(artifacts.addAliases(server.world, caller, { artifactId, aliases }))).toEqual(
        refusal('not_found'),
      )
      const many = Array.from({ length: 101 }, (_, index) => ({ ...project, collection: 'other', alias: `a${index}` }))
      for (const operation of [artifacts.addAliases, artifacts.deleteAliases]) {
        expect(await rejection(operation(server.world, caller, { artifactId, aliases: many }))).toEqual(
          refusal('invalid_request', /100 aliases/),
        )
      }
      await quiet()
    })
  })

  describe('a link', () => {
    beforeEach(async () => {
      for (const content of ['0', '1']) await givenVersion(server, project, 'm', { files: { a: content } })
      await events()
    })

    test('makes its portfolio, counts its own versions, and becomes latest', async () => {
      const first = await link('m:v1', 'released', ['staging'])
      expect([first.status, first.body]).toEqual([
        200,
        expect.objectContaining({
          collection: 'released',
          version: 'v0',
          aliases: ['latest', 'staging'],
          source: { ...project, collection: 'm', version: 'v1' },
        }),
      ])
      expect((await call('GET', at('released'))).body).toMatchObject({ kind: 'PORTFOLIO', type: 'model' })
      expect(await happened()).toEqual([
        'LINK_ARTIFACT released:v0',
        'ADD_ARTIFACT_ALIAS released:v0 latest',
        'ADD_ARTIFACT_ALIAS released:v0 staging',
      ])
      await link('m:v0', 'released')
      expect(await happened()).toEqual([
        'LINK_ARTIFACT released:v1',
        'REMOVE_ARTIFACT_ALIAS released:v0 latest to v1',
        'ADD_ARTIFACT_ALIAS released:v1 latest from v0',
      ])
    })

    test('made again is the same one, told only by its new aliases', async () => {
      await link('m:v0', 'released')
      await link('m:v1', 'released')
      await events()
      expect((await link('m:v0', 'released')).body).toMatchObject({ version: 'v0', aliases: [] })
      await quiet()
      expect((await link('m:v0', 'released', ['prod'])).body).toMatchObject({ version: 'v0', aliases: ['prod'] })
      expect(await happened()).toEqual(['ADD_ARTIFACT_ALIAS released:v0 prod'])
    })

    test('shows in the memberships and aliases of the artifact', async () => {
      await link('m:v0', 'released', ['prod'])
      const artifactId = await idOf('m', 'v0')
      const memberships = (await artifacts.membershipsOf(server.world, caller, [artifactId])).get(artifactId)!
      expect(memberships.map((each) => [each.collection.name, each.version])).toEqual([
        ['m', 0],
        ['released', 0],
      ])
      const aliases = (await artifacts.aliasesOfArtifacts(server.world, caller, [artifactId])).get(artifactId)!
      expect(aliases.map((each) => [each.collection.name, each.alias])).toEqual([
        ['released', 'latest'],
        ['released', 'prod'],
      ])
    })

    test('is taken back with its aliases, and its number is not given again', async () => {
      await link('m:v0', 'released', ['prod'])
      await events()
      expect((await call('DELETE', `${at('released')}/links/prod`)).status).toBe(204)
      expect(await happened()).toEqual([
        'REMOVE_ARTIFACT_ALIAS released:v0 latest',
        'REMOVE_ARTIFACT_ALIAS released:v0 prod',
        'UNLINK_ARTIFACT released:v0',
      ])
      expect(await call('DELETE', `${at('released')}/links/v0`)).toEqual(refused(404, 'not_found'))
      await quiet()
      expect((await call('GET', `${at('m')}/versions/v0`)).status).toBe(200)
      expect((await link('m:v0', 'released')).body.version).toBe('v1')
    })

    test('goes to any project, made on the way, by artifact id, client id or portfolio id', async () => {
      const artifactId = await idOf('m', 'v0')
      const elsewhere = unique('new-project')
      const target = { entity: team, project: elsewhere, collection: 'released' }
      const made = await artifacts.linkArtifact(server.world, caller, { source: { artifactId }, target })
      expect(made).toMatchObject({ version: 0, collection: { name: 'released', kind: 'PORTFOLIO' } })
      const clientId = unique('client')
      const pending = await givenUploaded(server, caller, { ...project, collection: 'm', clientId, files: { a: '9' } })
      const byClientId = () => artifacts.linkArtifact(server.world, caller, { source: { clientId }, target })
      expect(await rejection(byClientId())).toEqual(refusal('not_found'))
      await artifacts.commitArtifact(server.world, caller, pending)
      expect(await byClientId()).toMatchObject({ version: 1, artifactId: pending })
      const portfolioId = made.collection.id
      const byId = artifacts.linkArtifact(server.world, caller, { source: { artifactId }, target: { portfolioId } })
      expect((await byId).id).toBe(made.id)
    })

    test('is refused where it cannot be', async () => {
      await givenVersion(server, project, 'd', { type: 'dataset' })
      await link('m:v0', 'released')
      await events()
      expect(await link('d:v0', 'released')).toEqual(refused(400, 'artifact_type_mismatch', /type "model".*"dataset"/))
      expect(await link('m:v0', 'd')).toEqual(refused(400, 'artifact_not_linkable', /runs log/))
      expect(await link('m:v0', 'm')).toEqual(refused(400, 'artifact_not_linkable'))
      expect(await link('m:v9', 'released')).toEqual(refused(404, 'not_found'))
      expect(await link('m:v0', 'released', ['v1'])).toEqual(refused(400, 'alias_invalid'))
      expect(await log(server, project, 'released', {}, key)).toEqual(refused(409, 'name_taken', /links/))
      const artifactId = await idOf('m', 'v0')
      const { id: portfolioId } = await artifacts.requireCollection(server.world, caller, {
        ...project,
        collection: 'm',
      })
      expect(
        await rejection(
          artifacts.linkArtifact(server.world, caller, { source: { artifactId }, target: { portfolioId } }),
        ),
      ).toEqual(refusal('not_found'))
      expect(await rejection(artifacts.unlinkArtifact(server.world, caller, { artifactId, portfolioId }))).toEqual(
        refusal('not_found'),
      )
      await quiet()
    })

    test('into a registry needs the registry, a type it takes, and a source in a team', async () => {
      const registry = unique('models')
      const target = { entity: organization, project: `wandb-registry-${registry}`, collection: 'churn' }
      const artifactId = await idOf('m', 'v0')
      const linkTo = () => artifacts.linkArtifact(server.world, caller, { source: { artifactId }, target })
      expect(await rejection(linkTo())).toEqual(
        refusal('not_found', new RegExp(`Project "${organization}/wandb-registry-`)),
      )
      const made = await server.rest('POST', `/projects/${organization}`, {
        name: registry,
        registry: true,
        artifactTypes: ['dataset'],
      })
      expect([made.status, made.body]).toEqual([201, expect.objectContaining({ registry: true, allowAllTypes: false })])
      expect(await rejection(linkTo())).toEqual(
        refusal('artifact_type_mismatch', /does not take artifacts of type "model"/),
      )
      await artifacts.upsertProject(server.world, await callerWith(server, server.adminKey), {
        ...target,
        artifactTypes: ['model'],
      })
      await quiet()

      expect(await linkTo()).toMatchObject({ version: 0, collection: { project: { isRegistry: true } } })
      const [told] = await events()
      const { id: organizationId } = (await server.world.db.read
        .selectFrom('entities')
        .select('id')
        .where('name', '=', organization)
        .executeTakeFirst())!
      expect(told!.snapshot.subjects[0]).toMatchObject({
        entity: organization,
        entityId: organizationId,
        organizationId,
      })

      const user = await givenUser(server)
      await server.rest('PUT', `/organizations/${organization}/members/${user.username}`, { role: 'member' })
      const own = await givenProject(server, user.username, user.key)
      await givenVersion(server, own, 'private', {}, user.key)
      const source = { ...own, collection: 'private', version: 'v0' }
      const path = collectionPath(target, 'churn')
      expect(await server.rest('POST', `${path}/links`, { source }, { key: user.key })).toEqual(
        refused(400, 'artifact_not_linkable', /personal entity/),
      )
      expect(await log(server, target, 'churn', {}, key)).toEqual(
        refused(400, 'not_supported', /linked into a registry/),
      )
    })
  })

  describe('a tag', () => {
    test('on an artifact is told once, naming all its memberships', async () => {
      await givenVersion(server, project, 'm')
      await link('m:v0', 'released')
      await events()
      expect((await call('PUT', `${at('released')}/versions/v0/tags/good`)).body.tags).toEqual(['good'])
      expect(await happened()).toEqual(['ADD_ARTIFACT_TAG m:v0+released:v0 good'])
      await call('PUT', `${at('m')}/versions/v0/tags/good`)
      await quiet()
      const both = await call('PATCH', `${at('m')}/versions/v0`, { addTags: ['fast'], deleteTags: ['good', 'never'] })
      expect(both.body.tags).toEqual(['fast'])
      expect(await happened()).toEqual([
        'REMOVE_ARTIFACT_TAG m:v0+released:v0 good',
        'ADD_ARTIFACT_TAG m:v0+released:v0 fast',
      ])
      expect((await call('DELETE', `${at('m')}/versions/v0/tags/fast`)).body.tags).toEqual([])
      expect(await happened()).toEqual(['REMOVE_ARTIFACT_TAG m:v0+released:v0 fast'])
      const clash = await call('PATCH', `${at('m')}/versions/v0`, { addTags: ['x'], deleteTags: ['x'] })
      expect(clash).toEqual(refused(400, 'invalid_request', /added and deleted/))
      expect(await call('PUT', `${at('m')}/versions/v0/tags/a.b`)).toEqual(refused(400, 'tag_invalid'))
      await quiet()
    })

    test('on a collection is told once', async () => {
      await givenVersion(server, project, 'm')
      await events()
      expect((await call('PUT', `${at('m')}/tags/team%20a`)).body.tags).toEqual(['team a'])
      expect(await happened()).toEqual(['ADD_COLLECTION_TAG m team a'])
      const address = { ...project, collection: 'm' }
      const tags = await artifacts.addCollectionTags(server.world, caller, { ...address, tags: ['b', 'team a'] })
      expect(tags.map(({ tag }) => tag)).toEqual(['b', 'team a'])
      expect(await happened()).toEqual(['ADD_COLLECTION_TAG m b'])
      await artifacts.deleteCollectionTags(server.world, caller, { ...address, tags: ['never', 'b'] })
      expect(await happened()).toEqual(['REMOVE_COLLECTION_TAG m b'])
      expect((await call('DELETE', `${at('m')}/tags/team%20a`)).status).toBe(204)
      expect(await happened()).toEqual(['REMOVE_COLLECTION_TAG m team a'])
      expect((await call('DELETE', `${at('m')}/tags/team%20a`)).status).toBe(204)
      expect(await call('PUT', `${at('none')}/tags/b`)).toEqual(refused(404, 'not_found'))
      await quiet()
    })
  })

  describe('editing', () => {
    test('a version changes its description and metadata, which nobody is told', async () => {
      await givenVersion(server, project, 'm', { metadata: { a: 1 } })
      await events()
      const path = `${at('m')}/versions/v0`
      const edited = await call('PATCH', path, { description: 'better', metadata: { b: { c: 2 } } })
      expect(edited.body).toMatchObject({ description: 'better', metadata: { b: { c: 2 } } })
      expect((await call('PATCH', path, { description: null })).body).toMatchObject({
        description: null,
        metadata: { b: { c: 2 } },
      })
      expect(await call('PATCH', path, { metadata: { a: 'x'.repeat(2 ** 20) } })).toEqual(
        refused(400, 'metadata_invalid'),
      )
      expect(await call('PATCH', `${at('m')}/versions/v1`, {})).toEqual(refused(404, 'not_found'))
      await quiet()
    })

    test('a collection is renamed and described, and is found by its new name only', async () => {
      await givenVersion(server, project, 'm')
      await givenVersion(server, project, 'taken')
      await events()
      const renamed = await call('PATCH', at('m'), { name: 'n', description: 'the line' })
      expect(renamed.body).toMatchObject({ name: 'n', description: 'the line', latestVersion: 'v0' })
      expect(await call('GET', at('m'))).toEqual(refused(404, 'not_found'))
      expect((await call('GET', `${at('n')}/versions/latest`)).body).toMatchObject({
        collection: 'n',
        source: { collection: 'n' },
      })
      expect(await call('PATCH', at('n'), { name: 'taken' })).toEqual(refused(409, 'name_taken', /"taken"/))
      expect(await call('PATCH', at('n'), { name: 'a:b' })).toEqual(refused(400, 'name_invalid'))
      expect((await call('PATCH', at('n'), { name: 'n' })).status).toBe(200)
      const { id: collectionId } = await artifacts.requireCollection(server.world, caller, {
        ...project,
        collection: 'n',
      })
      const wrongKind = artifacts.updateCollection(server.world, caller, { collectionId, kind: 'PORTFOLIO', name: 'x' })
      expect(await rejection(wrongKind)).toEqual(refusal('not_found', /Portfolio/))
      await quiet()
    })

    test('a sequence changes its type with all its versions, unless one is linked', async () => {
      await givenVersion(server, project, 'm')
      expect((await call('PATCH', at('m'), { type: 'checkpoint' })).body.type).toBe('checkpoint')
      expect((await call('GET', `${at('m')}/versions/v0`)).body.type).toBe('checkpoint')
      expect((await call('PATCH', at('m'), { type: 'checkpoint' })).status).toBe(200)
      // All of a change or nothing of it.
      expect(await call('PATCH', at('m'), { type: 'model', name: 'a:b' })).toEqual(refused(400, 'name_invalid'))
      await givenVersion(server, project, 'taken')
      expect(await call('PATCH', at('m'), { type: 'model', name: 'taken' })).toEqual(refused(409, 'name_taken'))
      expect((await call('GET', at('m'))).body.type).toBe('checkpoint')
      await link('m:v0', 'released')
      expect(await call('PATCH', at('m'), { type: 'model' })).toEqual(refused(400, 'artifact_type_mismatch', /unlink/))
      expect(await call('PATCH', at('released'), { type: 'model' })).toEqual(
        refused(400, 'invalid_request', /that are linked there/),
      )
      expect(await call('PATCH', at('m'), { type: 'a/b' })).toEqual(refused(400, 'name_invalid'))
      const { id } = await artifacts.requireCollection(server.world, caller, { ...project, collection: 'released' })
      const move = artifacts.moveCollectionType(server.world, caller, { collectionId: id, type: 'model' })
      expect(await rejection(move)).toEqual(refusal('not_found', /Sequence/))
    })
  })

  describe('deleting', () => {
    test('a version goes with its links, each told, and its numbers are not given again', async () => {
      await givenVersion(server, project, 'm', {
        aliases: ['best'],
        tags: ['x'],
        files: { a: '0' },
        metadata: { a: 1 },
      })
      await givenVersion(server, project, 'm', { files: { a: '1' } })
      await link('m:v0', 'released')
      await events()
      const path = `${at('m')}/versions/v0`
      expect(await call('DELETE', path)).toEqual(refused(409, 'artifact_has_aliases'))
      await quiet()
      const artifactId = await idOf('m', 'v0')
      expect((await call('DELETE', `${path}?deleteAliases=true`)).status).toBe(204)
      const told = await events()
      expect(told.map(inShort)).toEqual([
        'REMOVE_ARTIFACT_ALIAS m:v0 best',
        'UNLINK_ARTIFACT m:v0',
        'REMOVE_ARTIFACT_ALIAS released:v0 latest',
        'UNLINK_ARTIFACT released:v0',
        'DELETE_ARTIFACT m:v0',
      ])
      // What is gone is shown as it last was.
      for (const { snapshot } of told) {
        expect(snapshot.artifact).toMatchObject({
          id: artifactId,
          tags: ['x'],
          metadata: { a: 1 },
          source: { version: 0 },
        })
      }
      expect(told.map(({ snapshot }) => snapshot.subjects[0]!.aliases)).toEqual([
        [],
        ['best'],
        [],
        ['latest'],
        ['best'],
      ])
      expect(await call('GET', path)).toEqual(refused(404, 'not_found'))
      expect(await call('DELETE', path)).toEqual(refused(404, 'not_found'))
      expect(await artifacts.findArtifact(server.world, caller, artifactId)).toBeUndefined()
      expect((await call('GET', `${at('released')}/versions`)).body.items).toEqual([])
      expect((await log(server, project, 'm', { files: { a: '2' } })).body.version).toBe('v2')
      expect((await link('m:v2', 'released')).body.version).toBe('v1')
    })

    test('a version without aliases goes as it is; one that is being made can be given up', async () => {
      await givenVersion(server, project, 'm', { files: { a: '0' } })
      await givenVersion(server, project, 'm', { files: { a: '1' } })
      await events()
      expect((await call('DELETE', `${at('m')}/versions/v0`)).status).toBe(204)
      expect(await happened()).toEqual(['UNLINK_ARTIFACT m:v0', 'DELETE_ARTIFACT m:v0'])
      const artifactId = await givenUploaded(server, caller, { ...project, collection: 'm', files: { a: '2' } })
      await artifacts.deleteArtifact(server.world, caller, { artifactId, deleteAliases: false })
      expect(await rejection(artifacts.commitArtifact(server.world, caller, artifactId))).toEqual(refusal('not_found'))
      await quiet()
    })

    test('contents that only a deleted version held are uploaded again', async () => {
      await givenVersion(server, project, 'm', { files: { both: 'both', once: 'once' } })
      await givenVersion(server, project, 'm', { files: { both: 'both' } })
      await call('DELETE', `${at('m')}/versions/v0`)
      const { artifactId } = await artifacts.createArtifact(server.world, caller, {
        ...project,
        collection: 'm',
        type: 'model',
        run: null,
        digest: 'f',
        deduplicate: false,
      })
      const places = await artifacts.createArtifactFiles(
        server.world,
        caller,
        ['both', 'once'].map((path) => ({ artifactId, path, digest: md5(path) })),
      )
      expect(places.map((place) => place.upload === null)).toEqual([true, false])
    })

    test('a portfolio goes and leaves the versions where they were logged', async () => {
      await givenVersion(server, project, 'm')
      await link('m:v0', 'released', ['prod'])
      await call('PUT', `${at('released')}/tags/x`)
      await events()
      expect((await call('DELETE', at('released'))).status).toBe(204)
      expect(await happened()).toEqual([
        'REMOVE_ARTIFACT_ALIAS released:v0 latest',
        'REMOVE_ARTIFACT_ALIAS released:v0 prod',
        'UNLINK_ARTIFACT released:v0',
      ])
      expect(await call('GET', at('released'))).toEqual(refused(404, 'not_found'))
      expect(await call('DELETE', at('released'))).toEqual(refused(404, 'not_found'))
      expect((await call('GET', `${at('m')}/versions/v0`)).status).toBe(200)
      await quiet()
    })

    test('a sequence goes with its versions, their links and what is being made in it; its name is free again', async () => {
      await givenVersion(server, project, 'm', { files: { a: '0' } })
      await givenVersion(server, project, 'm', { files: { a: '1' } })
      await link('m:v1', 'released')
      const pending = await givenUploaded(server, caller, { ...project, collection: 'm', files: { a: '2' } })
      await events()
      const { id } = await artifacts.requireCollection(server.world, caller, { ...project, collection: 'm' })
      expect(await artifacts.deleteCollection(server.world, caller, id)).toMatchObject({ name: 'm', state: 'DELETED' })
      expect(await happened()).toEqual([
        'UNLINK_ARTIFACT m:v0',
        'REMOVE_ARTIFACT_ALIAS m:v1 latest',
        'UNLINK_ARTIFACT m:v1',
        'REMOVE_ARTIFACT_ALIAS released:v0 latest',
        'UNLINK_ARTIFACT released:v0',
        'DELETE_ARTIFACT m:v0',
        'DELETE_ARTIFACT m:v1',
      ])
      expect(await call('GET', at('m'))).toEqual(refused(404, 'not_found'))
      expect(await rejection(artifacts.commitArtifact(server.world, caller, pending))).toEqual(refusal('not_found'))
      expect(await givenVersion(server, project, 'm', { type: 'dataset' })).toMatchObject({ version: 'v0' })
    })
  })

  describe('projects', () => {
    test('are made once, and listed by name', async () => {
      const entity = await givenTeam(server)
      const made = await server.rest('POST', `/projects/${entity}`, { name: 'b', description: 'second' })
      expect([made.status, made.body]).toEqual([
        201,
        {
          entity,
          name: 'b',
          registry: false,
          description: 'second',
          access: 'PRIVATE',
          allowAllTypes: true,
          role: 'admin',
          createdAt: expect.any(String),
          updatedAt: expect.any(String),
        },
      ])
      await server.rest('POST', `/projects/${entity}`, { name: 'a' })
      const first = await server.rest('GET', `/projects/${entity}?limit=1`)
      expect(first.body).toMatchObject({ items: [{ name: 'a' }], cursor: expect.any(String) })
      const rest = await server.rest('GET', `/projects/${entity}?limit=1&cursor=${first.body.cursor}`)
      const use = { collectionCount: 0, changedAt: expect.any(String) }
      expect(rest.body).toEqual({ items: [{ ...made.body, ...use }] })
      expect((await server.rest('GET', `/projects/${entity}/b`)).body).toEqual(made.body)
      expect(await server.rest('POST', `/projects/${entity}`, { name: 'b' })).toEqual(refused(409, 'name_taken'))
      expect(await server.rest('POST', `/projects/${entity}`, { name: 'a?b' })).toEqual(refused(400, 'name_invalid'))
      expect(await server.rest('GET', `/projects/${entity}/c`)).toEqual(refused(404, 'not_found'))
    })

    test('a second upsert changes only what it names, and can add types but not take them', async () => {
      const admin = await callerWith(server, server.adminKey)
      const name = { entity: organization, project: `wandb-registry-${unique('r')}` }
      const first = await artifacts.upsertProject(server.world, admin, {
        ...name,
        description: 'd',
        artifactTypes: ['b'],
      })
      expect(first).toMatchObject({
        inserted: true,
        project: { isRegistry: true, allowAllTypes: false, description: 'd' },
      })
      const second = await artifacts.upsertProject(server.world, admin, {
        ...name,
        access: 'RESTRICTED',
        artifactTypes: ['a'],
      })
      expect(second).toMatchObject({
        inserted: false,
        project: { id: first.project.id, access: 'RESTRICTED', description: 'd' },
      })
      const types = await artifacts.listArtifactTypes(server.world, admin, first.project.id, { limit: 10 })
      expect(types.items.map((type) => type.name)).toEqual(['a', 'b'])
      const audit = await server.rest('GET', `/entities/${organization}/audit`)
      expect(
        audit.body.items
          .filter((row: { subject: string }) => row.subject === name.project)
          .map((row: { action: string }) => row.action)
          .sort(),
      ).toEqual(['registry.changed', 'registry.created'])
    })

    test('a registry is made by administrators of an organization only', async () => {
      const body = { name: unique('r'), registry: true }
      expect(await server.rest('POST', `/projects/${organization}`, body, { key })).toEqual(refused(403, 'forbidden'))
      expect(await server.rest('POST', `/projects/${team}`, body)).toEqual(
        refused(400, 'invalid_request', /belongs to an organization/),
      )
      expect((await server.rest('POST', `/projects/${organization}`, body)).status).toBe(201)
    })
  })
})

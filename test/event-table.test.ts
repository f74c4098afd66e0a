/**
 * Which change makes which events, in which order, row by row, through both doors; and that exactly those fire.
 *
 * Each test compares all that happened, so what must not fire is asserted with what must.
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ARTIFACT_EVENT_TYPES } from '../src/events/event.ts'
import {
  clientManifest,
  collectionPath,
  givenProject,
  inShort,
  log as logByRest,
  md5,
  type ProjectName,
  type SeenEvent,
  watchEvents,
} from './support/given-artifacts.ts'
import { givenTeam, unique } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

/** One change each, by name; versions and aliases as `v0` or `production`. */
type Door = {
  log(collection: string, content: string, labels?: { aliases?: string[]; tags?: string[] }): Promise<void>
  link(source: string, version: string, target: string, aliases?: string[]): Promise<void>
  unlink(collection: string, version: string): Promise<void>
  addAlias(collection: string, version: string, alias: string): Promise<void>
  removeAlias(collection: string, version: string, alias: string): Promise<void>
  tag(collection: string, version: string, tag: string): Promise<void>
  untag(collection: string, version: string, tag: string): Promise<void>
  tagCollection(collection: string, tag: string): Promise<void>
  untagCollection(collection: string, tag: string): Promise<void>
  deleteVersion(collection: string, version: string): Promise<void>
  deleteCollection(collection: string): Promise<void>
}

function restDoor(server: TestServer, project: ProjectName): Door {
  const at = (collection: string) => collectionPath(project, collection)
  async function done(method: string, path: string, body?: unknown): Promise<void> {
    const { status, text } = await server.rest(method, path, body)
    expect(status, `${method} ${path}: ${text}`).toBeLessThan(300)
  }
  return {
    async log(collection, content, labels = {}) {
      const { status, text } = await logByRest(server, project, collection, {
        ...labels,
        files: { 'model.txt': content },
      })
      expect(status, text).toBeLessThan(202)
    },
    link: (source, version, target, aliases = []) =>
      done('POST', `${at(target)}/links`, { source: { ...project, collection: source, version }, aliases }),
    unlink: (collection, version) => done('DELETE', `${at(collection)}/links/${version}`),
    addAlias: (collection, version, alias) => done('PUT', `${at(collection)}/aliases/${alias}`, { version }),
    removeAlias: (collection, _version, alias) => done('DELETE', `${at(collection)}/aliases/${alias}`),
    tag: (collection, version, tag) => done('PUT', `${at(collection)}/versions/${version}/tags/${tag}`),
    untag: (collection, version, tag) => done('DELETE', `${at(collection)}/versions/${version}/tags/${tag}`),
    tagCollection: (collection, tag) => done('PUT', `${at(collection)}/tags/${tag}`),
    untagCollection: (collection, tag) => done('DELETE', `${at(collection)}/tags/${tag}`),
    deleteVersion: (collection, version) => done('DELETE', `${at(collection)}/versions/${version}?deleteAliases=true`),
    deleteCollection: (collection) => done('DELETE', at(collection)),
  }
}

/** The operations the wandb client sends, with the inputs it sends. */
function graphqlDoor(server: TestServer, { entity, project }: ProjectName): Door {
  const names = { entityName: entity, projectName: project }

  async function ask(query: string, variables: Record<string, unknown>) {
    const { status, data, errors } = await server.graphql(query, variables)
    expect(status, `${query}: ${JSON.stringify(errors)}`).toBe(200)
    return data
  }

  /** A mutation that answers with `answer`. */
  const mutate = (name: string, inputType: string, answer: string, input: Record<string, unknown>) =>
    ask(`mutation ($input: ${inputType}!) { result: ${name}(input: $input) { ${answer} } }`, { input })

  async function find(
    collection: string,
    version: string,
  ): Promise<{ artifact: string; collection: string; kind: string }> {
    const data = await ask(
      `query ($entity: String!, $project: String!, $name: String!) {
        project(name: $project, entityName: $entity) {
          artifactCollectionMembership(name: $name) { artifact { id } artifactCollection { __typename id } } } }`,
      { entity, project, name: `${collection}:${version}` },
    )
    const { artifact, artifactCollection } = data.project.artifactCollectionMembership
    return { artifact: artifact.id, collection: artifactCollection.id, kind: artifactCollection.__typename }
  }

  async function put(upload: { uploadUrl: string; uploadHeaders: string[] }, body: string): Promise<void> {
    const headers = upload.uploadHeaders.map((line) => line.split(':', 2) as [string, string])
    expect((await fetch(upload.uploadUrl, { method: 'PUT', body, headers })).status).toBe(200)
  }

  const aliasInputs = (collection: string, aliases: string[]) =>
    aliases.map((alias) => ({ artifactCollectionName: collection, alias }))
  const tagInputs = (tags: string[]) => tags.map((tagName) => ({ tagName }))

  return {
    async log(collection, content, { aliases = [], tags = [] } = {}) {
      const path = 'model.txt'
      const digest = md5(content)
      const created = await mutate('createArtifact', 'CreateArtifactInput', 'artifact { id state }', {
        ...names,
        artifactTypeName: 'model',
        artifactCollectionName: collection,
        digest: createHash('md5').update(`${path}:${digest}`).digest('hex'),
        digestAlgorithm: 'MANIFEST_MD5',
        aliases: aliasInputs(collection, ['latest', ...aliases]),
        tags: tagInputs(tags),
        enableDigestDeduplication: true,
      })
      const { id: artifactID, state } = created.result.artifact
      if (state === 'COMMITTED') return
      const files = await mutate(
        'createArtifactFiles',
        'CreateArtifactFilesInput',
        'files { edges { node { uploadUrl uploadHeaders artifact { id } } } }',
        { artifactFiles: [{ artifactID, name: path, md5: digest }], storageLayout: 'V2' },
      )
      const [{ node: file }] = files.result.files.edges
      if (file.uploadUrl !== null) await put(file, content)
      const manifest = clientManifest({
        [path]: { digest, size: Buffer.byteLength(content), birthArtifactID: file.artifact.id },
      })
      const made = await mutate(
        'createArtifactManifest',
        'CreateArtifactManifestInput',
        'artifactManifest { file { uploadUrl uploadHeaders } }',
        { ...names, artifactID, name: 'wandb_manifest.json', type: 'FULL', digest: md5(manifest) },
      )
      await put(made.result.artifactManifest.file, manifest)
      await mutate('commitArtifact', 'CommitArtifactInput', 'artifact { id }', { artifactID })
    },
    async link(source, version, target, aliases = []) {
      const { artifact: artifactID } = await find(source, version)
      await mutate('linkArtifact', 'LinkArtifactInput', 'versionIndex', {
        ...names,
        artifactID,
        artifactPortfolioName: target,
        aliases: aliasInputs(target, aliases),
      })
    },
    async unlink(collection, version) {
      const { artifact: artifactID, collection: artifactPortfolioID } = await find(collection, version)
      await mutate('unlinkArtifact', 'UnlinkArtifactInput', 'success', { artifactID, artifactPortfolioID })
    },
    async addAlias(collection, version, alias) {
      const { artifact: artifactID } = await find(collection, version)
      const aliases = [{ ...names, artifactCollectionName: collection, alias }]
      await mutate('addAliases', 'AddAliasesInput', 'success', { artifactID, aliases })
    },
    async removeAlias(collection, version, alias) {
      const { artifact: artifactID } = await find(collection, version)
      const aliases = [{ ...names, artifactCollectionName: collection, alias }]
      await mutate('deleteAliases', 'DeleteAliasesInput', 'success', { artifactID, aliases })
    },
    async tag(collection, version, tag) {
      const { artifact: artifactID } = await find(collection, version)
      await mutate('updateArtifact', 'UpdateArtifactInput', 'artifact { id }', {
        artifactID,
        tagsToAdd: tagInputs([tag]),
      })
    },
    async untag(collection, version, tag) {
      const { artifact: artifactID } = await find(collection, version)
      const input = { artifactID, tagsToDelete: tagInputs([tag]) }
      await mutate('updateArtifact', 'UpdateArtifactInput', 'artifact { id }', input)
    },
    async tagCollection(collection, tag) {
      const input = { ...names, artifactCollectionName: collection, tags: tagInputs([tag]) }
      const type = 'CreateArtifactCollectionTagAssignmentsInput'
      await mutate('createArtifactCollectionTagAssignments', type, 'tags { id }', input)
    },
    async untagCollection(collection, tag) {
      const input = { ...names, artifactCollectionName: collection, tags: tagInputs([tag]) }
      const type = 'DeleteArtifactCollectionTagAssignmentsInput'
      await mutate('deleteArtifactCollectionTagAssignments', type, 'success', input)
    },
    async deleteVersion(collection, version) {
      const { artifact: artifactID } = await find(collection, version)
      await mutate('deleteArtifact', 'DeleteArtifactInput', 'artifact { id }', { artifactID, deleteAliases: true })
    },
    async deleteCollection(collection) {
      const { collection: id, kind } = await find(collection, 'latest')
      const [name, field] =
        kind === 'ArtifactSequence'
          ? ['deleteArtifactSequence', 'artifactSequenceID']
          : ['deleteArtifactPortfolio', 'artifactPortfolioID']
      await ask(`mutation ($id: ID!) { result: ${name}(input: {${field}: $id}) { artifactCollection { state } } }`, {
        id,
      })
    },
  }
}

const DOORS = { REST: restDoor, GraphQL: graphqlDoor }

forEachEngine((engine) => {
  describe.each(Object.entries(DOORS))('through %s', (_name, doorTo) => {
    let server: TestServer
    let door: Door
    let events: () => Promise<SeenEvent[]>
    let project: ProjectName
    /** One automation for each type of event, on all of the team and on a project where nothing happens. */
    let watching: Record<string, string>
    let elsewhere: string[]
    let fired: number

    beforeAll(async () => {
      server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
    })
    afterAll(async () => server[Symbol.asyncDispose]())

    beforeEach(async () => {
      const team = await givenTeam(server)
      project = await givenProject(server, team)
      const quiet = await givenProject(server, team)
      door = doorTo(server, project)
      events = watchEvents(server)
      watching = {}
      elsewhere = []
      fired = 0
      for (const event of ARTIFACT_EVENT_TYPES) {
        watching[event] = await givenAutomation(team, { event, scope: { type: 'entity' } })
        elsewhere.push(await givenAutomation(team, { event, scope: { type: 'project', project: quiet.project } }))
      }
      await events()
    })

    async function givenAutomation(entity: string, about: Record<string, unknown>): Promise<string> {
      const body = { name: unique('automation'), action: { type: 'nothing' }, ...about }
      const { status, text, body: saved } = await server.rest('POST', `/entities/${entity}/automations`, body)
      expect(status, text).toBe(201)
      return saved.id
    }

    async function firings(automation: string): Promise<number> {
      return (await server.rest('GET', `/automations/${automation}/executions`)).body.items.length
    }

    /** Everything that has happened since the last call, which must have fired what watches for it, once each. */
    async function happened(): Promise<string[]> {
      const seen = await events()
      const { count } = await server.world.db.read
        .selectFrom('executions as x')
        .innerJoin('automations as a', 'a.id', 'x.automation_id')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('a.public_id', 'in', Object.values(watching))
        .executeTakeFirstOrThrow()
      expect(count - fired, 'executions').toBe(seen.length)
      fired = count
      const types = await server.world.db.read
        .selectFrom('executions as x')
        .innerJoin('automations as a', 'a.id', 'x.automation_id')
        .innerJoin('events as e', 'e.id', 'x.event_id')
        .select(['a.event_type', 'e.type'])
        .execute()
      for (const row of types) expect(row.event_type).toBe(row.type)
      for (const automation of elsewhere.slice(0, 2)) expect(await firings(automation)).toBe(0)
      return seen.map(inShort)
    }

    test('commit of a new version: its creation, then each alias, then each tag', async () => {
      await door.log('model', 'first', { aliases: ['best'], tags: ['approved'] })
      expect(await happened()).toEqual([
        'CREATE_ARTIFACT model:v0',
        'ADD_ARTIFACT_ALIAS model:v0 latest',
        'ADD_ARTIFACT_ALIAS model:v0 best',
        'ADD_ARTIFACT_TAG model:v0 approved',
      ])
    })

    test('the next version takes latest over', async () => {
      await door.log('model', 'first')
      await happened()
      await door.log('model', 'second')
      expect(await happened()).toEqual([
        'CREATE_ARTIFACT model:v1',
        'REMOVE_ARTIFACT_ALIAS model:v0 latest to v1',
        'ADD_ARTIFACT_ALIAS model:v1 latest from v0',
      ])
    })

    test('content that is already the newest version: only labels that are new on it', async () => {
      await door.log('model', 'same', { aliases: ['best'], tags: ['approved'] })
      await happened()
      await door.log('model', 'same', { aliases: ['best'], tags: ['approved'] })
      expect(await happened()).toEqual([])
      await door.log('model', 'same', { aliases: ['best', 'fresh'], tags: ['checked'] })
      expect(await happened()).toEqual(['ADD_ARTIFACT_ALIAS model:v0 fresh', 'ADD_ARTIFACT_TAG model:v0 checked'])
    })

    test('a link: itself, then its aliases with latest', async () => {
      await door.log('model', 'first')
      await happened()
      await door.link('model', 'v0', 'approved', ['production'])
      const [link, ...aliases] = await happened()
      expect(link).toBe('LINK_ARTIFACT approved:v0')
      expect(aliases.sort()).toEqual([
        'ADD_ARTIFACT_ALIAS approved:v0 latest',
        'ADD_ARTIFACT_ALIAS approved:v0 production',
      ])
    })

    test('a link again: only its new aliases', async () => {
      await door.log('model', 'first')
      await door.link('model', 'v0', 'approved', ['production'])
      await happened()
      await door.link('model', 'v0', 'approved', ['production'])
      expect(await happened()).toEqual([])
      await door.link('model', 'v0', 'approved', ['production', 'eu'])
      expect(await happened()).toEqual(['ADD_ARTIFACT_ALIAS approved:v0 eu'])
    })

    test('the next link takes latest over', async () => {
      await door.log('model', 'first')
      await door.log('model', 'second')
      await door.link('model', 'v0', 'approved')
      await happened()
      await door.link('model', 'v1', 'approved')
      expect(await happened()).toEqual([
        'LINK_ARTIFACT approved:v1',
        'REMOVE_ARTIFACT_ALIAS approved:v0 latest to v1',
        'ADD_ARTIFACT_ALIAS approved:v1 latest from v0',
      ])
    })

    test('an alias added, moved and removed; the same again is nothing', async () => {
      await door.log('model', 'first')
      await door.log('model', 'second')
      await happened()
      await door.addAlias('model', 'v0', 'production')
      expect(await happened()).toEqual(['ADD_ARTIFACT_ALIAS model:v0 production'])
      await door.addAlias('model', 'v0', 'production')
      expect(await happened()).toEqual([])
      await door.addAlias('model', 'v1', 'production')
      expect(await happened()).toEqual([
        'REMOVE_ARTIFACT_ALIAS model:v0 production to v1',
        'ADD_ARTIFACT_ALIAS model:v1 production from v0',
      ])
      await door.removeAlias('model', 'v1', 'production')
      expect(await happened()).toEqual(['REMOVE_ARTIFACT_ALIAS model:v1 production'])
    })

    test('an unlink: each alias it had, then itself', async () => {
      await door.log('model', 'first')
      await door.link('model', 'v0', 'approved', ['production'])
      await happened()
      await door.unlink('approved', 'v0')
      const all = await happened()
      expect(all.at(-1)).toBe('UNLINK_ARTIFACT approved:v0')
      expect(all.slice(0, -1).sort()).toEqual([
        'REMOVE_ARTIFACT_ALIAS approved:v0 latest',
        'REMOVE_ARTIFACT_ALIAS approved:v0 production',
      ])
    })

    test('an unlink and a deletion are filtered by the aliases there were', async () => {
      const scope = { type: 'project', project: project.project }
      const matching = { scope, filter: { alias: 'production' } }
      const unlinked = await givenAutomation(project.entity, { ...matching, event: 'UNLINK_ARTIFACT' })
      const deleted = await givenAutomation(project.entity, { ...matching, event: 'DELETE_ARTIFACT' })
      for (const content of ['first', 'second', 'third']) await door.log('model', content)
      await door.link('model', 'v0', 'approved', ['production'])
      await door.link('model', 'v1', 'approved')
      await door.unlink('approved', 'v1')
      expect(await firings(unlinked)).toBe(0)
      await door.unlink('approved', 'v0')
      expect(await firings(unlinked)).toBe(1)
      await door.addAlias('model', 'v0', 'production')
      await door.deleteVersion('model', 'v1')
      expect(await firings(deleted)).toBe(0)
      await door.deleteVersion('model', 'v0')
      expect(await firings(deleted)).toBe(1)
    })

    test('deletion of a version: all it loses everywhere, then one deletion', async () => {
      await door.log('model', 'first', { aliases: ['best'] })
      await door.link('model', 'v0', 'approved')
      await happened()
      await door.deleteVersion('model', 'v0')
      const all = await happened()
      expect(all.at(-1)).toBe('DELETE_ARTIFACT model:v0')
      expect(all.slice(0, -1).sort()).toEqual([
        'REMOVE_ARTIFACT_ALIAS approved:v0 latest',
        'REMOVE_ARTIFACT_ALIAS model:v0 best',
        'REMOVE_ARTIFACT_ALIAS model:v0 latest',
        'UNLINK_ARTIFACT approved:v0',
        'UNLINK_ARTIFACT model:v0',
      ])
    })

    test('deletion of a sequence: the same for each of its versions', async () => {
      await door.log('model', 'first')
      await door.log('model', 'second')
      await door.link('model', 'v1', 'approved')
      await happened()
      await door.deleteCollection('model')
      expect((await happened()).sort()).toEqual([
        'DELETE_ARTIFACT model:v0',
        'DELETE_ARTIFACT model:v1',
        'REMOVE_ARTIFACT_ALIAS approved:v0 latest',
        'REMOVE_ARTIFACT_ALIAS model:v1 latest',
        'UNLINK_ARTIFACT approved:v0',
        'UNLINK_ARTIFACT model:v0',
        'UNLINK_ARTIFACT model:v1',
      ])
    })

    test('deletion of a portfolio: its links, and no artifact', async () => {
      await door.log('model', 'first')
      await door.link('model', 'v0', 'approved')
      await happened()
      await door.deleteCollection('approved')
      expect(await happened()).toEqual(['REMOVE_ARTIFACT_ALIAS approved:v0 latest', 'UNLINK_ARTIFACT approved:v0'])
    })

    test('a tag on an artifact: one event that names all its places, and fires once', async () => {
      await door.log('model', 'first')
      await door.link('model', 'v0', 'approved')
      await happened()
      await door.tag('approved', 'v0', 'checked')
      expect(await happened()).toEqual(['ADD_ARTIFACT_TAG model:v0+approved:v0 checked'])
      await door.tag('model', 'v0', 'checked')
      expect(await happened()).toEqual([])
      await door.untag('model', 'v0', 'checked')
      expect(await happened()).toEqual(['REMOVE_ARTIFACT_TAG model:v0+approved:v0 checked'])
      await door.untag('model', 'v0', 'checked')
      expect(await happened()).toEqual([])
    })

    test('a tag on a collection', async () => {
      await door.log('model', 'first')
      await happened()
      await door.tagCollection('model', 'team-a')
      expect(await happened()).toEqual(['ADD_COLLECTION_TAG model team-a'])
      await door.tagCollection('model', 'team-a')
      expect(await happened()).toEqual([])
      await door.untagCollection('model', 'team-a')
      expect(await happened()).toEqual(['REMOVE_COLLECTION_TAG model team-a'])
      await door.untagCollection('model', 'team-a')
      expect(await happened()).toEqual([])
    })
  })
})

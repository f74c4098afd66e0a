/**
 * `tripline import wandb`, from one running server to another: the command as people call it, in a process of its own.
 */
import { execFile } from 'node:child_process'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { COMPILE_CACHE } from './support/compile-cache.ts'
import { collectionPath, givenCommitted, givenProject, log, md5, type ProjectName } from './support/given-artifacts.ts'
import {
  callerWith,
  givenOrganization,
  givenTeam,
  givenUser,
  givenWebhook,
  unique,
} from './support/given-automations.ts'
import { asAdmin, automationsOn, between, collectionOn, download, importFrom, keys, made } from './support/importing.ts'
import { type EngineName, forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { runTripline } from './support/tripline-process.ts'

const COPIES_MS_MAX = 60_000

type Version = {
  version: string
  digest: string
  aliases: string[]
  tags: string[]
  description: string | null
  metadata: Record<string, unknown>
  createdAt: string
  size: number
}

forEachEngine((engine: EngineName) => {
  let source: TestServer
  let target: TestServer

  beforeAll(async () => {
    source = await startTestServer('sqlite')
    target = await startTestServer(engine)
  })
  afterAll(async () => {
    await source[Symbol.asyncDispose]()
    await target[Symbol.asyncDispose]()
  })

  /** A team that both servers have, with a project on the source. */
  async function givenMoving(): Promise<ProjectName> {
    const entity = await givenTeam(source)
    await made(target.rest('POST', '/teams', { name: entity }))
    return givenProject(source, entity)
  }

  test('versions come over with their bytes, numbers, times, words, tags and aliases; gaps stay gaps', async () => {
    const at = await givenMoving()
    const described = { description: 'the first', metadata: { loss: 0.5, nested: { a: [1] } }, tags: ['eu data'] }
    await log(source, at, 'churn', { ...described, aliases: ['staging'], files: { 'a/w.bin': 'one', 'empty.txt': '' } })
    for (const text of ['two', 'three', 'four']) {
      await log(source, at, 'churn', { files: { 'a/w.bin': text, 'empty.txt': '' }, aliases: [`is-${text}`] })
    }
    await made(source.rest('DELETE', `${collectionPath(at, 'churn')}/versions/v1?deleteAliases=true`))
    await made(source.rest('PUT', `${collectionPath(at, 'churn')}/aliases/production`, { version: 'v2' }))
    await made(source.rest('PATCH', collectionPath(at, 'churn'), { description: 'Who leaves.' }))
    await source.world.db.transaction(async (tx) => {
      await tx
        .updateTable('artifacts')
        .set({ created_at: 1_600_000_000_000 })
        .where('sequence_name', '=', 'churn')
        .execute()
    })

    const { code, report, output } = await importFrom(source, target, [`${at.entity}/${at.project}`])
    expect(report.problems, output).toEqual([])
    expect(code).toBe(0)
    expect(report.versions).toEqual({ copied: 3, there: 0, left: 0 })

    const there = await collectionOn(target, at, 'churn')
    expect(there).toEqual(await collectionOn(source, at, 'churn'))
    expect(there.artifacts.edges.map(({ version }: Version) => version)).toEqual(['v3', 'v2', 'v0'])
    expect(there.artifacts.edges[2].node.createdAt).toBe('2020-09-13T12:26:40.000Z')
    expect(await download(target, at, 'churn', 'production', 'a/w.bin')).toBe('three')
    expect(await download(target, at, 'churn', 'staging', 'empty.txt')).toBe('')

    // The next number is the one that the source would give.
    const next = await log(target, at, 'churn', { files: { 'a/w.bin': 'five' } })
    expect(next.body, next.text).toMatchObject({ version: 'v4' })
  })

  test('again it copies nothing, but what is new, and moves aliases that moved', async () => {
    const at = await givenMoving()
    await log(source, at, 'churn', { aliases: ['production'], files: { 'w.bin': 'same', 'x.bin': unique('x') } })
    await importFrom(source, target, [at.entity])
    expect((await importFrom(source, target, [at.entity])).report).toMatchObject({
      versions: { copied: 0, there: 1, left: 0 },
      files: { copied: 0, bytes: 0 },
      aliases: 0,
      tags: 0,
      problems: [],
    })

    await log(source, at, 'churn', {
      aliases: ['production'],
      tags: ['new'],
      files: { 'w.bin': 'same', 'x.bin': 'other' },
    })
    const { report } = await importFrom(source, target, [at.entity])
    // The bytes of `w.bin` are in the collection already.
    expect(report).toMatchObject({ versions: { copied: 1, there: 1 }, files: { copied: 1, bytes: 5 }, aliases: 2 })
    expect(await collectionOn(target, at, 'churn')).toEqual(await collectionOn(source, at, 'churn'))
  })

  test('what is imported is recorded, and fires no automations unless it is told to', async () => {
    const at = await givenMoving()
    await made(target.rest('POST', `/projects/${at.entity}`, { name: at.project }))
    const webhook = await givenWebhook(target, at.entity)
    await made(
      target.rest('POST', `/entities/${at.entity}/automations`, {
        name: 'deploy',
        event: 'ADD_ARTIFACT_ALIAS',
        scope: { type: 'project', project: at.project },
        action: { type: 'webhook', webhook },
      }),
    )
    const fired = async () => {
      const rows = await target.world.db.read
        .selectFrom('executions')
        .innerJoin('automations', 'automations.id', 'executions.automation_id')
        .innerJoin('entities', 'entities.id', 'automations.entity_id')
        .where('entities.name', '=', at.entity)
        .select('executions.id')
        .execute()
      return rows.length
    }
    await log(source, at, 'churn')
    await importFrom(source, target, [at.entity])
    expect(await fired()).toBe(0)
    const feed = await target.rest('GET', `/entities/${at.entity}/events`, undefined, asAdmin)
    expect(
      feed.body.items.map(({ type, actor }: { type: string; actor: { via: string } }) => [type, actor.via]),
    ).toEqual([
      ['CREATE_ARTIFACT', 'import'],
      ['ADD_ARTIFACT_ALIAS', 'import'],
    ])
    const explained = await target.rest('GET', `/events/${feed.body.items[1].id}/explanation`, undefined, asAdmin)
    expect(explained.body.items, explained.text).toMatchObject([{ verdict: 'imported' }])

    await log(source, at, 'churn')
    await importFrom(source, target, [at.entity, '--fire'])
    expect(await fired()).toBe(1)
  })

  test('registries and other links come over with their own numbers, once what is linked has', async () => {
    const organization = await givenOrganization(source)
    await made(target.rest('POST', '/organizations', { name: organization }))
    const entity = await givenTeam(source, organization)
    const renamed = unique('renamed')
    await made(target.rest('POST', '/teams', { name: renamed, organization }))
    const at = await givenProject(source, entity)
    const registry = { entity: organization, project: 'wandb-registry-models' }
    const upsert = `mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { inserted } }`
    const input = {
      entityName: organization,
      name: registry.project,
      description: 'What is used.',
      access: 'RESTRICTED',
      allowAllArtifactTypesInRegistry: false,
      artifactTypes: [{ name: 'model' }],
    }
    expect((await source.graphql(upsert, { input }, asAdmin)).status).toBe(200)
    for (const text of ['one', 'two', 'three']) await log(source, at, 'churn', { files: { 'w.bin': text } })
    const link = async (version: string, to: ProjectName, aliases: string[] = []) => {
      const { data } = await source.graphql(
        `query ($entity: String, $project: String, $name: String!) {
          project(name: $project, entityName: $entity) { artifactCollectionMembership(name: $name) { artifact { id } } } }`,
        { ...at, name: `churn:${version}` },
      )
      const artifactID = data.project.artifactCollectionMembership.artifact.id
      const linked = await source.graphql(
        `mutation ($input: LinkArtifactInput!) { linkArtifact(input: $input) { versionIndex
          artifactMembership { artifactCollection { id } } } }`,
        {
          input: {
            artifactID,
            entityName: to.entity,
            projectName: to.project,
            artifactPortfolioName: 'Churn',
            aliases: aliases.map((alias) => ({ artifactCollectionName: 'Churn', alias })),
          },
        },
        asAdmin,
      )
      expect(linked.status, JSON.stringify(linked.errors)).toBe(200)
      return { artifactID, artifactPortfolioID: linked.data.linkArtifact.artifactMembership.artifactCollection.id }
    }
    await link('v2', registry)
    const lost = await link('v1', registry)
    await link('v0', registry, ['production'])
    await link('v1', at)
    const unlink = `mutation ($input: UnlinkArtifactInput!) { unlinkArtifact(input: $input) { success } }`
    expect((await source.graphql(unlink, { input: lost }, asAdmin)).status).toBe(200)
    const tag = `mutation ($input: CreateArtifactCollectionTagAssignmentsInput!) {
      createArtifactCollectionTagAssignments(input: $input) { tags { name } } }`
    const tags = {
      entityName: organization,
      projectName: registry.project,
      artifactCollectionName: 'Churn',
      tags: [{ tagName: 'approved' }],
    }
    expect((await source.graphql(tag, { input: tags }, asAdmin)).status).toBe(200)

    const webhook = await givenWebhook(source, organization, { name: 'ci' })
    await givenWebhook(target, organization, { name: 'ci' })
    const inRegistry = { project: registry.project, collection: 'Churn' }
    const automation = (name: string, event: string, scope: object) =>
      made(
        source.rest('POST', `/entities/${organization}/automations`, {
          name,
          event,
          scope,
          filter: event === 'LINK_ARTIFACT' ? null : { alias: 'production' },
          action: { type: 'webhook', webhook, payload: { version: '${artifact_version}' } },
        }),
      )
    await automation('of the registry', 'LINK_ARTIFACT', { type: 'project', project: registry.project })
    await automation('of a collection in it', 'ADD_ARTIFACT_ALIAS', { type: 'collection', ...inRegistry })
    await automation('of all registries', 'ADD_ARTIFACT_ALIAS', { type: 'entity' })

    const mapped = ['--map', `${entity}=${renamed}`]
    const alone = await importFrom(source, target, [organization, ...mapped])
    expect(alone.code).toBe(1)
    expect(alone.report.links).toEqual({ made: 0, there: 0, left: 2 })
    // What one of them is about comes with the first version of it.
    expect(alone.report.automations, alone.output).toEqual({ made: 2, there: 0, left: 1 })
    expect(alone.report.problems[0]?.message).toContain(`${entity}/${at.project}/churn:v2 is not on the target`)

    const both = await importFrom(source, target, [organization, entity, ...mapped])
    expect([both.code, both.report.problems], both.output).toEqual([0, []])
    expect(both.report).toMatchObject({ versions: { copied: 3 }, links: { made: 3, there: 0, left: 0 } })
    expect(both.report.automations, both.output).toEqual({ made: 1, there: 2, left: 0 })
    const there = await collectionOn(target, registry, 'Churn')
    expect(there).toEqual(await collectionOn(source, registry, 'Churn'))
    expect(there.artifacts.edges.map(({ version }: Version) => version)).toEqual(['v2', 'v0'])
    const ofProject = await collectionOn(target, { ...at, entity: renamed }, 'Churn')
    expect(ofProject).toEqual(await collectionOn(source, at, 'Churn'))
    const registryOn = (server: TestServer) =>
      server.graphql(
        `query ($entity: String, $project: String) { project(name: $project, entityName: $entity) { description access
          allowAllArtifactTypesInRegistry artifactTypes(includeAll: true) { edges { node { name } } } } }`,
        registry,
        asAdmin,
      )
    expect(await registryOn(target)).toEqual(await registryOn(source))
    const automations = await automationsOn(target, organization)
    expect(automations).toEqual(await automationsOn(source, organization))
    expect(automations).toMatchObject([
      { name: 'of a collection in it', scope: { type: 'collection', ...inRegistry } },
      { name: 'of all registries', scope: { type: 'entity' } },
      { name: 'of the registry', scope: { type: 'registry', project: registry.project } },
    ])
    const again = await importFrom(source, target, [organization, entity, ...mapped])
    expect(again.report).toMatchObject({
      versions: { copied: 0 },
      links: { made: 0, there: 3, left: 0 },
      aliases: 0,
      automations: { made: 0, there: 3, left: 0 },
    })
  })

  test('collections without versions come over with their type, words and tags, in registries as well', async () => {
    const at = await givenMoving()
    const organization = await givenOrganization(source)
    await made(target.rest('POST', '/organizations', { name: organization }))
    await made(source.rest('POST', `/projects/${organization}`, { name: 'shelf', registry: true }))
    const registry = { entity: organization, project: 'wandb-registry-shelf' }
    const places = [
      { ...at, name: 'later', type: 'dataset', kind: 'SEQUENCE' },
      { ...at, name: 'chosen', type: 'model', kind: 'PORTFOLIO' },
      { ...registry, name: 'Best', type: 'model', kind: 'PORTFOLIO' },
    ]
    for (const { entity, project, ...about } of places) {
      const path = `/projects/${entity}/${project}/collections`
      await made(source.rest('POST', path, { ...about, description: `What ${about.name} is.` }))
      await made(source.rest('PUT', `${path}/${about.name}/tags/planned`))
    }
    // One that had versions is as empty.
    await log(source, at, 'emptied')
    await made(source.rest('DELETE', `${collectionPath(at, 'emptied')}/versions/v0?deleteAliases=true`))

    const look = await importFrom(source, target, [at.entity, organization, '--dry-run'])
    expect(look.report, look.output).toMatchObject({ collections: 4, emptyCollections: 4, problems: [] })
    const first = await importFrom(source, target, [at.entity, organization])
    expect([first.code, first.report.emptyCollections], first.output).toEqual([0, 4])
    for (const { entity, project, name, type, kind } of places) {
      const path = `/projects/${entity}/${project}/collections/${name}`
      const there = await target.rest('GET', path, undefined, asAdmin)
      const words = { description: `What ${name} is.`, tags: ['planned'], latestVersion: null }
      expect(there.body, there.text).toMatchObject({ name, type, kind, ...words })
    }
    const again = await importFrom(source, target, [at.entity, organization])
    expect(again.report).toMatchObject({ emptyCollections: 0, tags: 0, problems: [] })
  })

  test('the run that logged a version comes over by its name, once, and finished', async () => {
    const at = await givenMoving()
    for (const text of ['one', 'two', 'three']) await log(source, at, 'churn', { files: { 'w.bin': text } })
    const upsert = `mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }`
    const input = { entityName: at.entity, modelName: at.project, name: 'r4nd0m', displayName: 'brave-fox-1' }
    expect((await source.graphql(upsert, { input })).status).toBe(200)
    await source.world.db.transaction(async (tx) => {
      const { id } = await tx.selectFrom('runs').select('id').where('name', '=', 'r4nd0m').executeTakeFirstOrThrow()
      const logged = await tx
        .selectFrom('artifacts')
        .innerJoin('projects', 'projects.id', 'artifacts.project_id')
        .innerJoin('entities', 'entities.id', 'projects.entity_id')
        .where('entities.name', '=', at.entity)
        .select('artifacts.id')
        .orderBy('artifacts.id')
        .limit(2)
        .execute()
      const ids = logged.map((artifact) => artifact.id)
      await tx.updateTable('artifacts').set({ run_id: id }).where('id', 'in', ids).execute()
    })
    const { code, report, output } = await importFrom(source, target, [at.entity])
    expect([code, report.runs, report.problems], output).toEqual([0, 1, []])
    const creators = `query ($entity: String, $project: String) { project(name: $project, entityName: $entity) {
      run(name: "r4nd0m") { state displayName outputArtifacts { edges { node { versionIndex } } } }
      artifactType(name: "model") { artifactCollection(name: "churn") { artifacts { edges { version node {
        createdBy { __typename ... on Run { name } } } } } } } } }`
    const { data, errors } = await target.graphql(creators, at, asAdmin)
    expect(errors).toBeUndefined()
    const { run, artifactType } = data.project
    expect(run).toMatchObject({ state: 'finished', displayName: 'brave-fox-1' })
    expect(run.outputArtifacts.edges).toHaveLength(2)
    expect(artifactType.artifactCollection.artifacts.edges).toMatchObject([
      { version: 'v2', node: { createdBy: { __typename: 'User' } } },
      { version: 'v1', node: { createdBy: { name: 'r4nd0m' } } },
      { version: 'v0', node: { createdBy: { name: 'r4nd0m' } } },
    ])
    expect((await importFrom(source, target, [at.entity])).report).toMatchObject({ runs: 0, problems: [], notes: [] })
  })

  test('what differs on the target and stays is said: settings of a registry, words of versions, times to live', async () => {
    const at = await givenMoving()
    const organization = await givenOrganization(source)
    await made(target.rest('POST', '/organizations', { name: organization }))
    const registry = { name: 'shelf', registry: true }
    const restricted = { ...registry, access: 'RESTRICTED', artifactTypes: ['model'] }
    await made(source.rest('POST', `/projects/${organization}`, restricted))
    await made(target.rest('POST', `/projects/${organization}`, registry))
    await log(source, at, 'churn', { metadata: { a: 1, b: { c: 2, d: 3 } } })
    await made(source.rest('PATCH', collectionPath(at, 'churn'), { timeToLive: 86_400 }))
    const first = await importFrom(source, target, [at.entity, organization])
    expect([first.code, first.report.notes], first.output).toEqual([
      0,
      [
        `${at.entity}/${at.project}/churn or its team gives versions a time to live of 86400 seconds on the source, which is not copied: on the target the setting there decides for v0.`,
        `${organization}/wandb-registry-shelf is for all of the organization, and stays so; on the source it is restricted: change it by hand.`,
        `${organization}/wandb-registry-shelf takes all types, and stays so; on the source it takes the types model.`,
      ],
    ])
    await made(source.rest('PATCH', `${collectionPath(at, 'churn')}/versions/v0`, { description: 'Said later.' }))
    const again = await importFrom(source, target, [at.entity])
    expect(again.report.notes).toEqual([
      `${at.entity}/${at.project}/churn has another description, metadata or time to live on the target, which stay: v0.`,
    ])
  })

  test('references come over as they are, and those into artifacts lead to the copies', async () => {
    const at = await givenMoving()
    // Named so that what refers is read before what it refers to.
    const { body: pointed } = await log(source, at, 'z-data', { type: 'dataset', files: { 'rows.csv': '1,2' } })
    const { data } = await source.graphql(
      `query ($entity: String, $project: String) { project(name: $project, entityName: $entity) {
        artifactCollectionMembership(name: "z-data:v0") { artifact { id } } } }`,
      at,
    )
    const idOf = (id: string) => Buffer.from(id, 'base64').toString('hex')
    const inside = `wandb-artifact://${idOf(data.project.artifactCollectionMembership.artifact.id)}/rows.csv`
    await made(
      source.rest('POST', `${collectionPath(at, 'a-refers')}/versions`, {
        type: 'model',
        files: [
          { path: 'rows.csv', reference: inside, checksum: md5('1,2'), size: 3 },
          { path: 'far.bin', reference: 's3://bucket/far.bin', checksum: 'etag-1', size: 12 },
        ],
      }),
    )
    expect(pointed.version).toBe('v0')
    // So that ids differ between the two.
    await made(target.rest('POST', `/projects/${at.entity}`, { name: 'other' }))
    await log(target, { ...at, project: 'other' }, 'other')
    const { code, output } = await importFrom(source, target, [`${at.entity}/${at.project}`])
    expect(code, output).toBe(0)
    const there = await target.graphql(
      `query ($entity: String, $project: String) { project(name: $project, entityName: $entity) {
        data: artifactCollectionMembership(name: "z-data:v0") { artifact { id } }
        refers: artifactCollectionMembership(name: "a-refers:v0") { artifact { currentManifest { file { directUrl } } } } } }`,
      at,
      asAdmin,
    )
    const { refers, data: moved } = there.data.project
    const manifest = (await (await fetch(refers.artifact.currentManifest.file.directUrl)).json()) as {
      contents: object
    }
    expect(manifest.contents).toEqual({
      'far.bin': { digest: 'etag-1', size: 12, ref: 's3://bucket/far.bin' },
      'rows.csv': { digest: md5('1,2'), size: 3, ref: `wandb-artifact://${idOf(moved.artifact.id)}/rows.csv` },
    })
  })

  test('automations come over disabled, with the webhooks of their names; what is missing is said', async () => {
    const at = await givenMoving()
    await log(source, at, 'churn')
    for (const server of [source, target]) {
      const secret = { value: 'a secret of eight' }
      await made(server.rest('PUT', `/entities/${at.entity}/secrets/MY_TOKEN`, secret))
    }
    const token = { accessTokenSecret: 'MY_TOKEN' }
    const there = await givenWebhook(source, at.entity, { name: 'ci', ...token })
    const missing = await givenWebhook(source, at.entity, { name: 'chat' })
    await givenWebhook(target, at.entity, { name: 'ci', ...token })
    const automation = (name: string, more: object) =>
      made(
        source.rest('POST', `/entities/${at.entity}/automations`, {
          name,
          event: 'ADD_ARTIFACT_ALIAS',
          scope: { type: 'project', project: at.project },
          action: { type: 'nothing' },
          ...more,
        }),
      )
    await automation('deploys', {
      description: 'To production.',
      filter: { alias: { $in: ['production', 'canary'] } },
      scope: { type: 'collection', project: at.project, collection: 'churn' },
      action: { type: 'webhook', webhook: there, payload: { text: '${artifact_version_string} ${MY_TOKEN}' } },
    })
    await automation('tells', { action: { type: 'webhook', webhook: missing } })
    await automation('nothing', { enabled: false })
    for (const server of [source, target]) {
      const slack = { workspace: 'Acme', channel: '#ml' }
      const hook = { name: 'ml', url: 'https://hooks.slack.com/services/T0/B0/x', slack }
      await made(server.rest('POST', `/entities/${at.entity}/webhooks`, hook))
    }
    const notification = { type: 'notification', webhook: 'ml', title: 'New', message: 'Look.', severity: 'WARN' }
    await automation('says', { action: notification })
    const away = { workspace: 'Acme', channel: '#away' }
    const elsewhere = { name: 'away', url: 'https://hooks.slack.com/services/T0/B0/y', slack: away }
    await made(source.rest('POST', `/entities/${at.entity}/webhooks`, elsewhere))
    await automation('says elsewhere', { action: { ...notification, webhook: 'away' } })
    await automation('everywhere', { scope: { type: 'entity' } })

    const first = await importFrom(source, target, [at.entity])
    expect(first.code).toBe(1)
    expect(first.report.automations, first.output).toEqual({ made: 4, there: 0, left: 2 })
    expect(first.report.problems).toEqual([
      {
        what: `automation "tells" of ${at.entity}/${at.project}`,
        message: `"${at.entity}" has no webhook "chat" to 127.0.0.1:9: make it on the target, and import again`,
      },
      {
        what: `automation "says elsewhere" of ${at.entity}/${at.project}`,
        message: `"${at.entity}" has no Slack integration for the channel "#away": make it on the target, and import again`,
      },
    ])
    expect(first.report.notes).toContain(
      `Secrets are not readable on the source: check the access token and signing secret of webhook "ci" in "${at.entity}"; payloads name MY_TOKEN.`,
    )
    const ofEntity = `query ($entity: String!) { entity(name: $entity) { triggers { edges { node { name description enabled
      scope { __typename } triggeringCondition { eventType filter } triggeredAction { __typename
      ... on GenericWebhookTriggeredAction { requestPayload integration { ... on GenericWebhookIntegration { name } } }
      ... on NotificationTriggeredAction { title message severity integration { ... on SlackIntegration { channelName } } } } } } } } }`
    type Trigger = { name: string; enabled: boolean }
    const triggersOn = async (server: TestServer): Promise<Trigger[]> => {
      const { data } = await server.graphql(ofEntity, { entity: at.entity }, asAdmin)
      const nodes: Trigger[] = data.entity.triggers.edges.map(({ node }: { node: Trigger }) => node)
      return nodes.sort((one, other) => one.name.localeCompare(other.name))
    }
    const theirs = await triggersOn(source)
    const disabled = theirs.map((trigger) => ({ ...trigger, enabled: false }))
    expect(await triggersOn(target)).toEqual(
      disabled.filter(({ name }) => name !== 'tells' && name !== 'says elsewhere'),
    )

    await givenWebhook(target, at.entity, { name: 'chat' })
    await made(target.rest('POST', `/entities/${at.entity}/webhooks`, elsewhere))
    const second = await importFrom(source, target, [at.entity, '--enable-automations'])
    expect([second.code, second.report.automations], second.output).toEqual([0, { made: 2, there: 4, left: 0 }])
    expect(await triggersOn(target)).toEqual(
      theirs.map((trigger) => ({ ...trigger, enabled: trigger.name === 'tells' || trigger.name === 'says elsewhere' })),
    )
  })

  test('a dry run says what would be copied, and changes nothing', async () => {
    const at = await givenMoving()
    await log(source, at, 'churn', { files: { 'w.bin': '12345' } })
    const command = runTripline(
      ['import', 'wandb', at.entity, ...between(source, target), '--dry-run'],
      keys(source, target),
    )
    expect((await command.ended).code, command.output()).toBe(0)
    expect(command.output()).toContain('1 to copy, 0 there already, 0 left')
    expect(command.output()).toContain('up to 5 B')
    expect((await target.rest('GET', `/projects/${at.entity}/${at.project}`, undefined, asAdmin)).status).toBe(404)
  })

  test('what the target has under a number already is left alone, and said', async () => {
    const at = await givenMoving()
    await made(target.rest('POST', `/projects/${at.entity}`, { name: at.project }))
    await log(source, at, 'churn', { files: { 'w.bin': 'theirs' } })
    await log(source, at, 'churn', { files: { 'w.bin': 'newer' } })
    await log(target, at, 'churn', { files: { 'w.bin': 'ours' } })
    const { code, report } = await importFrom(source, target, [at.entity])
    expect(code).toBe(1)
    expect(report).toMatchObject({
      versions: { copied: 1, there: 0, left: 1 },
      problems: [
        {
          what: `${at.entity}/${at.project}/churn:v0`,
          message: 'the target has other content under this number',
        },
      ],
    })
    expect(await download(target, at, 'churn', 'v0', 'w.bin')).toBe('ours')
    expect(await download(target, at, 'churn', 'latest', 'w.bin')).toBe('newer')
  })

  test(
    'bytes that are not what the manifest says are not taken, and hold up their collection alone',
    async () => {
      const at = await givenMoving()
      await log(source, at, 'broken', { files: { 'w.bin': 'first' } })
      await log(source, at, 'broken', { files: { 'w.bin': 'second' } })
      await log(source, at, 'whole')
      const [entry] = await source.world.db.read
        .selectFrom('manifest_entries')
        .where('digest', '=', md5('first'))
        .selectAll()
        .execute()
      const blob = globSync(`**/*${entry!.blob_key}*`, { cwd: source.env.TRIPLINE_DATA_DIR! })
      expect(blob).toHaveLength(1)
      writeFileSync(join(source.env.TRIPLINE_DATA_DIR!, blob[0]!), 'fIrst')
      const first = await importFrom(source, target, [at.entity])
      expect(first.code).toBe(1)
      expect(first.report.versions, first.output).toEqual({ copied: 1, there: 0, left: 2 })
      expect(first.report.problems).toEqual([
        {
          what: `${at.entity}/${at.project}/broken:v0`,
          message: 'the bytes of "w.bin" did not arrive as the manifest has them',
        },
      ])
      expect(await collectionOn(target, at, 'broken')).toBeNull()

      const second = await importFrom(source, target, [at.entity, '--skip-broken'])
      expect(second.report.versions).toEqual({ copied: 1, there: 1, left: 1 })
      expect(await download(target, at, 'broken', 'v1', 'w.bin')).toBe('second')
    },
    COPIES_MS_MAX,
  )

  test('only administrators of the server may say that they import', async () => {
    const { key } = await givenUser(target)
    const header = { headers: { 'x-tripline-import': 'true' }, key }
    expect((await target.rest('GET', '/viewer', undefined, header)).status).toBe(403)
    const commit = `mutation ($id: ID!) { commitArtifact(input: {artifactID: $id,
      imported: {versionIndex: 3, createdAt: "2020-01-01T00:00:00Z"}}) { artifact { id } } }`
    const refused = await target.graphql(commit, { id: Buffer.from('Artifact:1').toString('base64') }, { key })
    expect([refused.status, refused.errors?.[0]?.extensions?.code]).toEqual([403, 'forbidden'])
  })

  test('keys come from files as well, are never shown, and a wrong one ends it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tripline-keys-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'key')
    writeFileSync(file, `${target.adminKey}\n`)
    const at = await givenMoving()
    const args = ['import', 'wandb', at.entity, ...between(source, target), '--to-key-file', file]
    const right = runTripline(args, { TRIPLINE_IMPORT_FROM_KEY: source.adminKey })
    expect((await right.ended).code, right.output()).toBe(0)
    const wrongKey = 'w'.repeat(40)
    const wrong = runTripline(args, { TRIPLINE_IMPORT_FROM_KEY: wrongKey })
    expect((await wrong.ended).code).toBe(1)
    for (const output of [right.output(), wrong.output()]) {
      for (const key of [source.adminKey, target.adminKey, wrongKey]) expect(output).not.toContain(key)
    }
    const none = runTripline(args)
    expect((await none.ended).code).toBe(2)
    expect(none.output()).toContain('set TRIPLINE_IMPORT_FROM_KEY')
  })

  describe('killed in the middle', () => {
    test(
      'it goes on where it ended: nothing is doubled, nothing lost, what had arrived is not copied again',
      async () => {
        const at = await givenMoving()
        // Larger than what is noted only with its version: what of a version has arrived is known file by file.
        const text = 'x'.repeat(300_000)
        for (let version = 0; version < 3; version += 1) {
          const files = Object.fromEntries(
            Array.from({ length: 24 }, (_, index) => [`part-${index}`, `${version} ${index} ${text}`]),
          )
          const caller = { ...(await callerWith(source, source.adminKey, 'wandb')), adminEverywhere: true }
          await givenCommitted(source, caller, {
            ...at,
            collection: 'parts',
            files,
            aliases: ['latest', `a${version}`],
          })
        }
        const selection = `${at.entity}/${at.project}`
        const arrived = async () =>
          (
            await target.world.db.read
              .selectFrom('artifact_files')
              .innerJoin('artifacts', 'artifacts.id', 'artifact_files.artifact_id')
              .where('artifacts.sequence_name', '=', 'parts')
              .where('artifacts.state', '=', 'PENDING')
              .where('artifact_files.size', 'is not', null)
              .select('artifacts.id')
              .execute()
          ).length
        let kills = 0
        let inTheMiddle = 0
        for (const committed of [0, 1, 2]) {
          const command = runTripline(
            ['import', 'wandb', selection, ...between(source, target), '--files-at-once', '1'],
            keys(source, target),
          )
          const before = await arrived()
          const isOver = command.ended.then(() => true)
          const isMidway = async () =>
            (await arrived()) >= before + 5 && command.output().includes(committed === 0 ? '' : 'copied')
          for (;;) {
            if (await isMidway()) {
              // On a busy machine the version may be whole by the time its count is here: so hold still and look again.
              command.kill('SIGSTOP')
              if (await isMidway()) break
              command.kill('SIGCONT')
            }
            if (await Promise.race([isOver, new Promise((resolve) => setTimeout(resolve, 2))])) break
          }
          command.kill('SIGKILL')
          if ((await command.ended).signal === 'SIGKILL') kills += 1
          if ((await arrived()) > 0) inTheMiddle += 1
        }
        expect(kills).toBeGreaterThan(0)
        expect(inTheMiddle).toBeGreaterThan(0)
        // What was on its way when the last one died still arrives.
        let there = await arrived()
        for (let before = -1; before !== there; there = await arrived()) {
          before = there
          await new Promise((resolve) => setTimeout(resolve, 300))
        }
        const pending = (await collectionOn(target, at, 'parts'))?.artifacts.edges.length ?? 0

        const { code, report, output } = await importFrom(source, target, [selection])
        expect([code, report.problems], output).toEqual([0, []])
        expect(report.versions.copied + report.versions.there).toBe(3)
        expect(report.files.copied).toBe((3 - pending) * 24 - there)
        expect(await collectionOn(target, at, 'parts')).toEqual(await collectionOn(source, at, 'parts'))
        expect(await download(target, at, 'parts', 'v2', 'part-23')).toBe(`2 23 ${text}`)
        const rows = await target.world.db.read
          .selectFrom('artifacts')
          .where('sequence_name', '=', 'parts')
          .select('state')
          .execute()
        expect(rows.map(({ state }) => state)).toEqual(['COMMITTED', 'COMMITTED', 'COMMITTED'])
      },
      COPIES_MS_MAX,
    )
  })

  describe('the guide', () => {
    const GUIDE = readFileSync(join(import.meta.dirname, '../docs/importing.md'), 'utf8')
    const BLOCKS = Object.fromEntries(
      [...GUIDE.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].map(([, name, script]) => [
        name as string,
        script as string,
      ]),
    )

    test(
      'is typed as it stands',
      async () => {
        expect(Object.keys(BLOCKS).sort()).toEqual(['again', 'copy', 'keys', 'look', 'map'])
        expect(GUIDE.match(/```sh/g)).toHaveLength(5)
        for (const server of [source, target]) {
          await made(server.rest('POST', '/organizations', { name: 'acme-org' }))
          await made(server.rest('POST', '/teams', { name: 'vision', organization: 'acme-org' }))
        }
        await made(target.rest('POST', '/teams', { name: 'vision-team' }))
        await made(source.rest('POST', '/projects/vision', { name: 'churn' }))
        await log(source, { entity: 'vision', project: 'churn' }, 'model')
        const upsert = `mutation { upsertModel(input: {entityName: "acme-org", name: "wandb-registry-models",
        access: "PRIVATE", allowAllArtifactTypesInRegistry: true}) { inserted } }`
        expect((await source.graphql(upsert, {}, asAdmin)).status).toBe(200)

        const directory = mkdtempSync(join(tmpdir(), 'tripline-guide-'))
        onTestFinished(() => rmSync(directory, { recursive: true }))
        writeFileSync(join(directory, 'source.key'), source.adminKey)
        writeFileSync(join(directory, 'target.key'), target.adminKey)
        const main = join(import.meta.dirname, '../src/cli/main.ts')
        writeFileSync(join(directory, 'tripline'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`)
        chmodSync(join(directory, 'tripline'), 0o755)
        const type = async (name: string) => {
          const script = `${BLOCKS.keys}${BLOCKS[name]}`
            .replaceAll('https://api.wandb.ai', source.url)
            .replaceAll('http://localhost:8080', target.url)
          const env = { PATH: `${directory}:${process.env.PATH}`, ...COMPILE_CACHE }
          const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
            cwd: directory,
            env,
          })
          return stdout
        }
        expect(await type('look')).toContain('1 to copy, 0 there already')
        expect(await type('copy')).toContain('projects     2, with 1 collections')
        expect(await type('map')).toContain('1 copied, 0 there already, 0 left')
        await type('again')
        const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'))
        expect(report.versions).toEqual({ copied: 0, there: 1, left: 0 })
      },
      COPIES_MS_MAX,
    )
  })
})

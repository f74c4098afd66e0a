/** Many writers on one collection: numbers without gaps, aliases that move in one chain, nothing twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import * as artifacts from '../src/artifacts/operations.ts'
import {
  collectionPath,
  givenProject,
  givenUploaded,
  givenVersion,
  inShort,
  type ProjectName,
  watchEvents,
} from './support/given-artifacts.ts'
import { callerWith, givenMember, givenTeam } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const WRITERS = 20

forEachEngine((engine) => {
  let server: TestServer
  let project: ProjectName
  let callers: Caller[]
  let key: string

  beforeAll(async () => {
    server = await startTestServer(engine)
    const team = await givenTeam(server)
    project = await givenProject(server, team)
    const members = [await givenMember(server, team, 'member'), await givenMember(server, team, 'member')]
    key = members[0]!.key
    callers = await Promise.all(members.map((member) => callerWith(server, member.key, 'wandb')))
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const writers = Array.from({ length: WRITERS }, (_, index) => index)
  const callerOf = (writer: number) => callers[writer % callers.length]!
  const collectionId = async (collection: string) =>
    (await artifacts.requireCollection(server.world, callers[0]!, { ...project, collection })).id

  async function versionsOf(collection: string) {
    const { items } = await artifacts.listVersions(server.world, callers[0]!, await collectionId(collection), {
      limit: 1_000,
    })
    return items
  }

  /** Every hand an alias went through, oldest first. */
  async function movesOf(collection: string, alias: string) {
    return server.world.db.read
      .selectFrom('alias_moves')
      .select(['from_version', 'from_artifact_id', 'to_version', 'to_artifact_id'])
      .where('collection_id', '=', await collectionId(collection))
      .where('alias', '=', alias)
      .orderBy('id')
      .execute()
  }

  /** That each move took the alias from where the one before had brought it. */
  function expectOneChain(moves: Awaited<ReturnType<typeof movesOf>>) {
    expect(moves[0]).toMatchObject({ from_version: null })
    for (const [index, move] of moves.slice(1).entries()) {
      const before = moves[index]!
      expect([move.from_version, move.from_artifact_id]).toEqual([before.to_version, before.to_artifact_id])
    }
  }

  test('writers who commit at once get numbers without gaps, and `latest` goes from hand to hand', async () => {
    const ids = await Promise.all(
      writers.map((writer) =>
        givenUploaded(server, callerOf(writer), {
          ...project,
          collection: 'busy',
          aliases: ['latest', `writer-${writer}`],
          files: { weights: `weights of ${writer}` },
        }),
      ),
    )
    const events = watchEvents(server)
    await events()

    // Each commits twice, as a client whose answer was lost would.
    const commits = ids.flatMap((id, writer) => [id, id].map((each) => [writer, each] as const))
    const committed = await Promise.all(
      commits.map(([writer, id]) => artifacts.commitArtifact(server.world, callerOf(writer), id)),
    )

    expect(new Set(committed.map((artifact) => artifact.version))).toEqual(new Set(writers))
    for (const [index, artifact] of committed.entries()) expect(artifact.id).toBe(commits[index]![1])
    for (const id of ids) {
      const manifest = await artifacts.manifestOf(server.world, callers[0]!, id)
      expect((await fetch(artifacts.directUrlOf(server.world, manifest!))).status).toBe(200)
    }
    const versions = await versionsOf('busy')
    expect(versions.map((membership) => membership.version)).toEqual(writers.toReversed())

    const moves = await movesOf('busy', 'latest')
    expect(moves.map((move) => move.to_version)).toEqual(writers)
    expectOneChain(moves)
    const latest = await server.rest('GET', `${collectionPath(project, 'busy')}/versions/latest`, undefined, { key })
    expect(latest.body.version).toBe(`v${WRITERS - 1}`)

    const told = (await events()).map(inShort)
    expect(told.filter((event) => event.startsWith('CREATE_ARTIFACT')).sort()).toEqual(
      writers.map((version) => `CREATE_ARTIFACT busy:v${version}`).sort(),
    )
    expect(told.filter((event) => event.startsWith('REMOVE_ARTIFACT_ALIAS'))).toHaveLength(WRITERS - 1)
    expect(new Set(told).size).toBe(told.length)
  })

  test('writers who log to a new collection at once share one', async () => {
    const created = await Promise.all(
      writers.map((writer) =>
        artifacts.createArtifact(server.world, callerOf(writer), {
          ...project,
          collection: 'brand-new',
          type: 'brand-new-type',
          run: null,
          digest: `${writer}`,
          deduplicate: true,
        }),
      ),
    )
    expect(new Set(created.map(({ collectionId }) => collectionId)).size).toBe(1)
    expect(new Set(created.map(({ artifactId }) => artifactId)).size).toBe(WRITERS)
  })

  test('an alias that everybody moves at once goes through every hand that got it, and ends in one', async () => {
    for (const version of writers.slice(0, 5))
      await givenVersion(server, project, 'moved', { files: { a: `${version}` } })
    const events = watchEvents(server)
    await events()

    const answers = await Promise.all(
      writers.map((writer) =>
        server.rest(
          'PUT',
          `${collectionPath(project, 'moved')}/aliases/production`,
          { version: `v${writer % 5}` },
          { key },
        ),
      ),
    )

    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const moves = await movesOf('moved', 'production')
    expectOneChain(moves)
    const told = (await events()).map(inShort)
    expect(told).toEqual(
      moves.flatMap(({ from_version: from, to_version: to }) =>
        from === null
          ? [`ADD_ARTIFACT_ALIAS moved:v${to} production`]
          : [
              `REMOVE_ARTIFACT_ALIAS moved:v${from} production to v${to}`,
              `ADD_ARTIFACT_ALIAS moved:v${to} production from v${from}`,
            ],
      ),
    )
    const holders = (await versionsOf('moved')).map((membership) => membership.id)
    const aliases = [...(await artifacts.aliasesOf(server.world, holders)).values()].flat()
    expect(aliases.filter(({ alias }) => alias === 'production')).toHaveLength(1)
  })

  test('linking one version from everywhere at once makes one link; linking many numbers them without gaps', async () => {
    const ids: number[] = []
    for (const version of writers.slice(0, 5)) {
      await givenVersion(server, project, 'source', { files: { a: `${version}` } })
      const name = { ...project, collection: 'source', version: `v${version}` }
      ids.push((await artifacts.requireVersion(server.world, callers[0]!, name)).artifactId)
    }
    const links = await Promise.all(
      writers.map((writer) =>
        artifacts.linkArtifact(server.world, callerOf(writer), {
          source: { artifactId: ids[writer % 5]! },
          target: { ...project, collection: 'linked' },
        }),
      ),
    )
    expect(new Set(links.map((link) => link.id)).size).toBe(5)
    expect((await versionsOf('linked')).map(({ version }) => version)).toEqual([4, 3, 2, 1, 0])
    const moves = await movesOf('linked', 'latest')
    expect(moves.map((move) => move.to_version)).toEqual([0, 1, 2, 3, 4])
    expectOneChain(moves)
  })

  test('changes that cross each other all end, and leave no alias or link without its version', async () => {
    const names = writers.slice(0, 6).map((version) => ({ ...project, collection: 'crossed', version: `v${version}` }))
    for (const { version } of names) await givenVersion(server, project, 'crossed', { files: { a: version } })
    const ids = await Promise.all(
      names.map(async (name) => (await artifacts.requireVersion(server.world, callers[0]!, name)).artifactId),
    )
    const target = { ...project, collection: 'crossed-links' }
    await artifacts.linkArtifact(server.world, callers[0]!, { source: { artifactId: ids[0]! }, target })

    const outcomes = await Promise.allSettled(
      ids.flatMap((artifactId, index) => {
        const caller = callerOf(index)
        return [
          artifacts.linkArtifact(server.world, caller, { source: { artifactId }, target, aliases: ['best'] }),
          artifacts.updateArtifact(server.world, caller, { artifactId, tagsToAdd: [`tag-${index}`] }),
          artifacts.addAliases(server.world, caller, {
            artifactId,
            aliases: [{ ...project, collection: 'crossed', alias: 'best' }],
          }),
          ...(index % 2 === 0
            ? [artifacts.deleteArtifact(server.world, caller, { artifactId, deleteAliases: true })]
            : []),
        ]
      }),
    )

    // What came too late for a deleted version says so, and nothing fails in any other way.
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'not_found' })
    }
    for (const collection of ['crossed', 'crossed-links']) {
      const artifactIds = (await versionsOf(collection)).map((membership) => membership.artifactId)
      expect([...(await artifacts.loadArtifacts(server.world, callers[0]!, artifactIds)).keys()].sort()).toEqual(
        [...artifactIds].sort(),
      )
      expect(artifactIds.filter((id) => ids.indexOf(id) % 2 === 0)).toEqual([])
      expectOneChain(await movesOf(collection, 'best'))
    }
  })

  test('however many wait to change one collection, what is about others goes on', async () => {
    const at = { ...project, alias: 'best', version: 'v0' }
    for (const collection of ['held', 'free']) await givenVersion(server, project, collection)
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>()
    const { promise: letGo, resolve: release } = Promise.withResolvers<void>()
    const id = await collectionId('held')
    const holding = server.world.db.transaction(async (tx) => {
      await tx.updateTable('collections').set({ description: 'held' }).where('id', '=', id).execute()
      hold()
      // On the embedded engine nobody waits: it has one writer, which does not wait for anything while it writes.
      if (server.world.db.engine.rowLocks) await letGo
    })
    await isHeld
    const waiting = writers.map((writer) =>
      artifacts.putAlias(server.world, callerOf(writer), { ...at, collection: 'held', alias: `alias-${writer}` }),
    )
    const moved = await artifacts.putAlias(server.world, callers[0]!, { ...at, collection: 'free' })
    expect(moved.version).toBe(0)
    release()
    await holding
    for (const { version } of await Promise.all(waiting)) expect(version).toBe(0)
  })
})

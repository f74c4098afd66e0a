/** Artifacts that several runs make together, and those that only say what they add to the newest version. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import {
  commitArtifact,
  createArtifact,
  createArtifactFiles,
  createManifest,
  deleteArtifact,
  giveUpAbandoned,
  listEntries,
} from '../src/artifacts/operations.ts'
import { encodeId } from '../src/graphql/ids.ts'
import { streamToRun, upsertRun } from '../src/runs/operations.ts'
import type { World } from '../src/world.ts'
import {
  clientManifest,
  collectionPath,
  givenCommitted,
  givenManifest,
  givenProject,
  givenUploaded,
  md5,
  type ProjectName,
  put,
} from './support/given-artifacts.ts'
import { callerWith, givenMember, givenTeam } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  let project: ProjectName
  let ann: Caller
  let annsKey: string
  let bob: Caller
  let viewer: Caller

  beforeAll(async () => {
    server = await startTestServer(engine)
    const team = await givenTeam(server)
    project = await givenProject(server, team)
    const given = async (role: 'member' | 'viewer') => {
      const { key } = await givenMember(server, team, role)
      return { key, caller: await callerWith(server, key, 'wandb') }
    }
    const member = await given('member')
    ann = member.caller
    annsKey = member.key
    bob = (await given('member')).caller
    viewer = (await given('viewer')).caller
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const begin = async (caller: Caller, name: string, more: { run?: string; aliases?: string[]; type?: string } = {}) =>
    (
      await createArtifact(server.world, caller, {
        ...project,
        ...{ collection: name, type: 'model', run: null, digest: 'a', deduplicate: true, distributedId: name },
        ...more,
      })
    ).artifactId
  const givenRun = async (run: string) => upsertRun(server.world, ann, { ...project, name: run })
  const part = (artifactId: number, run: string, digest = '') => ({
    ...{ artifactId, run, digest },
    ...({ kind: 'PATCH', name: 'wandb_manifest.patch.json', withUpload: digest !== '' } as const),
  })

  /** The run's part of the artifact, one file of the same name, uploaded. */
  async function givenPart(caller: Caller, artifactId: number, path: string): Promise<void> {
    await createManifest(server.world, caller, part(artifactId, path))
    const [place] = await createArtifactFiles(server.world, caller, [{ artifactId, path, digest: md5(path) }])
    if (place!.upload !== null) expect((await put(place!, path)).status).toBe(200)
    const text = clientManifest({ [path]: { digest: md5(path), size: path.length } })
    await givenManifest(server, caller, artifactId, text, { kind: 'PATCH', run: path })
  }

  async function pathsOf(artifactId: number): Promise<string[]> {
    const { items } = await listEntries(server.world, ann, { artifactId }, { limit: 100 })
    return items.map(({ path }) => path)
  }

  test('writers who come at once make one version, whoever of the project they are', async () => {
    const runs = Array.from({ length: 6 }, (_, at) => `at-once-${at}`)
    for (const run of runs) await givenRun(run)
    const callers = runs.map((_, at) => (at % 2 === 0 ? ann : bob))
    const begun = await Promise.all(runs.map((run, at) => begin(callers[at]!, 'at-once', { run, aliases: [run] })))
    const artifactId = begun[0]!
    expect(new Set(begun)).toEqual(new Set([artifactId]))
    await expect(begin(viewer, 'at-once')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(begin(ann, 'at-once', { type: 'dataset' })).rejects.toMatchObject({ code: 'artifact_type_mismatch' })
    await expect(createManifest(server.world, viewer, part(artifactId, runs[0]!))).rejects.toMatchObject({
      code: 'not_found',
    })
    await Promise.all(runs.map((run, at) => givenPart(callers[at]!, artifactId, run)))
    expect(await commitArtifact(server.world, bob, artifactId)).toMatchObject({ fileCount: 6, version: 0 })
    expect(await pathsOf(artifactId)).toEqual(runs)
    const { body } = await server.rest('GET', `${collectionPath(project, 'at-once')}/versions/v0`)
    expect(body.aliases.toSorted()).toEqual(runs)
    // What comes now begins another one.
    expect(await begin(ann, 'at-once')).not.toBe(artifactId)
    await expect(createManifest(server.world, bob, part(artifactId, runs[0]!))).rejects.toMatchObject({
      code: 'artifact_not_pending',
    })
  })

  test('a part that its run is still uploading is waited for, until that run ends', async () => {
    for (const run of ['early', 'late', 'lost']) await givenRun(run)
    const artifactId = await begin(ann, 'waiting')
    await givenPart(ann, artifactId, 'early')
    const placeholder = await createManifest(server.world, ann, part(artifactId, 'late'))
    expect(await createManifest(server.world, ann, part(artifactId, 'late'))).toEqual(placeholder)
    await createManifest(server.world, ann, part(artifactId, 'lost'))
    const refused = { code: 'artifact_incomplete', message: expect.stringMatching(/The run "(late|lost)"/) }
    await expect(commitArtifact(server.world, ann, artifactId)).rejects.toMatchObject(refused)
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${annsKey}` },
      body: JSON.stringify({
        query: 'mutation ($id: ID!) { commitArtifact(input: { artifactID: $id }) { artifact { id } } }',
        variables: { id: encodeId('Artifact', artifactId) },
      }),
    })
    // With a hint the client would try twenty times in as many seconds; without one it asks for a quarter of an hour.
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, null])

    await givenPart(ann, artifactId, 'late')
    await expect(commitArtifact(server.world, ann, artifactId)).rejects.toMatchObject(refused)
    const ended = { lines: [], summary: undefined, complete: true, exitCode: 1 }
    await streamToRun(server.world, ann, { ...project, run: 'lost' }, ended)
    await commitArtifact(server.world, ann, artifactId)
    expect(await pathsOf(artifactId)).toEqual(['early', 'late'])
  })

  test('a part that is begun while another run finishes is not lost', async () => {
    for (const run of ['finisher', 'late-comer']) await givenRun(run)
    const artifactId = await begin(ann, 'meanwhile')
    await givenPart(ann, artifactId, 'finisher')
    // The other run comes when the parts have been looked at.
    const blobs = new Proxy(server.world.blobs, {
      get(target, name) {
        const member = Reflect.get(target, name, target)
        if (name !== 'open') return typeof member === 'function' ? member.bind(target) : member
        return async (key: string) => {
          await createManifest(server.world, bob, part(artifactId, 'late-comer'))
          return target.open(key)
        }
      },
    })
    const world: World = { ...server.world, blobs }
    await expect(commitArtifact(world, ann, artifactId)).rejects.toMatchObject({ code: 'artifact_incomplete' })
    await givenPart(bob, artifactId, 'late-comer')
    await commitArtifact(server.world, ann, artifactId)
    expect(await pathsOf(artifactId)).toEqual(['finisher', 'late-comer'])
  })

  test('what one run has brought waits for the last one for a month', async () => {
    for (const run of ['first', 'last']) await givenRun(run)
    const artifactId = await begin(ann, 'long')
    await givenPart(ann, artifactId, 'first')
    const after = (days: number): World => ({ ...server.world, now: () => Date.now() + days * 24 * 3_600_000 })
    await giveUpAbandoned(after(29))
    expect(await begin(ann, 'long')).toBe(artifactId)
    await givenPart(ann, artifactId, 'last')
    await commitArtifact(server.world, ann, artifactId)
    expect(await pathsOf(artifactId)).toEqual(['first', 'last'])
    const left = await begin(ann, 'long')
    await giveUpAbandoned(after(31))
    expect(await begin(ann, 'long')).not.toBe(left)
  })

  test('a version that says what it adds needs the version that it adds to', async () => {
    const input = { ...project, collection: 'adding' }
    const base = await givenCommitted(server, ann, { ...input, files: { a: 'a' } })
    const artifactId = (await createArtifact(server.world, ann, { ...input, ...FRESH })).artifactId
    const text = clientManifest({ 'https://b': { digest: 'b', size: 1, ref: 'https://b' } })
    const more = { kind: 'INCREMENTAL', baseArtifactId: base } as const
    await givenManifest(server, ann, artifactId, text, more)
    await expect(createManifest(server.world, ann, part(artifactId, 'any'))).rejects.toMatchObject({
      code: 'manifest_invalid',
    })
    await deleteArtifact(server.world, ann, { artifactId: base, deleteAliases: true })
    await expect(commitArtifact(server.world, ann, artifactId)).rejects.toMatchObject({ code: 'manifest_missing' })
    // One that is whole by itself is told from it.
    const whole = await givenUploaded(server, ann, { ...input, files: { c: 'c' } })
    await commitArtifact(server.world, ann, whole)
    expect(await pathsOf(whole)).toEqual(['c'])
  })
})

const FRESH = { type: 'model', run: null, digest: 'a', deduplicate: false }

/** Many small files that are uploaded at once, as the wandb client does. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import { commitArtifact, createArtifact, createArtifactFiles, type FilePlace } from '../src/artifacts/operations.ts'
import { createRunFiles, listRunFiles, upsertRun } from '../src/runs/operations.ts'
import { clientManifest, givenManifest, givenProject, md5, type ProjectName, put } from './support/given-artifacts.ts'
import { callerWith, givenMember, givenTeam } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const FILES = 40

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  let project: ProjectName

  beforeAll(async () => {
    server = await startTestServer(engine)
    const team = await givenTeam(server)
    project = await givenProject(server, team)
    caller = await callerWith(server, (await givenMember(server, team, 'member')).key, 'wandb')
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function givenPlaces(
    collection: string,
  ): Promise<{ artifactId: number; contents: string[]; places: FilePlace[] }> {
    const contents = Array.from({ length: FILES }, (_, at) => `${collection} ${at}`)
    const digest = 'a'.repeat(32)
    const made = { ...project, collection, type: 'model', run: null, deduplicate: false, digest }
    const { artifactId } = await createArtifact(server.world, caller, made)
    const files = contents.map((content, at) => ({ artifactId, path: `${at}.txt`, digest: md5(content) }))
    return { artifactId, contents, places: await createArtifactFiles(server.world, caller, files) }
  }

  const putAll = (places: readonly FilePlace[], contents: readonly string[]) =>
    Promise.all(places.map(async (place, at) => (await put(place, contents[at]!)).status))
  const allGood = Array.from({ length: FILES }, () => 200)

  test('are noted in few transactions, and make a version', async () => {
    const { artifactId, contents, places } = await givenPlaces('together')
    const transaction = vi.spyOn(server.world.db, 'transaction')
    try {
      expect(await putAll(places, contents)).toEqual(allGood)
      expect(transaction.mock.calls.length).toBeLessThan(FILES / 2)
    } finally {
      transaction.mockRestore()
    }

    const entries = contents.map((content, at) => [`${at}.txt`, { digest: md5(content), size: content.length }])
    await givenManifest(server, caller, artifactId, clientManifest(Object.fromEntries(entries)))
    expect(await commitArtifact(server.world, caller, artifactId)).toMatchObject({
      state: 'COMMITTED',
      fileCount: FILES,
    })
    expect(await putAll(places, contents), 'once more, when the version has them').toEqual(allGood)
  })

  test('are noted each with its own size, and so is a file of a run among them', async () => {
    const { artifactId, contents, places } = await givenPlaces('among')
    const { run } = await upsertRun(server.world, caller, { ...project, name: 'run-1' })
    const created = await createRunFiles(server.world, caller, { ...project, run: run.name }, ['config.yaml'])
    const uploads = await Promise.all([
      putAll(places, contents),
      fetch(created.files[0]!.uploadUrl, { method: 'PUT', body: 'epochs: 12' }),
    ])
    expect(uploads[0]).toEqual(allGood)
    expect(uploads[1].status).toBe(200)

    const rows = await server.world.db.read
      .selectFrom('artifact_files')
      .select(['path', 'size'])
      .where('artifact_id', '=', artifactId)
      .execute()
    const sizes = Object.fromEntries(rows.map(({ path, size }) => [path, size]))
    expect(sizes).toEqual(Object.fromEntries(contents.map((content, at) => [`${at}.txt`, content.length])))
    const listed = await listRunFiles(server.world, { runId: run.id, names: undefined }, { limit: 10 })
    expect(listed.items).toMatchObject([{ name: 'config.yaml', size: 10, md5: md5('epochs: 12') }])
  })

  test('lie in one folder of the store, so that one sync makes all their names durable', async () => {
    const { places } = await givenPlaces('neighbours')
    const folders = new Set(places.map(({ storagePath }) => storagePath.split('/')[1]!.slice(0, 4)))
    expect(folders.size).toBe(1)
  })
})

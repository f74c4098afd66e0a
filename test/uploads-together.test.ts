/** Many small files that are uploaded at once, as the wandb client does. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import {
  commitArtifact,
  createArtifact,
  createArtifactFiles,
  type FilePlace,
  listFiles,
} from '../src/artifacts/operations.ts'
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

  test('cost no transaction before the one that makes a version of them', async () => {
    const { artifactId, contents, places } = await givenPlaces('together')
    const transaction = vi.spyOn(server.world.db, 'transaction')
    try {
      expect(await putAll(places, contents)).toEqual(allGood)
      expect(transaction).not.toHaveBeenCalled()
    } finally {
      transaction.mockRestore()
    }

    const entries = contents.map((content, at) => [`${at}.txt`, { digest: md5(content), size: content.length }])
    await givenManifest(server, caller, artifactId, clientManifest(Object.fromEntries(entries)))
    expect(await commitArtifact(server.world, caller, artifactId)).toMatchObject({
      state: 'COMMITTED',
      fileCount: FILES,
    })
    const { items } = await listFiles(server.world, caller, { artifactId }, { limit: FILES })
    const sizes = Object.fromEntries(items.map(({ path, size }) => [path, size]))
    expect(sizes).toEqual(Object.fromEntries(contents.map((content, at) => [`${at}.txt`, content.length])))
    expect(await putAll(places, contents), 'once more, when the version has them').toEqual(allGood)
  })

  test('of which no digest is known beforehand are noted together, each with its own size', async () => {
    const { run } = await upsertRun(server.world, caller, { ...project, name: 'run-1' })
    const names = Array.from({ length: FILES }, (_, at) => `${at}.yaml`)
    const { files } = await createRunFiles(server.world, caller, { ...project, run: run.name }, names)
    const transaction = vi.spyOn(server.world.db, 'transaction')
    try {
      const uploads = files.map(({ name, uploadUrl }) => fetch(uploadUrl, { method: 'PUT', body: `epochs: ${name}` }))
      expect((await Promise.all(uploads)).map(({ status }) => status)).toEqual(allGood)
      expect(transaction.mock.calls.length).toBeLessThan(FILES)
    } finally {
      transaction.mockRestore()
    }
    const listed = await listRunFiles(server.world, { runId: run.id, names: undefined }, { limit: FILES })
    const found = Object.fromEntries(listed.items.map(({ name, size, md5 }) => [name, { size, md5 }]))
    expect(found).toEqual(
      Object.fromEntries(names.map((name) => [name, { size: name.length + 8, md5: md5(`epochs: ${name}`) }])),
    )
  })

  test('lie in few folders of the store, so that few syncs make their names durable', async () => {
    const { places } = await givenPlaces('neighbours')
    const folders = new Set(places.map(({ storagePath }) => storagePath.split('/')[1]!.slice(0, 4)))
    expect(folders.size).toBeLessThanOrEqual(2)
  })
})

/** What a version was made from, and what was made from it, as far as one may see. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { referenceKey } from '../src/artifacts/artifact-reference.ts'
import { useArtifact } from '../src/artifacts/operations.ts'
import { collectionPath, givenCommitted, givenProject } from './support/given-artifacts.ts'
import { callerWith, givenMember, givenTeam } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { plansOf } from './support/list-plans.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test('lineage goes both ways through runs, as deep as asked, and ends where one may not see', async () => {
    const [team, secret] = [await givenTeam(server), await givenTeam(server)]
    const member = await givenMember(server, team, 'viewer')
    const [project, hidden] = [await givenProject(server, team), await givenProject(server, secret)]
    const admin = await callerWith(server, server.adminKey)
    const step = async (place: typeof project, run: string, collection: string, uses: number[]) => {
      const { errors } = await server.graphql(
        'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
        { input: { entityName: place.entity, modelName: place.project, name: run } },
      )
      expect(errors).toBeUndefined()
      for (const artifactId of uses) await useArtifact(server.world, admin, { ...place, run, artifactId })
      return givenCommitted(server, admin, { ...place, collection, run, files: { 'a.txt': collection } })
    }
    const raw = await step(project, 'gather', 'raw', [])
    const clean = await step(project, 'clean', 'clean', [raw])
    const model = await step(project, 'train', 'model', [clean])
    const private_ = await step(hidden, 'steal', 'stolen', [model])
    await step(project, 'evaluate', 'report', [model, private_])
    await step(project, 'other', 'unrelated', [raw])

    const lineage = async (collection: string, depth: number, key = server.adminKey) => {
      const path = `/projects/${team}/${project.project}/collections/${collection}/versions/v0/lineage?depth=${depth}`
      const found = await succeeds(server, 'GET', path, undefined, key)
      const names = new Map(found.versions.map((each: Json) => [each.artifactId, each.collection]))
      return {
        versions: found.versions.map((each: Json) => `${each.collection}:${each.version}`).sort(),
        edges: found.edges
          .map((edge: Json) => `${edge.run.split('/')[2]} ${edge.kind} ${names.get(edge.artifactId)}`)
          .sort(),
        cut: found.cut,
      }
    }
    expect(await lineage('model', 1, member.key)).toEqual({
      versions: ['clean:v0', 'model:v0', 'report:v0'],
      edges: ['evaluate logged report', 'evaluate used model', 'train logged model', 'train used clean'],
      cut: false,
    })
    const whole = await lineage('model', 10)
    expect(whole.versions).toEqual(['clean:v0', 'model:v0', 'raw:v0', 'report:v0', 'stolen:v0'])
    expect(whole.edges).toContain('steal used model')
    const seen = await lineage('model', 10, member.key)
    expect(seen.versions).toEqual(['clean:v0', 'model:v0', 'raw:v0', 'report:v0'])
    expect(seen.edges.filter((edge: string) => edge.startsWith('steal'))).toEqual([])
    expect((await lineage('raw', 1)).versions).toEqual(['clean:v0', 'raw:v0', 'unrelated:v0'])

    // Found on other ways, and yet they hang together: what another run logged too, and what one that logged it used.
    await useArtifact(server.world, admin, { ...project, run: 'evaluate', artifactId: raw })
    await useArtifact(server.world, admin, { ...project, run: 'gather', artifactId: model })
    expect((await lineage('model', 2, member.key)).edges).toEqual([
      ...['clean logged clean', 'clean used raw', 'evaluate logged report', 'evaluate used model', 'evaluate used raw'],
      ...['gather logged raw', 'gather used model', 'train logged model', 'train used clean'],
    ])
    const path = `/projects/${team}/${project.project}/collections/model/versions`
    expect((await server.rest('GET', `${path}/v9/lineage`)).status).toBe(404)
    expect((await server.rest('GET', `${path}/v0/lineage?depth=11`)).status).toBe(400)
    const stranger = await givenMember(server, await givenTeam(server), 'admin')
    expect((await server.rest('GET', `${path}/v0/lineage`, undefined, { key: stranger.key })).status).toBe(404)
  })

  test('versions that hold references to others hang together with them, by indexes, and with nothing else', async () => {
    const [team, secret] = [await givenTeam(server), await givenTeam(server)]
    const member = await givenMember(server, team, 'viewer')
    const [project, hidden] = [await givenProject(server, team), await givenProject(server, secret)]
    const admin = await callerWith(server, server.adminKey)
    const make = (place: typeof project, collection: string) =>
      givenCommitted(server, admin, { ...place, collection, files: { 'a.txt': collection } })
    const referring = async (place: typeof project, collection: string, keys: string[]) => {
      const files = keys.map((key, n) => ({ path: `${n}.txt`, reference: `wandb-artifact://${key}/a.txt`, size: 1 }))
      await succeeds(server, 'POST', `${collectionPath(place, collection)}/versions`, { type: 'dataset', files })
      return Number((await newest(collection)).id)
    }
    const newest = (collection: string) =>
      server.world.db.read
        .selectFrom('artifacts')
        .innerJoin('collections', 'collections.id', 'artifacts.sequence_id')
        .select('artifacts.id')
        .where('collections.name', '=', collection)
        .orderBy('artifacts.id', 'desc')
        .executeTakeFirstOrThrow()
    const raw = await make(project, 'ref-raw')
    const own = await make(hidden, 'ref-secret')
    const split = await referring(project, 'ref-split', [referenceKey(raw), referenceKey(raw), referenceKey(own)])
    await referring(project, 'ref-last', [referenceKey(split), referenceKey(999_999_999), 'abc', 'x'.repeat(5_000)])
    await referring(hidden, 'ref-spy', [referenceKey(raw)])

    const path = (collection: string) => `${collectionPath(project, collection)}/versions/v0/lineage`
    const references = async (collection: string, depth: number, key = server.adminKey) => {
      const found = await succeeds(server, 'GET', `${path(collection)}?depth=${depth}`, undefined, key)
      const names = new Map(found.versions.map((each: Json) => [each.artifactId, each.collection]))
      expect([found.edges, found.cut]).toEqual([[], false])
      expect(names.size).toBe(found.versions.length)
      return found.references.map((each: Json) => `${names.get(each.artifactId)} > ${names.get(each.refersTo)}`).sort()
    }
    const seen = ['ref-last > ref-split', 'ref-split > ref-raw']
    expect(await references('ref-split', 1, member.key)).toEqual(seen)
    expect(await references('ref-raw', 2, member.key)).toEqual(seen)
    expect(await references('ref-raw', 1, member.key)).toEqual(['ref-split > ref-raw'])
    expect(await references('ref-split', 1)).toEqual([...seen, 'ref-split > ref-secret'].sort())
    expect(await references('ref-last', 3)).toEqual([...seen, 'ref-split > ref-secret'].sort())

    await referring(project, 'ref-side', [referenceKey(raw), referenceKey(split)])
    const beside = ['ref-side > ref-raw', 'ref-side > ref-split', 'ref-split > ref-raw']
    expect(await references('ref-raw', 1, member.key)).toEqual(beside)

    await server.world.db.transaction(async (tx) => {
      for (let part = 0; part < 20; part++) {
        const rows = Array.from({ length: 1_000 }, (_, n) => ({
          ...{ artifact_id: own, path: `${part}/${n}`, digest: 'etag', size: 1, ref: `s3://bucket/${n}` },
        }))
        await tx.insertInto('manifest_entries').values(rows).execute()
      }
    })
    const plans = await plansOf(server, () => succeeds(server, 'GET', path('ref-split')))
    const steps = plans.filter(({ text }) => text.includes('manifest_entries')).flatMap(({ plan }) => plan)
    expect(steps.join('\n')).toContain('manifest_entries_by_referring')
    expect(steps.join('\n')).toContain('manifest_entries_by_reference')
    expect(steps.filter((step) => /^Seq Scan manifest_entries|^SCAN entry(?! USING)/.test(step))).toEqual([])
  })

  test('a graph with too many versions is cut, and says so', async () => {
    const project = await givenProject(server, await givenTeam(server))
    const admin = await callerWith(server, server.adminKey)
    const artifactId = await givenCommitted(server, admin, { ...project, collection: 'base', files: { a: 'a' } })
    await server.world.db.transaction(async (tx) => {
      const { id: projectId } = await tx
        .selectFrom('projects')
        .select('id')
        .where('name', '=', project.project)
        .executeTakeFirstOrThrow()
      const names = Array.from({ length: 600 }, (_, n) => `run${n}`)
      const made = await tx
        .insertInto('runs')
        .values(
          names.map((name) => ({
            project_id: projectId,
            name,
            display_name: name,
            state: 'finished' as const,
            tags: '[]',
            config: '{}',
            summary: '{}',
            created_at: 0,
            updated_at: 0,
            heartbeat_at: 0,
          })) as never,
        )
        .returning('id')
        .execute()
      await tx
        .insertInto('run_artifacts')
        .values(
          made.map(({ id }) => ({
            run_id: id,
            artifact_id: artifactId,
            direction: 'input' as const,
            used_as: null,
            created_at: 0,
          })),
        )
        .execute()
    })
    const path = `/projects/${project.entity}/${project.project}/collections/base/versions/v0/lineage`
    let found: Json
    const statements = await plansOf(server, async () => {
      found = await succeeds(server, 'GET', path)
    })
    expect(statements.length).toBeLessThan(30)
    expect([found.cut, found.versions.length + found.runs.length]).toEqual([true, 500])
  })
})

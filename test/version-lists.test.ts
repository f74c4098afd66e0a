/** Listing the versions of a collection costs the same statements for any page, and each reads an index and a page of it. */
import { CompiledQuery as Compiled, type CompiledQuery, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectionPath, givenProject, givenVersion, type ProjectName } from './support/given-artifacts.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { watchQueries } from './support/watched-queries.ts'

const VERSIONS = 45

/** The server looks after itself meanwhile. */
const OF_OTHERS_MAX = 5

/** The page that `Api.artifacts` of the client asks for, in short. */
const LIST = `query($entity: String!, $project: String!, $first: Int!, $after: String) {
  project(entityName: $entity, name: $project) {
    artifactType(name: "model") {
      artifactCollection(name: "long") {
        artifacts(first: $first, after: $after, filters: "{\\"state\\":\\"COMMITTED\\"}", order: "-created_at") {
          totalCount
          pageInfo { endCursor hasNextPage }
          edges { version node { id digest size fileCount aliases { alias } tags { name } } }
        }
      }
    }
  }
}`

forEachEngine((engine) => {
  let server: TestServer
  let project: ProjectName
  beforeAll(async () => {
    server = await startTestServer(engine)
    project = await givenProject(server, 'admin-user')
    for (let made = 0; made < VERSIONS; made += 1) await givenVersion(server, project, 'long', { tags: ['t'] })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  /** The statements that reading takes while `ask` runs. */
  async function statementsOf(ask: () => Promise<unknown>): Promise<CompiledQuery[]> {
    const { db } = server.world
    const { read } = db
    const statements: CompiledQuery[] = []
    Object.assign(db, { read: watchQueries(read, (query) => statements.push(query)) })
    try {
      await ask()
    } finally {
      Object.assign(db, { read })
    }
    return statements
  }

  async function page(first: number, after?: string) {
    const { data, errors } = await server.graphql(LIST, { ...project, first, after })
    expect(errors).toBeUndefined()
    const { artifacts } = data.project.artifactType.artifactCollection
    expect(artifacts.totalCount).toBe(VERSIONS)
    return artifacts
  }

  test('the client: as many statements for forty as for five, and for the last page as for the first', async () => {
    // What is asked once, of an account or a project, is known by now.
    const { pageInfo } = await page(5)
    const five = await statementsOf(() => page(5))
    const forty = await statementsOf(() => page(40))
    const last = await statementsOf(async () => {
      const { edges } = await page(40, pageInfo.endCursor)
      expect(edges).toHaveLength(40)
    })
    expect(five.length).toBeGreaterThan(5)
    for (const { length } of [forty, last]) expect(length).toBeLessThanOrEqual(five.length + OF_OTHERS_MAX)
  })

  test('the REST API: the same', async () => {
    const list = (query: string) => () => server.rest('GET', `${collectionPath(project, 'long')}/versions?${query}`)
    const first = await list('limit=5')()
    const five = await statementsOf(list('limit=5'))
    for (const query of ['limit=40', `limit=40&cursor=${first.body.cursor}`]) {
      const { length } = await statementsOf(list(query))
      expect(length).toBeLessThanOrEqual(five.length + OF_OTHERS_MAX)
    }
  })

  test('what counts and what continues a list by the numbers of versions reads the index of these, from where it is', async () => {
    const { db } = server.world
    const path = `${collectionPath(project, 'long')}/versions?limit=5`
    const { cursor } = (await server.rest('GET', path)).body
    const statements = [
      ...(await statementsOf(() => server.rest('GET', `${path}&cursor=${cursor}`))),
      ...(await statementsOf(() => page(5))),
    ].filter(({ sql }) =>
      /from "?memberships"? .*(order by "?memberships"?\."?version|"?collection_id"? = \S+$)/.test(sql),
    )
    expect(statements).toHaveLength(2)
    await db.transaction(async (tx) => {
      // So small a table would be read whole.
      if (engine === 'postgres') await sql`set local enable_seqscan = off`.execute(tx)
      for (const statement of statements) {
        const explain = engine === 'postgres' ? 'explain' : 'explain query plan'
        const { rows } = await tx.executeQuery(Compiled.raw(`${explain} ${statement.sql}`, [...statement.parameters]))
        const plan = JSON.stringify(rows)
        expect(plan).toMatch(
          engine === 'postgres'
            ? /(Index|Bitmap)[^"]* memberships_collection_id_(version|artifact_id)_key/
            : /SEARCH memberships USING (COVERING )?INDEX sqlite_autoindex_memberships_\d \(collection_id=\?/,
        )
        expect(plan).not.toMatch(/SCAN memberships|TEMP B-TREE|Seq Scan on memberships/)
      }
    })
  })
})

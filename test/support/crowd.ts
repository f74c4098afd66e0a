import { join } from 'node:path'
import { expect } from 'vitest'
import { collectionPath } from './given-artifacts.ts'
import { givenMember, givenOrganization, givenTeam, unique } from './given-automations.ts'
import { runPython } from './python.ts'
import { type EngineName, startTestServer, type TestServer } from './server.ts'

const PROJECT = 'churn'

type Seen = { logged: { version: string; id: string; text: string }[]; linked: string[] }

/**
 * Lets so many processes of the client log to one collection at once, and edit aliases in two registries at once, each
 * as a person of its own; then sees that nothing is lost, doubled or refused.
 */
export async function liveInACrowd(engine: EngineName, processes: number): Promise<void> {
  await using server = await startTestServer(engine)
  const organization = await givenOrganization(server)
  const team = await givenTeam(server, organization)
  const registries = [unique('one'), unique('two')]
  for (const name of registries) await call(server, 'POST', `/projects/${organization}`, { name, registry: true })
  const people = await Promise.all(Array.from({ length: processes }, () => givenMember(server, team, 'member')))
  for (const { username } of people) {
    await call(server, 'PUT', `/organizations/${organization}/members/${username}`, { role: 'member' })
  }

  const seen = await Promise.all(
    people.map(async ({ key }, writer) => {
      const run = await runPython(join(import.meta.dirname, '..', 'clients', 'crowd.py'), {
        env: {
          WANDB_BASE_URL: server.url,
          WANDB_API_KEY: key,
          WANDB_ENTITY: team,
          WANDB_SILENT: 'true',
          PYTHONDONTWRITEBYTECODE: '1',
          CROWD_WRITER: String(writer),
          CROWD_REGISTRIES: registries.join(','),
          CROWD_ORGANIZATION: organization,
        },
        timeoutMs: 15 * 60_000,
      })
      expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0)
      return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as Seen
    }),
  )

  const logged = seen.flatMap((each) => each.logged)
  const numbers = logged.map(({ version }) => Number(version.slice(1))).sort((one, other) => one - other)
  expect(numbers, 'numbers without gaps, each once').toEqual(numbers.map((_, index) => index))
  const busy = collectionPath({ entity: team, project: PROJECT }, 'busy')
  const { items } = await call(server, 'GET', `${busy}/versions?limit=1000`)
  expect(items).toHaveLength(logged.length)
  const texts = new Map(
    items.map((item: { version: string; metadata: { text: string } }) => [item.version, item.metadata.text]),
  )
  for (const { version, text } of logged) expect(texts.get(version), version).toBe(text)
  for (const alias of ['latest', 'contested']) {
    expect((await call(server, 'GET', `${busy}/versions/${alias}`)).version, alias).toBe(`v${numbers.length - 1}`)
  }
  for (const [writer, each] of seen.entries()) {
    const last = each.logged.at(-1)!.version
    expect((await call(server, 'GET', `${busy}/versions/writer-${writer}`)).version).toBe(last)
  }

  for (const [index, registry] of registries.entries()) {
    const shelf = collectionPath({ entity: organization, project: `wandb-registry-${registry}` }, 'shelf')
    const links = (await call(server, 'GET', `${shelf}/versions?limit=1000`)).items
    expect(links.map(({ version }: { version: string }) => version).sort()).toEqual(
      seen.map((each) => each.linked[index]).sort(),
    )
    const aliases: string[] = links.flatMap((link: { aliases: string[] }) => link.aliases)
    expect(aliases.sort()).toEqual([...people.map((_, writer) => `of-${writer}`), 'latest', 'production'].sort())
  }
  await expectOneChain(server)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toContain('tripline_http_request_duration_seconds')
  expect(metrics.match(/.*status="5\d\d".*/g) ?? [], 'no request failed').toEqual([])
}

/** Every alias went from hand to hand: each move took it from where the one before had brought it. */
async function expectOneChain(server: TestServer): Promise<void> {
  const moves = await server.world.db.read.selectFrom('alias_moves').selectAll().orderBy('id').execute()
  for (const [key, chain] of Map.groupBy(moves, (move) => `${move.collection_id} ${move.alias}`)) {
    const froms = chain.map((move) => move.from_artifact_id)
    expect(froms, key).toEqual([null, ...chain.slice(0, -1).map((move) => move.to_artifact_id)])
  }
}

async function call(server: TestServer, method: string, path: string, body?: unknown) {
  const answer = await server.rest(method, path, body)
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
  return answer.body
}

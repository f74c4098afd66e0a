/**
 * The suite of the real client notices a field that goes missing: each mutant is the whole server without one field of
 * one type in its answers, and fails the test that promises it, while tests about other things pass.
 */
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runConformanceFiles } from './support/conformance.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

type Mutant = { field: string; of: string; file: string; noticedBy: string; unmoved: string }

const MUTANTS: Mutant[] = [
  {
    field: 'tags',
    of: 'Artifact',
    file: 'test_artifacts.py',
    noticedBy: 'test_a_version_keeps_its_tags_when_it_is_linked_and_has_a_number_of_its_own',
    unmoved: 'test_what_is_wrong_with_a_draft_reaches_the_user',
  },
  {
    field: 'access',
    of: 'Project',
    file: 'test_registries.py',
    noticedBy: 'test_a_registry_keeps_a_new_description_visibility_and_types',
    unmoved: 'test_a_registry_that_is_not_there_is_not_found',
  },
  {
    field: 'description',
    of: 'ArtifactPortfolio',
    file: 'test_collections.py',
    noticedBy: 'test_a_portfolio_is_changed_like_any_collection',
    unmoved: 'test_types_are_listed_by_name_with_their_collections',
  },
]

/** The answer without the field, wherever an object of the type stands in it. */
function without(value: unknown, { field, of }: Mutant): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, { field, of } as Mutant))
  if (typeof value !== 'object' || value === null) return value
  const isOfType = (value as { __typename?: string }).__typename === of
  const entries = Object.entries(value).filter(([name]) => !(isOfType && name === field))
  return Object.fromEntries(entries.map(([name, each]) => [name, without(each, { field, of } as Mutant)]))
}

async function startMutant(
  target: string,
  mutant: Mutant,
): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const server = createServer((request, response) => {
    const { host, ...headers } = request.headers
    const options = { method: request.method, headers: { ...headers, 'accept-encoding': 'identity' } }
    const onward = httpRequest(new URL(request.url ?? '/', target), options, async (answer) => {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      if (request.url !== '/graphql') {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        response.end(body)
        return
      }
      const mutated = JSON.stringify(without(JSON.parse(body.toString('utf8')), mutant))
      response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' })
      response.end(mutated)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describeWithTool('wandb-0.30.0', 'the suite of the client', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer('sqlite')
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test.each(MUTANTS)('notices that $of has no $field any more', async (mutant) => {
    await using proxy = await startMutant(server.url, mutant)
    const reached = { url: proxy.url, adminKey: server.adminKey }
    const { outcomes } = await runConformanceFiles([mutant.file], reached, '0.30.0')
    const outcomeOf = (name: string) => outcomes.find((outcome) => outcome.name === name)?.outcome
    expect(outcomeOf(mutant.noticedBy)).toBe('failed')
    expect(outcomeOf(mutant.unmoved)).toBe('passed')
  })
})

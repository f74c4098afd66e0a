/**
 * The matrix of rights: every REST operation of the OpenAPI document, every field of the GraphQL schema that takes
 * arguments, and the client's other paths, asked by nobody, by a stranger and by each role, for what exists and for what
 * does not.
 *
 * Method: `support/matrix/` says of each operation how to ask it and which role it needs; one that is left out fails a
 * test. Two tenants have one of everything. The stranger administers one of them and asks for what is the other's, alone
 * and mixed with what is its own; the answer must be, to the byte, the one for names and ids that nothing has. Whoever
 * lacks a role is refused, and nothing that was refused has changed a row. Last, whoever has the role is served: without
 * that, a request with a mistake in it would pass all of the above.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../src/access/rights.ts'
import { SPARE_USERNAME } from './support/matrix/given.ts'
import { GRAPHQL_OPERATIONS, graphqlFieldsWithArguments } from './support/matrix/graphql-operations.ts'
import {
  ask,
  codeOf,
  MISSING_PLACE,
  missingInstead,
  mixtures,
  namedBy,
  type Operation,
  operationOf,
  unnamed,
} from './support/matrix/operation.ts'
import { CLIENT_PATHS, REST_OPERATIONS } from './support/matrix/rest-operations.ts'
import { startReceiver } from './support/receiver.ts'
import { allRows } from './support/rows.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { givenPerson, givenTenant, type Place, type Tenant } from './support/tenant.ts'

const ROLES: Role[] = ['viewer', 'member', 'admin']
const OPERATIONS = [...REST_OPERATIONS, ...CLIENT_PATHS, ...GRAPHQL_OPERATIONS]

forEachEngine((engine) => {
  let server: TestServer
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let tenant: Tenant
  let stranger: Tenant
  /** What each operation is asked about: the tenant's things, and what was made for this one. */
  const places = new Map<string, Place>()

  beforeAll(async () => {
    receiver = await startReceiver()
    server = await startTestServer(engine)
    await givenPerson(server, SPARE_USERNAME)
    tenant = await givenTenant(server, 'quartz', receiver.url)
    stranger = await givenTenant(server, 'basalt', receiver.url)
    for (const [name, { prepare }] of OPERATIONS) {
      places.set(name, { ...tenant.place, ...(await prepare?.({ server, tenant })) })
    }
  }, 300_000)
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await receiver.stop()
  })

  const placeOf = (name: string) => places.get(name) as Place
  const send = (operation: Operation, place: Place, key: string | null) => ask(server, operation.request(place), key)

  test('every operation is in the matrix', async () => {
    const document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>
    }
    const documented = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/api/v1/'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    expect(operationsIn(REST_OPERATIONS)).toEqual(documented.sort())
    expect(operationsIn(GRAPHQL_OPERATIONS)).toEqual(graphqlFieldsWithArguments().sort())
  })

  describe('what is refused', () => {
    let before: Record<string, string[]>
    beforeAll(async () => {
      before = await allRows(server)
    })

    test.each(OPERATIONS.filter(([, { needs }]) => needs !== 'nobody'))('nobody: %s', async (name, operation) => {
      expect(await send(operation, placeOf(name), null)).toMatchObject({ status: 401 })
    })

    test.each(OPERATIONS.filter(([, { needs }]) => needs !== 'nobody' && needs !== 'anyone'))(
      'a stranger, as if it did not exist: %s',
      async (name, operation) => {
        const place = placeOf(name)
        const keys = namedBy(operation, place)
        const there = await send(operation, place, stranger.keys.admin)
        const missing = await send(operation, { ...place, ...pick(MISSING_PLACE, keys) }, stranger.keys.admin)
        expect(unnamed(there, place, keys)).toBe(unnamed(missing, MISSING_PLACE, keys))
        expect(operation.isServed(there)).toBe(false)
        if (operation.needs === 'server') expect(codeOf(there)).toBe('forbidden')
        else if (there.status !== 200) expect(['not_found', 'scope_unknown']).toContain(codeOf(there))
      },
    )

    for (const role of ROLES) {
      const lacking = OPERATIONS.filter(([, { needs }]) => lacks(role, needs))
      test.each(lacking)(`${role === 'admin' ? 'an' : 'a'} ${role}: %s`, async (name, operation) => {
        const answer = await send(operation, placeOf(name), tenant.keys[role])
        const unseen = operation.needs === 'account' || operation.unseenWithoutRole === true
        expect(operation.isServed(answer), answer.text).toBe(false)
        // What a GraphQL query does not find is null, and no error.
        if (unseen && answer.status === 200) return
        expect(codeOf(answer), answer.text).toBe(unseen ? 'not_found' : 'forbidden')
        expect(answer.status).toBe(unseen ? 404 : 403)
      })
    }

    test('has changed nothing', async () => {
      expect(await allRows(server)).toEqual(before)
    })
  })

  test.each(OPERATIONS)(
    "another tenant's things among one's own are as if they did not exist: %s",
    async (name, operation) => {
      const foreign = placeOf(name)
      const own = stranger.place
      const keys = namedBy(operation, foreign)
      const lookedUp = keys.filter((key) => operation.gives?.includes(key) !== true)
      for (const mixture of mixtures(own, foreign, lookedUp)) {
        const absent = missingInstead(mixture, own)
        // In this order, or what is wrongly given for what is there could go on to serve for what is missing.
        const missing = await send(operation, absent, stranger.keys.admin)
        const there = await send(operation, mixture, stranger.keys.admin)
        // A name that is free below something of one's own may be given there, whoever else uses it.
        if (operation.isServed(there)) expect(operation.isServed(missing), there.text).toBe(true)
        else expect(unnamed(there, mixture, keys)).toBe(unnamed(missing, absent, keys))
      }
    },
  )

  test.each(OPERATIONS.filter(([, { needs }]) => needs !== 'nobody'))(
    'who may is served: %s',
    async (name, operation) => {
      const { needs, servedTo } = operation
      const key =
        needs === 'server' || servedTo === 'server'
          ? server.adminKey
          : needs === 'account'
            ? tenant.accountKey
            : needs === 'anyone' || needs === 'nobody'
              ? stranger.keys.viewer
              : tenant.keys[needs]
      const answer = await send(operation, placeOf(name), key)
      expect(operation.isServed(answer), answer.text).toBe(true)
    },
  )
})

function operationsIn(matrix: ReadonlyMap<string, Operation>): string[] {
  return [...new Set([...matrix.keys()].map(operationOf))].sort()
}

function lacks(role: Role, needs: Operation['needs']): boolean {
  if (needs === 'account' || needs === 'server') return true
  return needs !== 'anyone' && needs !== 'nobody' && ROLES.indexOf(role) < ROLES.indexOf(needs)
}

function pick(place: Place, keys: readonly (keyof Place)[]): Partial<Place> {
  return Object.fromEntries(keys.map((key) => [key, place[key]]))
}

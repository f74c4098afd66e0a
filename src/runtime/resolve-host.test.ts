import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NAME_ERROR, SERVER_FAILURE, startNameServer } from '../../test/support/name-server.ts'
import { createHostResolver } from './resolve-host.ts'

let directory: string
let nameServer: Awaited<ReturnType<typeof startNameServer>>
let hostsFile: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tripline-hosts-'))
  hostsFile = join(directory, 'hosts')
  await writeFile(hostsFile, '# ours\n::1 both.test\n10.0.0.7  listed.test Other.Test both.test # why\nnonsense here\n')
  nameServer = await startNameServer((name) => {
    if (name.startsWith('silent')) return undefined
    if (name.startsWith('broken')) return SERVER_FAILURE
    if (name.startsWith('known')) return '192.0.2.7'
    return NAME_ERROR
  })
})

afterAll(async () => {
  nameServer.close()
  await rm(directory, { recursive: true })
})

const given = () => createHostResolver({ hostsFile, nameServers: [nameServer.address], queryTimeoutMs: 250 })

test('a name is looked up in the hosts file first, then by the name servers', async () => {
  const resolve = given()
  expect(await resolve('listed.test')).toEqual({ kind: 'found', addresses: [{ address: '10.0.0.7', family: 4 }] })
  expect(await resolve('OTHER.test')).toEqual({ kind: 'found', addresses: [{ address: '10.0.0.7', family: 4 }] })
  expect(await resolve('both.test')).toEqual({
    kind: 'found',
    addresses: [
      { address: '10.0.0.7', family: 4 },
      { address: '::1', family: 6 },
    ],
  })
  expect(nameServer.asked).not.toContain('listed.test')
  expect(await resolve('known.test')).toEqual({ kind: 'found', addresses: [{ address: '192.0.2.7', family: 4 }] })
})

test('localhost is this machine, and an address is itself, without asking anybody', async () => {
  const resolve = createHostResolver({ hostsFile: '/nowhere', nameServers: ['127.0.0.1:1'] })
  const loopback = {
    kind: 'found',
    addresses: [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ],
  }
  expect(await resolve('localhost')).toEqual(loopback)
  expect(await resolve('app.LOCALHOST')).toEqual(loopback)
  expect(await resolve('192.0.2.1')).toEqual({ kind: 'found', addresses: [{ address: '192.0.2.1', family: 4 }] })
  expect(await resolve('2001:db8::1')).toEqual({ kind: 'found', addresses: [{ address: '2001:db8::1', family: 6 }] })
})

test('a name that cannot exist is not found; a failing name server is told apart', async () => {
  const resolve = given()
  expect(await resolve(`${'a'.repeat(64)}.test`)).toEqual({ kind: 'not-found' })
  expect(await resolve('broken.test')).toEqual({ kind: 'failed', code: 'ESERVFAIL' })
})

test('questions for one name that come together are asked once', async () => {
  const resolve = given()
  const answers = await Promise.all(Array.from({ length: 20 }, () => resolve('known-shared.test')))
  expect(new Set(answers).size).toBe(1)
  expect(nameServer.asked.filter((name) => name === 'known-shared.test').length).toBeLessThanOrEqual(2)
})

test('names whose servers never answer do not delay another name', async () => {
  const resolve = given()
  let settled = 0
  const silent = Array.from({ length: 12 }, (_, n) => resolve(`silent-${n}.test`).finally(() => (settled += 1)))
  expect((await resolve('known-meanwhile.test')).kind).toBe('found')
  expect(settled).toBe(0)
  expect(new Set((await Promise.all(silent)).map((answer) => answer.kind))).toEqual(new Set(['timed-out']))
})

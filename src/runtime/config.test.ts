import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

function problemsOf(env: Record<string, string>, role?: 'worker'): string {
  try {
    readConfig(env, role)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

test('nothing set is a server on this machine with an embedded database', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    publicUrl: 'http://localhost:8080',
    databaseUrl: undefined,
    worker: true,
  })
  expect(config.blobsDir).toBe(join(config.dataDir, 'blobs'))
})

test('every variable that is wrong is named, with the fix, not only the first', () => {
  const message = problemsOf({
    TRIPLINE_PORT: '80 80',
    TRIPLINE_DATABASE_URL: 'mysql://x',
    TRIPLINE_WORKER: 'yes',
    TRIPLINE_ADMIN_API_KEY: 'short',
    TRIPLINE_PROT: '1',
  })
  for (const part of [
    'TRIPLINE_PORT must be a whole number',
    'TRIPLINE_DATABASE_URL must begin with postgres://',
    'TRIPLINE_WORKER must be "on" or "off"',
    'TRIPLINE_ADMIN_USERNAME and TRIPLINE_ADMIN_API_KEY go together',
    'must be 40 to 200',
    'TRIPLINE_PROT is not a setting',
  ]) {
    expect(message).toContain(part)
  }
})

test('a server that others reach must say how they reach it', () => {
  expect(problemsOf({ TRIPLINE_HOST: '0.0.0.0' })).toContain('TRIPLINE_PUBLIC_URL is required')
  expect(readConfig({ TRIPLINE_HOST: '0.0.0.0', TRIPLINE_PUBLIC_URL: 'https://tripline.example.com/' }).publicUrl).toBe(
    'https://tripline.example.com',
  )
  expect(problemsOf({ TRIPLINE_PUBLIC_URL: 'tripline.example.com' })).toContain('must be an http or https URL')
  expect(problemsOf({ TRIPLINE_PUBLIC_URL: 'https://example.com/tripline' })).toContain('must not have a path')
  expect(problemsOf({ TRIPLINE_PUBLIC_URL: 'https://me:pass@example.com' })).toContain('must not hold credentials')
})

test('PostgreSQL needs a master key, which may come from a file with one key a line', () => {
  const url = { TRIPLINE_DATABASE_URL: 'postgres://localhost/tripline' }
  expect(problemsOf(url)).toContain('TRIPLINE_SECRET_KEY is required')
  const file = join(tmpdir(), `tripline-keys-${process.pid}`)
  writeFileSync(file, 'one\ntwo\n')
  expect(readConfig({ ...url, TRIPLINE_SECRET_KEY_FILE: file }).secretKey).toBe('one,two')
  expect(problemsOf({ TRIPLINE_SECRET_KEY_FILE: '/nowhere/key' })).toContain('cannot be read')
  expect(problemsOf({ TRIPLINE_SECRET_KEY_FILE: file, TRIPLINE_SECRET_KEY: 'x' })).toContain('not both')
})

test('what Kubernetes injects for a service named tripline is not taken for settings', () => {
  const env = { TRIPLINE_SERVICE_HOST: '10.0.0.1', TRIPLINE_PORT: 'tcp://10.0.0.1:80', TRIPLINE_PORT_80_TCP: 'tcp://x' }
  expect(readConfig(env).port).toBe(8080)
})

test('a worker may have the variables of the servers, and needs their database and their public URL', () => {
  const shared = {
    TRIPLINE_DATABASE_URL: 'postgres://localhost/tripline',
    TRIPLINE_SECRET_KEY: 'k',
    TRIPLINE_PUBLIC_URL: 'https://tripline.example.com',
    TRIPLINE_WORKER: 'off',
  }
  expect(readConfig(shared).worker).toBe(false)
  expect(readConfig(shared, 'worker')).toMatchObject({ worker: true, publicUrl: 'https://tripline.example.com' })
  const message = problemsOf({ TRIPLINE_PORT: 'x' }, 'worker')
  for (const name of [
    'TRIPLINE_DATABASE_URL is required',
    'TRIPLINE_PUBLIC_URL is required',
    'TRIPLINE_PORT must be',
  ]) {
    expect(message).toContain(name)
  }
})

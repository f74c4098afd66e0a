import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
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
    workerRequestsMax: 1_024,
    eventsDays: 400,
    bodiesDays: 30,
    blobsGraceHours: 24,
    blobsS3: undefined,
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
    TRIPLINE_EVENTS_DAYS: '0',
    TRIPLINE_BODIES_DAYS: '1.5',
    TRIPLINE_BLOBS_GRACE_HOURS: '0',
    TRIPLINE_BLOBS: 's3://Not A Bucket',
    TRIPLINE_S3_ENDPOINT: 'minio:9000',
    TRIPLINE_S3_DIRECT: 'yes',
  })
  for (const part of [
    'TRIPLINE_PORT must be a whole number',
    'TRIPLINE_DATABASE_URL must begin with postgres://',
    'TRIPLINE_WORKER must be "on" or "off"',
    'TRIPLINE_ADMIN_USERNAME and TRIPLINE_ADMIN_API_KEY go together',
    'must be 40 to 200',
    'TRIPLINE_EVENTS_DAYS must be a whole number of days from 1 to 36500',
    'TRIPLINE_BODIES_DAYS must be a whole number of days from 1 to 36500',
    'TRIPLINE_PROT is not a setting',
    'TRIPLINE_BLOBS_GRACE_HOURS must be a whole number from 1 to 8760',
    'TRIPLINE_BLOBS must be s3://<bucket> or s3://<bucket>/<prefix>',
    'TRIPLINE_S3_ENDPOINT must be an http or https URL',
    'TRIPLINE_S3_DIRECT must be "on" or "off"',
  ]) {
    expect(message).toContain(part)
  }
})

test('how many requests a worker has open at once is a whole number between bounds', () => {
  const requests = (given: string) => ({ TRIPLINE_WORKER_REQUESTS_MAX: given })
  for (const right of ['16', '64', '8192']) {
    expect(readConfig(requests(right)).workerRequestsMax).toBe(Number(right))
  }
  for (const wrong of ['15', '8193', '64.5', 'many', '-64']) {
    expect(problemsOf(requests(wrong))).toContain(
      `TRIPLINE_WORKER_REQUESTS_MAX must be a whole number from 16 to 8192, not "${wrong}"`,
    )
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

test('the way out is ours where it is set, else the one of the environment', () => {
  const field = { HTTPS_PROXY: 'http://a:1', http_proxy: 'http://b:1', NO_PROXY: 'x.test' }
  expect(readConfig({}).webhookEgress).toMatchObject({
    httpsProxy: undefined,
    httpProxy: undefined,
    noProxy: undefined,
  })
  expect(readConfig(field).webhookEgress).toEqual({
    httpsProxy: { variable: 'HTTPS_PROXY', text: 'http://a:1' },
    httpProxy: { variable: 'http_proxy', text: 'http://b:1' },
    noProxy: { variable: 'NO_PROXY', text: 'x.test' },
    proxyResolves: false,
  })
  const own = { variable: 'TRIPLINE_WEBHOOK_PROXY', text: 'http://c:1' }
  expect(
    readConfig({ ...field, TRIPLINE_WEBHOOK_PROXY: 'http://c:1', TRIPLINE_WEBHOOK_NO_PROXY: '*' }).webhookEgress,
  ).toMatchObject({ httpsProxy: own, httpProxy: own, noProxy: { text: '*' } })
  expect(readConfig({ ...field, TRIPLINE_WEBHOOK_PROXY: 'off' }).webhookEgress).toMatchObject({
    httpsProxy: undefined,
    httpProxy: undefined,
  })
  expect(problemsOf({ TRIPLINE_WEBHOOK_PROXY_RESOLVES: 'yes' })).toContain('must be "on" or "off", not "yes"')
})

test('a file of authorities must hold certificates that can be read', () => {
  const file = join(tmpdir(), `tripline-authorities-${process.pid}.pem`)
  const problem = (text: string) => {
    writeFileSync(file, text)
    return problemsOf({ TRIPLINE_WEBHOOK_CA_FILE: file })
  }
  expect(problemsOf({ TRIPLINE_WEBHOOK_CA_FILE: '/nowhere/ca.pem' })).toMatch(/TRIPLINE_WEBHOOK_CA_FILE cannot be read/)
  expect(problem('')).toMatch(/TRIPLINE_WEBHOOK_CA_FILE .* holds no certificate.*openssl x509 -inform der/)
  const [one, two] = rootCertificates as [string, string]
  const broken = one.replace(/(.{64}\n)/, '')
  expect(problem(`${two}\n${broken}`)).toMatch(/TRIPLINE_WEBHOOK_CA_FILE .*certificate 2 of 2 cannot be read/)
  writeFileSync(file, `# ours\n${one}\nand another\n${two}\n`)
  expect(readConfig({ TRIPLINE_WEBHOOK_CA_FILE: file }).webhookAuthorities).toEqual([one, two])
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

test('a bucket is named by a URL, and the rest has defaults', () => {
  const s3 = (given: Record<string, string>) => readConfig(given).blobsS3
  const usual = { region: 'us-east-1', endpoint: undefined, publicEndpoint: undefined, pathStyle: false, direct: true }
  expect(s3({ TRIPLINE_BLOBS: 's3://models' })).toEqual({ bucket: 'models', prefix: '', ...usual })
  expect(s3({ TRIPLINE_BLOBS: 's3://models/a/b/', AWS_REGION: 'eu-west-1' })).toEqual({
    ...usual,
    bucket: 'models',
    prefix: 'a/b/',
    region: 'eu-west-1',
  })
  const minio = { TRIPLINE_BLOBS: 's3://models', TRIPLINE_S3_ENDPOINT: 'https://minio.example.com:9000/' }
  expect(s3(minio)).toMatchObject({ endpoint: 'https://minio.example.com:9000', pathStyle: true })
  expect(s3({ ...minio, TRIPLINE_S3_PATH_STYLE: 'off' })).toMatchObject({ pathStyle: false })
})

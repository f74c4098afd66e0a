import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { readS3, type S3Settings } from './config-s3.ts'
import { type OidcSettings, readOidc, readTrustedProxies, SIGNING_IN_SETTINGS } from './config-signing-in.ts'

/**
 * The configuration: environment variables, each also a flag of `tripline serve` and `tripline worker`
 * (`TRIPLINE_PUBLIC_URL` is `--public-url`; a flag wins). `docs/configuration.md` is made from this table.
 */
export const SETTINGS = [
  { name: 'TRIPLINE_HOST', default: '127.0.0.1', help: 'The address to listen on.' },
  { name: 'TRIPLINE_PORT', default: '8080', help: 'The port to listen on; 0 takes any free one.' },
  {
    name: 'TRIPLINE_PUBLIC_URL',
    default: 'http://localhost:<port>',
    help: 'The base of every absolute URL handed out, payloads included: what clients put into WANDB_BASE_URL. Required when the host is not loopback, and for `tripline worker`, the same as the servers have.',
  },
  {
    name: 'TRIPLINE_DATA_DIR',
    default: '.tripline',
    help: 'Holds the embedded database, its generated key and the blobs. Back it up with `tripline backup`, and the key apart: see docs/backup.md.',
  },
  {
    name: 'TRIPLINE_DATABASE_URL',
    default: '',
    help: 'Unset: embedded SQLite in the data directory. `postgres://user:password@host/database`: PostgreSQL 14 or later.',
  },
  {
    name: 'TRIPLINE_BLOBS',
    default: '',
    help: 'Unset: `blobs/` in the data directory. Or the path of another directory, or `s3://<bucket>/<prefix>`. See docs/blobs.md.',
  },
  {
    name: 'TRIPLINE_S3_REGION',
    default: '',
    help: 'The region of the bucket. Unset: `AWS_REGION`, else us-east-1. The credentials are those that AWS tools use: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, or the role of the machine.',
  },
  {
    name: 'TRIPLINE_S3_ENDPOINT',
    default: '',
    help: 'The URL of a server other than AWS that speaks S3, such as `https://minio.example.com:9000`.',
  },
  {
    name: 'TRIPLINE_S3_PUBLIC_ENDPOINT',
    default: '',
    help: 'The same server as clients reach it. Unset: as this server does.',
  },
  {
    name: 'TRIPLINE_S3_PATH_STYLE',
    default: '',
    help: '`on`: the bucket is in the path of URLs; `off`: in their host name. Unset: on with TRIPLINE_S3_ENDPOINT, off without.',
  },
  {
    name: 'TRIPLINE_S3_DIRECT',
    default: 'on',
    help: '`on`: clients bring and fetch the bytes of artifacts at the bucket itself, by presigned URLs. `off`: all bytes go through this server, for networks where clients do not reach the bucket.',
  },
  {
    name: 'TRIPLINE_SECRET_KEY',
    default: '',
    help: 'Master keys, comma separated, newest first: 32 bytes each, base64 or hex. They encrypt team secrets and webhook URLs. Embedded: generated once with a new database. PostgreSQL: required. Losing them loses the secrets.',
  },
  { name: 'TRIPLINE_SECRET_KEY_FILE', default: '', help: 'A file with the same list, one key a line.' },
  {
    name: 'TRIPLINE_ADMIN_USERNAME',
    default: '',
    help: 'With TRIPLINE_ADMIN_API_KEY: this administrator is created at the first start.',
  },
  { name: 'TRIPLINE_ADMIN_API_KEY', default: '', help: 'At least 40 characters.' },
  {
    name: 'TRIPLINE_WEBHOOK_ALLOW',
    default: '',
    help: 'CIDRs and host suffixes, comma separated, that webhooks may reach although they are private or not https. Cloud metadata addresses never.',
  },
  {
    name: 'TRIPLINE_WEBHOOK_PROXY',
    default: '',
    help: 'The proxy that webhooks are sent through: `http://host:port` or `http://user:password@host:port`, used by CONNECT. `off`: directly. Unset: `HTTPS_PROXY` for https webhooks and `HTTP_PROXY` for http ones, if the environment has them. See docs/egress.md.',
  },
  {
    name: 'TRIPLINE_WEBHOOK_NO_PROXY',
    default: '',
    help: 'Hosts, suffixes, addresses and CIDRs, comma separated, each with `:port` if only that one is meant, that are reached without the proxy; `*`: all. Unset: `NO_PROXY`. Loopback addresses never go through a proxy.',
  },
  {
    name: 'TRIPLINE_WEBHOOK_PROXY_RESOLVES',
    default: 'off',
    help: '`off`: this server looks names up, checks the address and has the proxy connect to that. `on`: the proxy is given the name, for networks where only it knows the names outside or allows by name. Then it is the proxy that must keep webhooks off private addresses.',
  },
  {
    name: 'TRIPLINE_WEBHOOK_CA_FILE',
    default: '',
    help: 'A PEM file with certificates of authorities to be trusted by webhooks besides the well-known ones: your own, or that of a proxy that opens TLS.',
  },
  {
    name: 'TRIPLINE_WORKER',
    default: 'on',
    help: '`on`, or `off` for a process that serves the API and sends nothing. `tripline worker` does not look at it.',
  },
  {
    name: 'TRIPLINE_WORKER_REQUESTS_MAX',
    default: '1024',
    help: 'How many requests to webhooks this process has open at once at most, from 16 to 8192. Half of them are for whoever comes, the rest for receivers that are quick. It is the bound of one process: each webhook has its own, which holds for all of them together.',
  },
  {
    name: 'TRIPLINE_EVENTS_DAYS',
    default: '400',
    help: 'How many days events are kept, with their executions, deliveries and attempts. What is in progress is kept until it has ended.',
  },
  {
    name: 'TRIPLINE_BODIES_DAYS',
    default: '30',
    help: 'How many days after a delivery ended its payload is kept, with the requests and answers of its attempts. The row stays, and says that they were purged.',
  },
  {
    name: 'TRIPLINE_BLOBS_GRACE_HOURS',
    default: '24',
    help: 'How many hours bytes are kept after the last version or run that had them has let go of them. Longer than a backup takes to copy the bytes, and than any download.',
  },
  {
    name: 'TRIPLINE_HOLD_PER_MINUTE',
    default: '600',
    help: 'An automation that fires more often than this within a minute on one collection is held there for 15 minutes. Counted over all processes, a few percent late where there are several. 0: never. Automations may have a limit of their own.',
  },
  ...SIGNING_IN_SETTINGS,
  { name: 'TRIPLINE_LOG_LEVEL', default: 'info', help: '`debug`, `info`, `warn`, `error` or `silent`.' },
] as const

export type SettingName = (typeof SETTINGS)[number]['name']

/** The way out for webhooks, as given; each text with the name of the variable that it came from. */
export type EgressSettings = {
  httpsProxy: { variable: string; text: string } | undefined
  httpProxy: { variable: string; text: string } | undefined
  noProxy: { variable: string; text: string } | undefined
  proxyResolves: boolean
}

export type Config = {
  host: string
  port: number
  /** Without a slash at its end; `undefined` until the port is known if it was left to chance. */
  publicUrl: string | undefined
  dataDir: string
  databaseUrl: string | undefined
  /** Where the bytes are, unless in S3. */
  blobsDir: string
  blobsS3: S3Settings | undefined
  /** As given; `undefined`: look into the data directory. */
  secretKey: string | undefined
  admin: { username: string; apiKey: string } | undefined
  webhookAllow: string
  /** The URLs of proxies in it may hold passwords. */
  webhookEgress: EgressSettings
  /** Certificates in PEM, to be trusted besides the well-known ones. */
  webhookAuthorities: readonly string[]
  worker: boolean
  /** Requests to webhooks that the worker of this process has open at once. */
  workerRequestsMax: number
  eventsDays: number
  bodiesDays: number
  /** How long bytes that nothing refers to are kept. */
  blobsGraceHours: number
  /** Executions of one automation on one collection; 0: no limit. */
  holdPerMinute: number
  /** Addresses and CIDRs. */
  trustedProxies: readonly string[]
  oidc: OidcSettings | undefined
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** What is wrong with the configuration: each line names the variable and the fix. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}

/** Kubernetes puts these into every container beside a service named "tripline"; they are not meant for us. */
const OF_KUBERNETES = /^TRIPLINE_(SERVICE_|PORT_)/

/** The keys that `tripline import` reads: a server has no use for them, and no harm of them. */
const OF_IMPORTS = /^TRIPLINE_IMPORT_(?:FROM|TO)_KEY$/

/** A hundred years: for ever. */
const DAYS_MAX = 36_500

/** A year. */
const GRACE_HOURS_MAX = 8_760

/** Fewer leave no room to tell quick receivers by; of more the open files of a process would be the bound. */
const WORKER_REQUESTS = { min: 16, max: 8_192 }

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])

/**
 * The configuration from environment variables, checked for a server or for a worker, which may have the same ones.
 *
 * @throws ConfigError naming every variable that is wrong, not only the first
 */
export function readConfig(env: Record<string, string | undefined>, role: 'server' | 'worker' = 'server'): Config {
  const problems: string[] = []
  const value = (name: SettingName) => {
    const given = env[name]?.trim()
    if (name === 'TRIPLINE_PORT' && given?.startsWith('tcp://')) return undefined
    return given === undefined || given === '' ? undefined : given
  }
  const known = new Set<string>(SETTINGS.map((setting) => setting.name))
  for (const name of Object.keys(env)) {
    if (name.startsWith('TRIPLINE_') && !known.has(name) && !OF_KUBERNETES.test(name) && !OF_IMPORTS.test(name)) {
      problems.push(`${name} is not a setting; known are ${[...known].join(', ')}`)
    }
  }

  const host = value('TRIPLINE_HOST') ?? '127.0.0.1'
  const port = z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .safeParse(value('TRIPLINE_PORT') ?? '8080')
  if (!port.success)
    problems.push(`TRIPLINE_PORT must be a whole number from 0 to 65535, not "${value('TRIPLINE_PORT')}"`)

  const publicUrl =
    role === 'worker' && value('TRIPLINE_PUBLIC_URL') === undefined
      ? void problems.push(
          'TRIPLINE_PUBLIC_URL is required for tripline worker: payloads have links in them. Set it to what the servers have',
        )
      : readPublicUrl(value('TRIPLINE_PUBLIC_URL'), host, port.data ?? 8080, problems)

  const databaseUrl = value('TRIPLINE_DATABASE_URL')
  if (role === 'worker' && databaseUrl === undefined) {
    problems.push(
      'TRIPLINE_DATABASE_URL is required for tripline worker: the embedded database belongs to one process, and its ' +
        'tripline serve sends by itself',
    )
  }
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    problems.push('TRIPLINE_DATABASE_URL must begin with postgres:// (leave it unset for the embedded database)')
  }

  const dataDir = resolve(value('TRIPLINE_DATA_DIR') ?? '.tripline')
  const blobs = value('TRIPLINE_BLOBS')
  const isS3 = blobs?.startsWith('s3://') === true
  if (blobs?.includes('://') && !isS3) {
    problems.push('TRIPLINE_BLOBS must be the path of a directory or s3://<bucket>/<prefix>')
  }
  const blobsS3 = isS3 ? readS3(blobs, env, value, problems) : undefined

  const keyFile = value('TRIPLINE_SECRET_KEY_FILE')
  let secretKey = value('TRIPLINE_SECRET_KEY')
  if (keyFile !== undefined && secretKey !== undefined) {
    problems.push('Set TRIPLINE_SECRET_KEY or TRIPLINE_SECRET_KEY_FILE, not both')
  } else if (keyFile !== undefined) {
    try {
      secretKey = readFileSync(keyFile, 'utf8').trim().split(/\s+/).join(',')
    } catch (error) {
      problems.push(`TRIPLINE_SECRET_KEY_FILE cannot be read: ${(error as Error).message}`)
    }
  }
  if (databaseUrl !== undefined && secretKey === undefined && keyFile === undefined) {
    problems.push(
      'TRIPLINE_SECRET_KEY is required with TRIPLINE_DATABASE_URL, the same for all processes; ' +
        'make one with: openssl rand -base64 32',
    )
  }

  const username = value('TRIPLINE_ADMIN_USERNAME')
  const apiKey = value('TRIPLINE_ADMIN_API_KEY')
  if ((username === undefined) !== (apiKey === undefined)) {
    problems.push('TRIPLINE_ADMIN_USERNAME and TRIPLINE_ADMIN_API_KEY go together: set both or neither')
  }
  if (apiKey !== undefined && !/^[\w-]{40,200}$/.test(apiKey)) {
    problems.push(
      'TRIPLINE_ADMIN_API_KEY must be 40 to 200 letters, digits, "_" or "-"; make one with: openssl rand -hex 20',
    )
  }

  const webhookEgress = readEgress(env, value, problems)
  const webhookAuthorities = readAuthorities(value('TRIPLINE_WEBHOOK_CA_FILE'), problems)

  const worker = z.enum(['on', 'off']).safeParse(value('TRIPLINE_WORKER') ?? 'on')
  if (!worker.success) problems.push(`TRIPLINE_WORKER must be "on" or "off", not "${value('TRIPLINE_WORKER')}"`)
  const workerRequestsMax = z.coerce
    .number()
    .int()
    .min(WORKER_REQUESTS.min)
    .max(WORKER_REQUESTS.max)
    .safeParse(value('TRIPLINE_WORKER_REQUESTS_MAX') ?? '1024')
  if (!workerRequestsMax.success) {
    problems.push(
      `TRIPLINE_WORKER_REQUESTS_MAX must be a whole number from ${WORKER_REQUESTS.min} to ${WORKER_REQUESTS.max}, ` +
        `not "${value('TRIPLINE_WORKER_REQUESTS_MAX')}"`,
    )
  }
  const days = (name: 'TRIPLINE_EVENTS_DAYS' | 'TRIPLINE_BODIES_DAYS', usual: number) => {
    const given = z.coerce
      .number()
      .int()
      .min(1)
      .max(DAYS_MAX)
      .safeParse(value(name) ?? usual)
    if (!given.success)
      problems.push(`${name} must be a whole number of days from 1 to ${DAYS_MAX}, not "${value(name)}"`)
    return given.data ?? usual
  }
  const eventsDays = days('TRIPLINE_EVENTS_DAYS', 400)
  const bodiesDays = days('TRIPLINE_BODIES_DAYS', 30)
  const blobsGraceHours = z.coerce
    .number()
    .int()
    .min(1)
    .max(GRACE_HOURS_MAX)
    .safeParse(value('TRIPLINE_BLOBS_GRACE_HOURS') ?? '24')
  if (!blobsGraceHours.success) {
    problems.push(
      `TRIPLINE_BLOBS_GRACE_HOURS must be a whole number from 1 to ${GRACE_HOURS_MAX}, not "${value('TRIPLINE_BLOBS_GRACE_HOURS')}"`,
    )
  }
  const holdPerMinute = z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .safeParse(value('TRIPLINE_HOLD_PER_MINUTE') ?? '600')
  if (!holdPerMinute.success) {
    problems.push('TRIPLINE_HOLD_PER_MINUTE must be a whole number from 0 (never) to 1000000')
  }
  const trustedProxies = readTrustedProxies(value, problems)
  const oidc = readOidc(value, problems)
  const logLevel = z.enum(['debug', 'info', 'warn', 'error', 'silent']).safeParse(value('TRIPLINE_LOG_LEVEL') ?? 'info')
  if (!logLevel.success) problems.push('TRIPLINE_LOG_LEVEL must be debug, info, warn, error or silent')

  if (problems.length > 0) throw new ConfigError(problems)
  return {
    host,
    port: port.data as number,
    publicUrl,
    dataDir,
    databaseUrl,
    blobsDir: blobs === undefined || isS3 ? resolve(dataDir, 'blobs') : resolve(blobs),
    blobsS3,
    secretKey,
    admin: username !== undefined && apiKey !== undefined ? { username, apiKey } : undefined,
    webhookAllow: value('TRIPLINE_WEBHOOK_ALLOW') ?? '',
    webhookEgress,
    webhookAuthorities,
    worker: role === 'worker' || worker.data === 'on',
    workerRequestsMax: workerRequestsMax.data as number,
    eventsDays,
    bodiesDays,
    blobsGraceHours: blobsGraceHours.data as number,
    holdPerMinute: holdPerMinute.data as number,
    trustedProxies,
    oidc,
    logLevel: logLevel.data as Config['logLevel'],
  }
}

function readPublicUrl(given: string | undefined, host: string, port: number, problems: string[]): string | undefined {
  if (given === undefined) {
    if (!LOOPBACK.has(host)) {
      problems.push(
        `TRIPLINE_PUBLIC_URL is required because TRIPLINE_HOST is ${host}: set it to the URL others reach this server by, ` +
          'for instance https://tripline.example.com',
      )
    }
    return port === 0 ? undefined : `http://localhost:${port}`
  }
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    problems.push(`TRIPLINE_PUBLIC_URL must be an http or https URL without query, not "${given}"`)
    return undefined
  }
  if (url.pathname !== '/')
    problems.push('TRIPLINE_PUBLIC_URL must not have a path: serve Tripline at the root of a host')
  if (url.username !== '') problems.push('TRIPLINE_PUBLIC_URL must not hold credentials')
  return url.origin
}

/**
 * The field's variables count where ours are not set, in either case of letters. Empty is as good as unset.
 */
function readEgress(
  env: Record<string, string | undefined>,
  value: (name: SettingName) => string | undefined,
  problems: string[],
): EgressSettings {
  const firstOf = (...variables: string[]) => {
    for (const variable of variables) {
      const text = env[variable]?.trim()
      if (text !== undefined && text !== '') return { variable, text }
    }
    return undefined
  }
  const resolves = z.enum(['on', 'off']).safeParse(value('TRIPLINE_WEBHOOK_PROXY_RESOLVES') ?? 'off')
  if (!resolves.success) {
    problems.push(
      `TRIPLINE_WEBHOOK_PROXY_RESOLVES must be "on" or "off", not "${value('TRIPLINE_WEBHOOK_PROXY_RESOLVES')}"`,
    )
  }
  const rest = {
    noProxy: firstOf('TRIPLINE_WEBHOOK_NO_PROXY', 'NO_PROXY', 'no_proxy'),
    proxyResolves: resolves.data === 'on',
  }
  const own = firstOf('TRIPLINE_WEBHOOK_PROXY')
  if (own?.text === 'off') return { httpsProxy: undefined, httpProxy: undefined, ...rest }
  return {
    httpsProxy: own ?? firstOf('HTTPS_PROXY', 'https_proxy'),
    httpProxy: own ?? firstOf('HTTP_PROXY', 'http_proxy'),
    ...rest,
  }
}

function readAuthorities(file: string | undefined, problems: string[]): readonly string[] {
  if (file === undefined) return []
  const wrong = (problem: string) => {
    problems.push(`TRIPLINE_WEBHOOK_CA_FILE ${problem}`)
    return []
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return wrong(`cannot be read: ${(error as Error).message}`)
  }
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (pems.length === 0) {
    return wrong(
      `(${file}) holds no certificate: it must be PEM, with "-----BEGIN CERTIFICATE-----"; ` +
        'of a DER file make it with: openssl x509 -inform der -in ca.der -out ca.pem',
    )
  }
  for (const [index, pem] of pems.entries()) {
    try {
      new X509Certificate(pem)
    } catch (error) {
      return wrong(
        `(${file}): certificate ${index + 1} of ${pems.length} cannot be read (${(error as Error).message}); ` +
          'see what is in it with: openssl x509 -in <file> -noout -text',
      )
    }
  }
  return pems
}

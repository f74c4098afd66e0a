import type { SettingName } from './config.ts'

/** Where the bytes are when they are in S3. The credentials are not in it: the SDK finds them, and renews them. */
export type S3Settings = {
  bucket: string
  /** Of every object's name: empty, or with a slash at its end. */
  prefix: string
  region: string
  /** Without a slash at its end; `undefined`: AWS. */
  endpoint: string | undefined
  /** The endpoint as clients reach it, where that is another. */
  publicEndpoint: string | undefined
  /** `http://host/bucket/key` rather than `http://bucket.host/key`. */
  pathStyle: boolean
  /** Clients reach the bucket themselves. */
  direct: boolean
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/

/** What `s3://bucket/prefix` and the settings beside it say; what is wrong with them is added to `problems`. */
export function readS3(
  location: string,
  env: Record<string, string | undefined>,
  value: (name: SettingName) => string | undefined,
  problems: string[],
): S3Settings {
  const [bucket = '', ...segments] = location.slice('s3://'.length).replace(/\/$/, '').split('/')
  const prefix = segments.join('/')
  if (!BUCKET.test(bucket) || (prefix !== '' && !PREFIX.test(prefix))) {
    problems.push(
      `TRIPLINE_BLOBS must be s3://<bucket> or s3://<bucket>/<prefix>, the prefix of letters, digits, ".", "_" and "-", not "${location}"`,
    )
  }
  const endpoint = readEndpoint('TRIPLINE_S3_ENDPOINT', value, problems)
  const publicEndpoint = readEndpoint('TRIPLINE_S3_PUBLIC_ENDPOINT', value, problems)
  const isOn = (name: 'TRIPLINE_S3_PATH_STYLE' | 'TRIPLINE_S3_DIRECT', usual: boolean) => {
    const given = value(name)
    if (given !== undefined && given !== 'on' && given !== 'off')
      problems.push(`${name} must be "on" or "off", not "${given}"`)
    return given === undefined ? usual : given === 'on'
  }
  return {
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region: value('TRIPLINE_S3_REGION') ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1',
    endpoint,
    publicEndpoint,
    pathStyle: isOn('TRIPLINE_S3_PATH_STYLE', endpoint !== undefined),
    direct: isOn('TRIPLINE_S3_DIRECT', true),
  }
}

function readEndpoint(
  name: 'TRIPLINE_S3_ENDPOINT' | 'TRIPLINE_S3_PUBLIC_ENDPOINT',
  value: (name: SettingName) => string | undefined,
  problems: string[],
): string | undefined {
  const given = value(name)
  if (given === undefined) return undefined
  const url = URL.canParse(given) ? new URL(given) : undefined
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.username === ''
  if (!isPlain) problems.push(`${name} must be an http or https URL without query or credentials`)
  return given.replace(/\/$/, '')
}

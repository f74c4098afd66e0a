import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMd5, type ManifestEntry, parseManifest, pathProblem, renderManifest } from './manifest.ts'

const MD5 = '1B2M2Y8AsgTpgAmY7PhCfg=='
const file = { digest: MD5, size: 0 }

const manifest = (contents: unknown, rest: object = {}) =>
  JSON.stringify({ version: 1, storagePolicy: 'wandb-storage-policy-v1', contents, ...rest })

function refusalOf(text: string): string {
  try {
    parseManifest(text)
    return 'accepted'
  } catch (error) {
    expect(error).toMatchObject({ code: 'manifest_invalid' })
    return (error as Error).message
  }
}

const digest = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const path = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => pathProblem(text) === undefined)
const size = fc.maxSafeNat()
const entry: fc.Arbitrary<ManifestEntry> = fc.oneof(
  fc.record({ path, digest, size, ref: fc.constant(null), extra: fc.constant(null) }),
  fc.record({
    path,
    digest: fc.webUrl(),
    size,
    ref: fc.webUrl(),
    extra: fc.option(fc.record({ etag: fc.string({ unit: 'grapheme-ascii' }) }).map((extra) => JSON.stringify(extra))),
  }),
)
const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 20 })

describe('reading a manifest', () => {
  test('what we render reads back the same, whatever its paths', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const text = renderManifest(given.map((each) => ({ ...each, birthArtifactId: each.ref === null ? 7 : null })))
        expect(new Map(parseManifest(text).map((each) => [each.path, each]))).toEqual(
          new Map(given.map((each) => [each.path, each])),
        )
      }),
    )
  })

  test('what the client says about its own disk, and where it claims the bytes are, is dropped', () => {
    const text = manifest({
      'a.bin': {
        ...file,
        local_path: '/home/maya/secret/a.bin',
        skip_cache: false,
        birthArtifactID: 'QXJ0aWZhY3Q6MQ==',
      },
    })
    expect(parseManifest(text)).toEqual([{ path: 'a.bin', digest: MD5, size: 0, ref: null, extra: null }])
  })

  test('a reference needs no size and no MD5, and may be as large as numbers go', () => {
    const text = manifest({
      a: { ref: 's3://bucket/a', digest: 'etag' },
      b: { ref: 's3://bucket/b', digest: 'etag', size: Number.MAX_SAFE_INTEGER, extra: { versionID: 'x' } },
      c: { ref: 's3://bucket/c', digest: 'etag', size: null, extra: {} },
    })
    expect(parseManifest(text)).toEqual([
      { path: 'a', digest: 'etag', size: 0, ref: 's3://bucket/a', extra: null },
      { path: 'b', digest: 'etag', size: Number.MAX_SAFE_INTEGER, ref: 's3://bucket/b', extra: '{"versionID":"x"}' },
      { path: 'c', digest: 'etag', size: 0, ref: 's3://bucket/c', extra: null },
    ])
  })

  test.each([
    ['no JSON', '{"version":1,', /not JSON/],
    ['no object', '[]', /JSON object/],
    ['another version', manifest({}, { version: 2 }), /"version"/],
    ['no storage policy', manifest({}, { storagePolicy: undefined }), /"storagePolicy"/],
    ['contents as a list', manifest([]), /"contents"/],
    ['an empty path', manifest({ '': file }), /is empty/],
    ['an absolute path', manifest({ '/etc/passwd': file }), /must be relative/],
    ['a path that climbs', manifest({ 'a/../../b': file }), /"\.\."/],
    ['a long path', manifest({ [`${'é'.repeat(512)}x`]: file }), /longer than 1024 bytes/],
    ['a path with NUL', manifest({ 'a\0b': file }), /NUL/],
    ['half a character', '{"version":1,"storagePolicy":"p","contents":{"\\ud800":{}}}', /well-formed/],
    ['an entry that is a string', manifest({ a: 'x' }), /must be an object/],
    ['no digest', manifest({ a: { size: 1 } }), /base64 MD5/],
    ['a hex digest', manifest({ a: { ...file, digest: 'd41d8cd98f00b204e9800998ecf8427e' } }), /base64 MD5/],
    ['a digest in another spelling', manifest({ a: { ...file, digest: '1B2M2Y8AsgTpgAmY7PhCfh==' } }), /base64 MD5/],
    ['no size', manifest({ a: { digest: MD5 } }), /whole number/],
    ['a negative size', manifest({ a: { ...file, size: -1 } }), /whole number/],
    ['half a byte', manifest({ a: { ...file, size: 0.5 } }), /whole number/],
    ['more bytes than numbers', manifest({ a: { ...file, size: 2 ** 53 } }), /whole number/],
    ['an empty reference', manifest({ a: { ...file, ref: '' } }), /must be a URL/],
    ['a reference that is a number', manifest({ a: { ...file, ref: 1 } }), /must be a URL/],
    ['a reference without digest', manifest({ a: { ref: 's3://b/k', size: 1 } }), /digest/],
    ['a reference with a broken size', manifest({ a: { ref: 's3://b/k', digest: 'x', size: '1' } }), /whole number/],
    ['extra as a list', manifest({ a: { ref: 's3://b/k', digest: 'x', extra: [] } }), /"extra"/],
    [
      'a huge extra',
      manifest({ a: { ref: 's3://b/k', digest: 'x', extra: { e: 'x'.repeat(70_000) } } }),
      /larger than/,
    ],
    [
      'an extra too deep to write',
      `{"version":1,"storagePolicy":"p","contents":{"a":{"ref":"r","digest":"d","extra":{"e":${'['.repeat(200_000)}${']'.repeat(200_000)}}}}}`,
      /larger than/,
    ],
  ])('%s is refused', (_what, text, message) => {
    expect(refusalOf(text)).toMatch(message)
  })

  test('any text is either read or refused', () => {
    const almost = fc.json().map((text) => `{"version":1,"storagePolicy":"p","contents":${text}}`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), almost), (text) => {
        expect(typeof refusalOf(text)).toBe('string')
      }),
    )
  })

  test('keys that JavaScript treats specially are paths like any other', () => {
    const text =
      '{"version":1,"storagePolicy":"p","contents":{"__proto__":{"digest":"1B2M2Y8AsgTpgAmY7PhCfg==","size":1}}}'
    expect(parseManifest(text).map(({ path }) => path)).toEqual(['__proto__'])
  })
})

test('the manifest we render is the one the client reads', () => {
  const text = renderManifest([
    { path: 'a "quoted".bin', digest: MD5, size: 5, ref: null, extra: null, birthArtifactId: 12 },
    { path: 'r', digest: 'etag', size: 9, ref: 's3://b/k', extra: '{"etag":"e"}', birthArtifactId: null },
  ])
  expect(JSON.parse(text)).toEqual({
    version: 1,
    storagePolicy: 'wandb-storage-policy-v1',
    storagePolicyConfig: { storageLayout: 'V2' },
    contents: {
      'a "quoted".bin': { digest: MD5, size: 5, birthArtifactID: 'QXJ0aWZhY3Q6MTI=' },
      r: { digest: 'etag', size: 9, ref: 's3://b/k', extra: { etag: 'e' } },
    },
  })
})

test('an MD5 is 16 bytes in the one spelling base64 has for them', () => {
  fc.assert(fc.property(digest, isMd5))
  expect(isMd5(createHash('md5').update('x').digest('base64'))).toBe(true)
  for (const text of ['', MD5.slice(1), `${MD5}=`, MD5.replace('==', ''), 7, null]) expect(isMd5(text)).toBe(false)
})

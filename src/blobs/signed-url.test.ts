import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import {
  DOWNLOAD_URL_TTL_MS,
  maskSignedUrl,
  signBlobUrl,
  UPLOAD_URL_TTL_MS,
  type UrlGrant,
  verifyBlobUrl,
} from './signed-url.ts'

const keys = [Buffer.alloc(32, 1)]
const nowMs = 1_800_000_000_000
const key = 'a1'.repeat(20)
const md5 = 'XrY7u+Ae7tCTyyK7j1rNww=='

const base64Md5 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const blobKey = fc.stringMatching(/^[0-9a-f]{40}$/)
const byteCount = fc.maxSafeNat()
const grants: fc.Arbitrary<UrlGrant> = fc.oneof(
  fc.record({
    kind: fc.constant('upload' as const),
    key: blobKey,
    size: byteCount,
    md5: fc.option(base64Md5, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('upload' as const),
    key: blobKey,
    sizeMax: byteCount,
    md5: fc.option(base64Md5, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('download' as const),
    key: blobKey,
    size: byteCount,
    md5: base64Md5,
    contentType: fc.option(fc.string(), { nil: undefined }),
  }),
)

describe('a signed URL', () => {
  test('gives back exactly what it was signed for, whatever the name, through any base URL', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
    const baseUrl = fc.constantFrom('http://localhost:8080', 'https://tripline.example/below/a/path')
    fc.assert(
      fc.property(grants, name, baseUrl, (grant, name, baseUrl) => {
        const url = signBlobUrl({ baseUrl, visiblePath: `wandb_artifacts/${name}`, grant, keys, nowMs })
        expect(url.startsWith(`${baseUrl}/storage/`)).toBe(true)
        const { filename, ...verified } = verify(url, { method: grant.kind === 'upload' ? 'PUT' : 'GET' })
        expect(verified).toEqual(grant)
        const segments = name.split('/').filter((segment) => !['', '.', '..'].includes(segment))
        expect(filename).toBe(segments.at(-1) ?? 'wandb_artifacts')
      }),
    )
  })

  test('shows where it leads, and is short', () => {
    const grant: UrlGrant = { kind: 'upload', key, size: 2 ** 40, md5 }
    const file = signBlobUrl({ baseUrl: 'http://h', visiblePath: 'wandb_artifacts/model.pt', grant, keys, nowMs })
    const manifest = signBlobUrl({ baseUrl: 'http://h', visiblePath: 'wandb_manifest.json', grant, keys, nowMs })
    expect(file).toContain(`/storage/${key}/wandb_artifacts/model.pt?`)
    expect(manifest).toContain(`/storage/${key}/wandb_manifest.json?`)
    expect(file.length).toBeLessThan(160)
  })

  test('survives what clients do to URLs: it has no dot segment and nothing to normalise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const url = uploadUrl({ visiblePath: `wandb_artifacts/../${name}` })
        expect(new URL(url).href).toBe(url)
        verify(url, { method: 'PUT' })
      }),
    )
  })

  test('shows only the end of a very long name', () => {
    const url = uploadUrl({ visiblePath: `wandb_artifacts/${'é'.repeat(5_000)}.safetensors` })
    expect(url.length).toBeLessThan(1_200)
    expect(verify(url, { method: 'PUT' }).filename).toMatch(/^é+\.safetensors$/)
  })

  test('works for 24 h up and 12 h down, to the second', () => {
    const up = uploadUrl()
    const down = downloadUrl()
    expect(refusalOf(() => verify(up, { method: 'PUT', nowMs: nowMs + UPLOAD_URL_TTL_MS - 1 }))).toBeUndefined()
    expect(refusalOf(() => verify(up, { method: 'PUT', nowMs: nowMs + UPLOAD_URL_TTL_MS }))).toBe('signed_url_expired')
    expect(refusalOf(() => verify(down, { method: 'GET', nowMs: nowMs + DOWNLOAD_URL_TTL_MS - 1 }))).toBeUndefined()
    expect(refusalOf(() => verify(down, { method: 'HEAD', nowMs: nowMs + DOWNLOAD_URL_TTL_MS }))).toBe(
      'signed_url_expired',
    )
    expect([UPLOAD_URL_TTL_MS, DOWNLOAD_URL_TTL_MS]).toEqual([86_400_000, 43_200_000])
  })

  test('is for its own method only', () => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'put', '']) {
      expect(refusalOf(() => verify(uploadUrl(), { method }))).toBe('signed_url_invalid')
    }
    for (const method of ['PUT', 'POST', 'DELETE', '']) {
      expect(refusalOf(() => verify(downloadUrl(), { method }))).toBe('signed_url_invalid')
    }
  })

  test('is invalid once any character of it is changed, put in or left out, expired or not', () => {
    const alphabet = [...'0123456789abcdefzAZ-_/.=&+ é']
    const edit = fc.record({
      at: fc.nat(),
      insert: fc.option(fc.constantFrom(...alphabet), { nil: '' }),
      removed: fc.constantFrom(0, 1, 2),
      nowMs: fc.constantFrom(nowMs, nowMs + 10 * UPLOAD_URL_TTL_MS),
    })
    const { path, query } = partsOf(downloadUrl({ contentType: 'text/plain' }))
    const original = `${path}?${query}`
    fc.assert(
      fc.property(edit, ({ at, insert, removed, nowMs }) => {
        const index = at % original.length
        const forged = original.slice(0, index) + insert + original.slice(index + removed)
        const queryAt = forged.indexOf('?')
        const parts = { path: forged.slice(0, queryAt), query: forged.slice(queryAt + 1) }
        // A space may be written in several ways, and `&&` is `&`: what is the same to read is the same URL.
        if (queryAt === -1 || sameToRead(parts, { path, query })) return
        const refused = refusalOf(() => verifyBlobUrl({ method: 'GET', ...parts, keys, nowMs }))
        expect(refused).toBe('signed_url_invalid')
      }),
      { numRuns: 2_000 },
    )
  })

  test('is invalid without its signature, with a parameter twice or with one more', () => {
    const { path, query } = partsOf(downloadUrl())
    for (const forged of [
      '',
      's=',
      query.replace(/&s=.*/, ''),
      `${query}&e=zzzzzz`,
      `${query}&x=1`,
      `${query}&__proto__=1`,
    ]) {
      expect(refusalOf(() => verifyBlobUrl({ method: 'GET', path, query: forged, keys, nowMs }))).toBe(
        'signed_url_invalid',
      )
    }
  })

  test('does not pass for another: fields cannot be moved between path and query', () => {
    const bound = { kind: 'upload', key, size: 35 } as const
    const open = { kind: 'upload', key, sizeMax: 35 } as const
    const [a, b] = [uploadUrl({ grant: bound }), uploadUrl({ grant: open })].map((url) => partsOf(url))
    const swapped = a!.query.replace('n=', 'm=')
    expect(swapped.replace(/s=.*/, '')).toBe(b!.query.replace(/s=.*/, ''))
    expect(refusalOf(() => verifyBlobUrl({ method: 'PUT', path: b!.path, query: swapped, keys, nowMs }))).toBe(
      'signed_url_invalid',
    )
  })

  test('is verified under older keys too, and signed under the newest', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)]
    const before = uploadUrl({ keys: [older] })
    const after = uploadUrl({ keys: [newer, older] })
    expect(verify(before, { method: 'PUT', keys: [newer, older] }).key).toBe(key)
    expect(verify(after, { method: 'PUT', keys: [newer] }).key).toBe(key)
    expect(refusalOf(() => verify(before, { method: 'PUT', keys: [newer] }))).toBe('signed_url_invalid')
    expect(refusalOf(() => verify(before, { method: 'PUT', keys: [] }))).toBe('signed_url_invalid')
  })
})

test('a masked URL allows nothing, and still tells what it was about', () => {
  const masked = maskSignedUrl(downloadUrl())
  expect(masked).toBe(`http://localhost:8080/storage/${key}/wandb_artifacts/model.pt?[hidden]`)
  expect(maskSignedUrl(`/storage/${key}/x?e=1&s=2`)).toBe(`/storage/${key}/x?[hidden]`)
  expect(maskSignedUrl('/api/v1/users?limit=3')).toBe('/api/v1/users?limit=3')
  expect(maskSignedUrl(`/storage/${key}/x`)).toBe(`/storage/${key}/x`)
})

function uploadUrl(over: { visiblePath?: string; grant?: UrlGrant; keys?: Uint8Array[] } = {}): string {
  const { visiblePath = 'wandb_artifacts/model.pt', grant = { kind: 'upload', key, sizeMax: 100, md5 } as const } = over
  return signBlobUrl({ baseUrl: 'http://localhost:8080', visiblePath, grant, keys: over.keys ?? keys, nowMs })
}

function downloadUrl(over: { contentType?: string } = {}): string {
  return uploadUrl({ grant: { kind: 'download', key, size: 100, md5, ...over } })
}

function partsOf(url: string): { path: string; query: string } {
  const { pathname, search } = new URL(url)
  return { path: decodeURIComponent(pathname.slice(pathname.indexOf('/storage/') + 9)), query: search.slice(1) }
}

function verify(url: string, over: { method: string; nowMs?: number; keys?: Uint8Array[] }) {
  return verifyBlobUrl({ ...partsOf(url), keys, nowMs, ...over })
}

function sameToRead(a: { path: string; query: string }, b: { path: string; query: string }): boolean {
  const read = ({ path, query }: { path: string; query: string }) =>
    JSON.stringify([path, [...new URLSearchParams(query)].sort()])
  return read(a) === read(b)
}

function refusalOf(act: () => unknown): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error)
  }
}

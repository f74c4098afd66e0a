import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchFiles, type PromisedFile } from './file-matching.ts'
import type { ManifestEntry } from './manifest.ts'

const path = fc.constantFrom('a', 'b', 'dir/a', 'dir/b', 'c')
const digest = fc.constantFrom('d1', 'd2', 'd3')
const size = fc.constantFrom(0, 1, 2)

const entry: fc.Arbitrary<ManifestEntry> = fc.record({
  path,
  digest,
  size,
  ref: fc.option(fc.constant('s3://bucket/key'), { freq: 4 }),
  extra: fc.constant(null),
})
const promised: fc.Arbitrary<PromisedFile> = fc.record({
  path,
  digest,
  size: fc.option(size),
  blobKey: fc.string(),
  birthArtifactId: fc.nat(),
})
const entries = fc.uniqueArray(entry, { selector: ({ path }) => path })
const files = fc.uniqueArray(promised, { selector: ({ path, digest }) => `${path} ${digest}` })

test('a version matches only if every file in it arrived or was granted with that path, digest and size', () => {
  fc.assert(
    fc.property(entries, files, (wanted, there) => {
      const has = ({ path, digest, size }: ManifestEntry) =>
        there.some((file) => file.path === path && file.digest === digest && file.size === size)
      const unmatched = wanted.filter((each) => each.ref === null && !has(each))

      const matching = matchFiles(wanted, there)

      if (unmatched.length > 0) {
        expect(matching).toMatchObject({ kind: 'unmatched', count: unmatched.length })
        return
      }
      expect(matching.kind).toBe('matched')
      if (matching.kind !== 'matched') return
      expect(matching.entries.map(({ blobKey, birthArtifactId, ...rest }) => rest)).toEqual(wanted)
      for (const placed of matching.entries) {
        const source = there.find((file) => file.blobKey === placed.blobKey && file.path === placed.path)
        expect(placed.blobKey === null).toBe(placed.ref !== null)
        if (placed.ref === null) expect(source).toMatchObject({ digest: placed.digest, size: placed.size })
      }
    }),
  )
})

test('a refusal says which files are wrong, and how', () => {
  const wanted = ['never', 'late', 'short', 'x1', 'x2', 'x3'].map((name) => ({
    path: name,
    digest: 'd',
    size: 5,
    ref: null,
    extra: null,
  }))
  const there = [
    { path: 'late', digest: 'd', size: null, blobKey: 'k1', birthArtifactId: 1 },
    { path: 'short', digest: 'd', size: 4, blobKey: 'k2', birthArtifactId: 1 },
    { path: 'never', digest: 'other', size: 5, blobKey: 'k3', birthArtifactId: 1 },
  ]
  expect(matchFiles(wanted, there)).toEqual({
    kind: 'unmatched',
    count: 6,
    paths: [
      'never (never registered with this digest)',
      'late (not uploaded)',
      'short (4 bytes uploaded, 5 in the manifest)',
      'x1 (never registered with this digest)',
      'x2 (never registered with this digest)',
    ],
  })
})

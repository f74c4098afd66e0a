import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeId } from '../graphql/ids.ts'
import { artifactOfKey, referenceKey } from './artifact-reference.ts'

test('a reference leads back to the artifact whose id the client has made it of', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (id) => {
      const key = Buffer.from(encodeId('Artifact', id)).toString('hex')
      expect([referenceKey(id), artifactOfKey(key)]).toEqual([key, id])
      expect(key.length).toBeLessThanOrEqual(72)
    }),
  )
})

test.each(['', 'zz', 'not hex', referenceKey(7).toUpperCase(), `${referenceKey(7)}00`, referenceKey(7).slice(2)])(
  'what the client would never write refers to nothing: "%s"',
  (key) => {
    expect(artifactOfKey(key)).toBeUndefined()
  },
)

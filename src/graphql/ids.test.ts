import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeId, encodeId, type IdType } from './ids.ts'

const TYPES: IdType[] = ['Artifact', 'ArtifactCollection', 'Project', 'ProjectInternalId', 'Run', 'User']
const type = fc.constantFrom(...TYPES)
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })

test('an id names its type and number, and nothing under another type', () => {
  fc.assert(
    fc.property(type, type, number, (one, other, id) => {
      expect(decodeId(one, encodeId(one, id))).toBe(id)
      if (one !== other) expect(decodeId(other, encodeId(one, id))).toBeUndefined()
    }),
  )
})

test('an id is standard base64 of what the client decodes', () => {
  expect(encodeId('Artifact', 111)).toBe('QXJ0aWZhY3Q6MTEx')
  expect(Buffer.from(encodeId('ProjectInternalId', 7), 'base64').toString()).toBe('ProjectInternalId:7')
})

test('whatever else is no id: every number has one spelling', () => {
  fc.assert(
    fc.property(fc.string(), type, (text, one) => {
      for (const candidate of [text, Buffer.from(text).toString('base64')]) {
        const decoded = decodeId(one, candidate)
        if (decoded !== undefined) expect(encodeId(one, decoded)).toBe(candidate)
      }
    }),
  )
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  for (const text of [
    'Run:',
    'Run:-1',
    'Run:01',
    'Run:1.5',
    'Run:1e3',
    'Run: 1',
    'Run:9007199254740993',
    'run:1',
    '',
  ]) {
    expect(decodeId('Run', base64(text)), text).toBeUndefined()
  }
  expect(decodeId('Run', `${encodeId('Run', 1)}=`)).toBeUndefined()
  expect(decodeId('Run', 'x'.repeat(10_000))).toBeUndefined()
})

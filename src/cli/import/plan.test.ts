import { describe, expect, test } from 'vitest'
import { planCollection, planLabels } from './plan.ts'
import type { VersionFacts } from './reading.ts'

const version = (number: number, digest: string, more: Partial<VersionFacts> = {}): VersionFacts => ({
  artifactId: `${digest}-${number}`,
  version: number,
  digest,
  size: 1,
  description: null,
  metadata: null,
  ttlSeconds: -1,
  tags: [],
  aliases: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  source: undefined,
  inheritedTtlSeconds: undefined,
  loggedBy: undefined,
  ...more,
})

describe('what is to be copied', () => {
  test('is what the target lacks above its newest number', () => {
    const source = [version(0, 'a'), version(2, 'b'), version(5, 'c')]
    expect(planCollection(source, []).missing).toEqual(source)
    const plan = planCollection(source, [version(0, 'a'), version(2, 'b')])
    expect(plan.missing).toEqual([source[2]])
    expect(plan.there.map(({ source: { version: number } }) => number)).toEqual([0, 2])
    expect(plan.conflicts).toEqual([])
  })

  test('is nothing for numbers that hold other content, or were passed over', () => {
    const source = [version(0, 'a'), version(1, 'b'), version(2, 'c')]
    const plan = planCollection(source, [version(0, 'other'), version(2, 'c')])
    expect(plan.missing).toEqual([])
    expect(plan.there).toHaveLength(1)
    expect(plan.conflicts.map(({ version: { version: number }, because }) => [number, because])).toEqual([
      [0, 'the target has other content under this number'],
      [1, 'the target has given v2 already, and numbers only go up'],
    ])
  })
})

test('labels are those that the copies lack; what only the target has stays, and is named', () => {
  const source = [version(0, 'a', { aliases: ['best'], tags: ['eu', 'new'] }), version(1, 'b', { aliases: ['latest'] })]
  const target = [
    version(0, 'a', { artifactId: 't0', aliases: ['latest'], tags: ['eu'] }),
    version(1, 'other', { artifactId: 't1', aliases: ['ours'] }),
  ]
  expect(planLabels(source, target)).toEqual({
    aliases: [{ artifactId: 't0', version: 0, aliases: ['best'] }],
    tags: [{ artifactId: 't0', version: 0, tags: ['new'] }],
    extra: ['ours'],
  })
})

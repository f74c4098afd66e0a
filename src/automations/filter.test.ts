import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SAMPLE_SUBJECT, sampleArtifact, sampleEvent } from '../../test/support/sample-event.ts'
import { Refusal } from '../refusal.ts'
import { evaluate, explain, type FilterView, filterToWire, matchesEvent, parseFilter } from './filter.ts'
import { type Condition, FILTER_BYTES_MAX, FILTER_OPERATORS, printCondition } from './filter-syntax.ts'

function refusal(input: unknown, at?: string): Refusal {
  try {
    parseFilter(input, at)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('accepted')
}

const VIEW: FilterView = {
  alias: 'production',
  tag: ['approved', 'gold'],
  artifact_type: 'model',
  collection: 'churn-model',
  project: 'wandb-registry-model',
  entity: 'acme',
  version: 7,
  event_author: undefined,
  metadata: {
    eval: { accuracy: 0.93, passed: true },
    'train.rows': 120,
    labels: ['churn', 'stay', null],
    none: null,
    empty: [],
    text: '7',
  },
}

function holds(filter: unknown, view: FilterView = VIEW): boolean {
  return evaluate(parseFilter(filter).root, view)
}

test.each<[filter: unknown, expected: boolean]>([
  [{ alias: 'production' }, true],
  [{ alias: 'prod' }, false],
  [{ alias: { $eq: 'production' } }, true],
  [{ alias: { $ne: 'production' } }, false],
  [{ alias: { $in: ['staging', 'production'] } }, true],
  [{ alias: { $nin: ['staging'] } }, true],
  [{ alias: { $regex: 'prod' } }, true],
  [{ alias: { $regex: '^duct' } }, false],
  [{ alias: { $contains: 'duct' } }, true],
  [{ alias: { $contains: 'Duct' } }, false],
  [{ alias: { $gt: 'prod', $lt: 'q' } }, true],
  [{ alias: { $exists: true } }, true],
  [{ alias: { $not: { $regex: '^test-' } } }, true],
  [{ alias: 'production', artifact_type: 'dataset' }, false],
  // Lists: one element is enough, and the opposite asks for none.
  [{ tag: 'gold' }, true],
  [{ tag: { $ne: 'gold' } }, false],
  [{ tag: { $nin: ['silver'] } }, true],
  [{ tag: { $contains: 'ppro' } }, true],
  [{ 'metadata.labels': { $regex: '^stay$' } }, true],
  [{ 'metadata.labels': ['churn', 'stay', null] }, true],
  [{ 'metadata.labels': ['churn', 'stay'] }, false],
  [{ 'metadata.labels': { $ne: ['churn'] } }, true],
  [{ 'metadata.labels.1': 'stay' }, true],
  [{ 'metadata.labels.length': 3 }, false],
  [{ 'metadata.empty': { $exists: true } }, true],
  [{ 'metadata.empty': null }, false],
  // Numbers, and no comparing across types.
  [{ version: 7 }, true],
  [{ version: 'v7' }, true],
  [{ version: { $gte: 'v7' } }, true],
  [{ version: { $gt: 7 } }, false],
  [{ version: { $in: [1, 'v7'] } }, true],
  [{ 'metadata.eval.accuracy': { $gte: 0.9 } }, true],
  [{ 'metadata.eval.accuracy': { $gte: '0.9' } }, false],
  [{ 'metadata.text': 7 }, false],
  [{ 'metadata.text': '7' }, true],
  [{ 'metadata.eval.passed': true }, true],
  [{ 'metadata.eval': { $exists: true } }, true],
  [{ 'metadata.train.rows': 120 }, true],
  // Absence.
  [{ event_author: 'maya' }, false],
  [{ event_author: { $ne: 'maya' } }, true],
  [{ event_author: { $nin: ['maya'] } }, true],
  [{ event_author: null }, true],
  [{ event_author: { $ne: null } }, false],
  [{ event_author: { $exists: false } }, true],
  [{ event_author: { $regex: '' } }, false],
  [{ 'metadata.none': null }, true],
  [{ 'metadata.none': { $exists: true } }, true],
  [{ 'metadata.absent': { $exists: false } }, true],
  [{ 'metadata.absent': { $not: { $gt: 3 } } }, true],
  [{ 'metadata.toString': { $exists: true } }, false],
  [{ 'metadata.__proto__': { $exists: true } }, false],
  [{ 'metadata.eval.constructor.name': 'Object' }, false],
  // Logic.
  [{ $or: [{ alias: 'a' }, { collection: 'churn-model' }] }, true],
  [{ $and: [{ alias: 'production' }, { collection: 'other' }] }, false],
  [{ $nor: [{ alias: 'a' }, { alias: 'b' }] }, true],
  [{ $not: { alias: 'production' } }, false],
  [{ $or: [{ $and: [] }] }, true],
  [{ $nor: [] }, true],
])('the filter %j on the sample view gives %s', (filter, expected) => {
  expect(holds(filter)).toBe(expected)
})

test.each([null, undefined, '', '  ', 'null', '{}', {}, { filter: null }, { filter: '' }, { filter: {} }])(
  'the empty filter %j matches every event and is written as the client writes it',
  (input) => {
    const filter = parseFilter(input)
    expect(filter.text).toBe('{"$or":[{"$and":[]}]}')
    expect(matchesEvent(filter, sampleEvent().snapshot, SAMPLE_SUBJECT)).toBe(true)
  },
)

test.each([
  '{"$or":[{"$and":[{"alias":{"$eq":"prod"}}]}]}',
  '{"$or":[{"$and":[{"alias":{"$regex":"^prod-[0-9]+$"}}]}]}',
  '{"$or":[{"$and":[{"alias":{"$contains":"a"}}]}]}',
  '{"$or":[{"$and":[{"alias":{"$in":["a","b"]}}]}]}',
  '{"$or":[{"$and":[{"tag":{"$eq":"prod"}}]}]}',
  '{"$or":[{"$and":[{"$or":[{"alias":{"$eq":"a"}},{"$not":{"alias":{"$regex":"b"}}}]}]}]}',
  '{"$or":[{"$and":[]}]}',
])('what the client writes, %s, reads back the same, wrapped once more', (text) => {
  const wire = filterToWire(parseFilter(text))
  expect(JSON.parse(wire)).toEqual({ filter: text })
  expect(parseFilter(wire)).toEqual(parseFilter(text))
  expect(parseFilter(JSON.parse(wire))).toEqual(parseFilter(text))
  expect(parseFilter({ filter: JSON.parse(text) })).toEqual(parseFilter(text))
  expect(parseFilter(JSON.parse(text))).toEqual(parseFilter(text))
})

test.each<[input: unknown, path: string, message: string]>([
  ['{"alias": ', '', 'line 1, column 11'],
  ['{"alias":"a","alias":"b"}', '', 'appears twice'],
  [[], '', 'Expected an object'],
  ['"alias"', '', 'Expected an object'],
  [7, '', 'Expected an object'],
  [{ alais: 'a' }, '/alais', 'Did you mean "alias"?'],
  [{ artifact_typ: 'a' }, '/artifact_typ', 'Did you mean "artifact_type"?'],
  [{ 'artifact_metadata.x': 'a' }, '/artifact_metadata.x', 'Did you mean "metadata.x"?'],
  [{ metadata: 'a' }, '/metadata', 'Unknown field'],
  [{ 'metadata.': 'a' }, '/metadata.', 'Unknown field'],
  [{ filter: { filter: { alias: 'a' } } }, '/filter', 'Unknown field "filter"'],
  [{ constructor: 'a' }, '/constructor', 'Unknown field'],
  [{ alias: { $equals: 'a' } }, '/alias/$equals', 'Unknown operator'],
  [{ alias: { $equ: 'a' } }, '/alias/$equ', 'Did you mean $eq?'],
  [{ alias: { $regex: 'a', $options: 'i' } }, '/alias/$options', '(?i)'],
  [{ alias: { $or: [{ $eq: 'a' }] } }, '/alias/$or', 'stands around conditions'],
  [{ $eq: 'a' }, '/$eq', 'stands behind a field'],
  [{ $orr: [] }, '/$orr', 'Did you mean $or?'],
  [{ alias: {} }, '/alias', 'needs an operator'],
  [{ alias: { x: 1 } }, '/alias/x', 'Expected an operator'],
  [{ alias: 5 }, '/alias', 'compared with a text, found 5'],
  [{ alias: { $gt: true } }, '/alias/$gt', 'compared with a text'],
  [{ 'metadata.x': { $gt: null } }, '/metadata.x/$gt', 'compares numbers or texts'],
  [{ alias: ['a', 'b'] }, '/alias', 'use $in'],
  [{ alias: { $in: 'a' } }, '/alias/$in', 'takes a list'],
  [{ alias: { $in: [] } }, '/alias/$in', 'matches no event'],
  [{ alias: { $in: ['a', {}] } }, '/alias/$in/1', 'found an object'],
  [{ alias: { $exists: 1 } }, '/alias/$exists', 'true or false'],
  [{ alias: { $contains: 1 } }, '/alias/$contains', 'takes a text'],
  [{ alias: { $regex: 1 } }, '/alias/$regex', 'takes a pattern'],
  [{ alias: { $regex: '(?=a)' } }, '/alias/$regex', 'Look-around'],
  [{ alias: { $not: 'a' } }, '/alias/$not', '$not takes operators'],
  [{ version: 'seven' }, '/version', '7 or "v7"'],
  [{ version: { $regex: '7' } }, '/version/$regex', 'version is a number'],
  [{ $or: [] }, '/$or', 'An empty $or'],
  [{ $or: {} }, '/$or', 'takes a list'],
  [{ $and: [{ $or: [{ alias: 'a' }, 'b'] }] }, '/$and/0/$or/1', 'Expected an object'],
  ['{"metadata.x": 1e999}', '/metadata.x', 'too large'],
  [{ [`metadata.${'a.'.repeat(40)}`]: 1 }, `/metadata.${'a.'.repeat(40)}`, 'at most 32 parts'],
])('the filter %j is refused at %j', (input, path, message) => {
  const refused = refusal(input)
  expect(refused.code).toBe('filter_invalid')
  expect(refused.fields[0]?.path).toBe(path)
  expect(refused.message).toContain(message)
  expect(refusal(input, '/event/filter').fields[0]?.path).toBe(`/event/filter${path}`)
})

test('a filter has limits: 16 KiB, 16 levels, 200 conditions, patterns of bounded weight', () => {
  const nested = (levels: number): unknown => (levels === 1 ? { alias: 'a' } : { $not: nested(levels - 1) })
  expect(parseFilter(nested(16)).root.kind).toBe('not')
  expect(parseFilter(JSON.stringify(nested(16))).root.kind).toBe('not')
  expect(refusal(nested(17)).message).toContain('deeper than 16')
  expect(refusal(nested(5_000)).message).toContain('deeper than 16')
  expect(refusal('['.repeat(10_000)).message).toContain('nested deeper')
  const notNot = (levels: number): unknown => (levels === 1 ? { $eq: 'a' } : { $not: notNot(levels - 1) })
  expect(refusal({ alias: notNot(17) }).message).toContain('deeper than 16')

  const conditions = (count: number) => ({ $or: Array.from({ length: count }, () => ({ alias: 'a' })) })
  expect(parseFilter(conditions(200)).root.kind).toBe('or')
  expect(refusal(conditions(201)).message).toContain('at most 200')

  expect(refusal({ alias: 'a'.repeat(FILTER_BYTES_MAX) }).message).toContain('16 KiB')
  expect(refusal(`{"alias":"${'é'.repeat(FILTER_BYTES_MAX / 2)}"}`).message).toContain('16 KiB')
  expect(refusal({ $and: Array.from({ length: 8 }, () => ({ alias: { $regex: 'x{200}' } })) }).message).toContain(
    'too expensive together',
  )
})

test('alias filters see one alias at a time', () => {
  const link = sampleEvent('LINK_ARTIFACT').snapshot
  const linked = (aliases: string[]) => ({ ...SAMPLE_SUBJECT, aliases })
  const matches = (filter: unknown, aliases: string[]) => matchesEvent(parseFilter(filter), link, linked(aliases))

  expect(matches({ alias: 'staging' }, ['latest', 'staging'])).toBe(true)
  expect(matches({ alias: { $ne: 'latest' } }, ['latest', 'staging'])).toBe(true)
  expect(matches({ alias: { $ne: 'latest' } }, ['latest'])).toBe(false)
  expect(matches({ alias: { $nin: ['latest', 'staging'] } }, ['latest', 'staging'])).toBe(false)
  expect(matches({ $nor: [{ alias: 'latest' }] }, ['latest', 'staging'])).toBe(true)
  expect(matches({ $and: [{ alias: 'latest' }, { alias: 'staging' }] }, ['latest', 'staging'])).toBe(false)
  // Without an alias there is one look, at its absence.
  expect(matches({ alias: { $exists: false } }, [])).toBe(true)
  expect(matches({ alias: { $ne: 'latest' } }, [])).toBe(true)
  expect(matches({ alias: 'latest' }, [])).toBe(false)
  expect(matches({ alias: { $exists: false } }, ['latest'])).toBe(false)
})

test('an alias event has its own alias only, whatever other aliases the version has', () => {
  const { snapshot } = sampleEvent('ADD_ARTIFACT_ALIAS')
  const subject = { ...SAMPLE_SUBJECT, aliases: ['latest', 'production'] }
  expect(matchesEvent(parseFilter({ alias: 'production' }), snapshot, subject)).toBe(true)
  expect(matchesEvent(parseFilter({ alias: 'latest' }), snapshot, subject)).toBe(false)
  expect(matchesEvent(parseFilter({ alias: { $ne: 'production' } }), snapshot, subject)).toBe(false)
})

test('a tag event has its own tag only; other events have the tags of the artifact', () => {
  const added = sampleEvent('ADD_ARTIFACT_TAG', { tag: 'gold' }).snapshot
  expect(matchesEvent(parseFilter({ tag: 'gold' }), added, SAMPLE_SUBJECT)).toBe(true)
  expect(matchesEvent(parseFilter({ tag: 'approved' }), added, SAMPLE_SUBJECT)).toBe(false)
  const moved = sampleEvent('ADD_ARTIFACT_ALIAS').snapshot
  expect(matchesEvent(parseFilter({ tag: 'approved' }), moved, SAMPLE_SUBJECT)).toBe(true)
  expect(matchesEvent(parseFilter({ tag: { $exists: false } }), moved, SAMPLE_SUBJECT)).toBe(false)
})

test('an event about a collection has no version, metadata or artifact type', () => {
  const { snapshot } = sampleEvent('ADD_COLLECTION_TAG')
  const subject = snapshot.subjects[0]!
  const absent = ['version', 'artifact_type', 'metadata.eval', 'alias'].map((name) => ({ [name]: { $exists: false } }))
  expect(matchesEvent(parseFilter({ $and: [...absent, { tag: 'approved' }] }), snapshot, subject)).toBe(true)
})

test('what a pattern may look at is bounded', () => {
  const matches = (value: unknown) => {
    const { snapshot } = sampleEvent('LINK_ARTIFACT', { artifact: sampleArtifact({ value }) })
    return matchesEvent(parseFilter({ 'metadata.value': { $regex: 'b$' } }), snapshot, SAMPLE_SUBJECT)
  }
  expect(matches(`${'a'.repeat(4095)}b`)).toBe(true)
  expect(matches(`${'a'.repeat(4096)}b`)).toBe(false)
  expect(matches(['a'.repeat(4000), 'b'])).toBe(true)
  expect(matches(['a'.repeat(4096), 'b'])).toBe(false)
  const many = Array.from({ length: 1001 }, (_, index) => index)
  const { snapshot } = sampleEvent('LINK_ARTIFACT', { artifact: sampleArtifact({ many }) })
  expect(matchesEvent(parseFilter({ 'metadata.many': 999 }), snapshot, SAMPLE_SUBJECT)).toBe(true)
  expect(matchesEvent(parseFilter({ 'metadata.many': 1000 }), snapshot, SAMPLE_SUBJECT)).toBe(false)
})

test.each<[filter: unknown, path: string, message: string]>([
  [
    { $or: [{ $and: [{ alias: { $eq: 'staging' } }] }] },
    '/$or/0/$and/0/alias/$eq',
    'alias is "production", and the filter asks for "staging"',
  ],
  [{ alias: 'production', version: { $gt: 7 } }, '/version/$gt', 'version is 7, and the filter asks for more than 7'],
  [{ $not: { alias: 'production' } }, '/$not', 'alias is "production", which $not rules out'],
  [{ $nor: [{ alias: 'x' }, { entity: 'acme' }] }, '/$nor/1/entity', 'entity is "acme", which $nor rules out'],
  [
    { 'metadata.f1': { $gte: 0.9 } },
    '/metadata.f1/$gte',
    'metadata.f1 is absent, and the filter asks for at least 0.9',
  ],
  [{ alias: { $exists: false } }, '/alias/$exists', 'asks for its absence'],
])('why %j did not match is said of the clause that failed', (filter, path, message) => {
  const { snapshot } = sampleEvent()
  const explained = explain(parseFilter(filter), snapshot, SAMPLE_SUBJECT)
  expect(explained).toEqual({ matches: false, because: [{ path, message: expect.stringContaining(message) }] })
})

const scalar = fc.oneof(fc.constantFrom('a', 'b', 'prod', '', 0, 1, 7, true, false, null), fc.string({ maxLength: 3 }))
const text = fc.oneof(fc.constantFrom('a', 'b', 'ab', 'prod'), fc.string({ maxLength: 3 }))
const fieldTest = fc.oneof(
  fc
    .tuple(fc.constantFrom('alias', 'tag', 'collection', 'artifact_type'), fc.constantFrom(...FILTER_OPERATORS), text)
    .map(([name, operator, value]) => ({ [name]: { [operator]: operandFor(operator, value) } })),
  fc
    .tuple(fc.constantFrom('metadata.a', 'metadata.a.b', 'metadata.l'), fc.constantFrom(...FILTER_OPERATORS), scalar)
    .map(([name, operator, value]) => ({ [name]: { [operator]: operandFor(operator, value) } })),
)
const condition = fc.letrec<{ any: object }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fieldTest,
    fc.array(tie('any'), { maxLength: 3 }).map((of) => ({ $and: of })),
    fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((of) => ({ $or: of })),
    fc.array(tie('any'), { maxLength: 3 }).map((of) => ({ $nor: of })),
    tie('any').map((of) => ({ $not: of })),
  ),
})).any
const view: fc.Arbitrary<FilterView> = fc.record({
  alias: fc.option(text, { nil: undefined }),
  tag: fc.oneof(fc.constant(undefined), text, fc.array(text, { minLength: 1, maxLength: 3 })),
  artifact_type: fc.option(text, { nil: undefined }),
  collection: text,
  project: text,
  entity: text,
  version: fc.option(fc.nat(9), { nil: undefined }),
  event_author: fc.option(text, { nil: undefined }),
  metadata: fc.option(
    fc.dictionary(fc.constantFrom('a', 'a.b', 'l'), fc.oneof(scalar, fc.array(scalar), fc.record({ b: scalar }))),
    { nil: undefined },
  ),
})

function operandFor(operator: string, value: unknown): unknown {
  if (operator === '$in' || operator === '$nin') return [value, 'b']
  if (operator === '$exists') return value !== 'a'
  if (operator === '$regex') return '^[ap]'
  if (operator === '$contains') return String(value)
  if (/^\$[gl]t/.test(operator)) return typeof value === 'string' || typeof value === 'number' ? value : 'a'
  return value
}

test('$not, $nor, $ne and $nin are the exact opposites of their counterparts', () => {
  fc.assert(
    fc.property(condition, condition, view, (one, other, seen) => {
      expect(holds({ $not: one }, seen)).toBe(!holds(one, seen))
      expect(holds({ $not: { $not: one } }, seen)).toBe(holds(one, seen))
      expect(holds({ $nor: [one, other] }, seen)).toBe(!holds({ $or: [one, other] }, seen))
      expect(holds({ $not: { $and: [one, other] } }, seen)).toBe(holds({ $or: [{ $not: one }, { $not: other }] }, seen))
    }),
  )
  fc.assert(
    fc.property(
      fc.constantFrom('alias', 'tag', 'metadata.a', 'metadata.l'),
      text,
      text,
      view,
      (name, one, other, seen) => {
        const is = (value: string) => ({ [name]: { $eq: value } })
        expect(holds({ [name]: one }, seen)).toBe(holds(is(one), seen))
        expect(holds({ [name]: { $ne: one } }, seen)).toBe(!holds(is(one), seen))
        expect(holds({ [name]: { $in: [one, other] } }, seen)).toBe(holds({ $or: [is(one), is(other)] }, seen))
        expect(holds({ [name]: { $nin: [one, other] } }, seen)).toBe(holds({ $nor: [is(one), is(other)] }, seen))
        expect(holds({ [name]: { $not: { $eq: one } } }, seen)).toBe(!holds(is(one), seen))
      },
    ),
  )
})

test('a filter means the same after it was printed, stored or read from the wire', () => {
  fc.assert(
    fc.property(condition, view, (written, seen) => {
      const filter = parseFilter(written)
      expect(withoutPaths(parseFilter(printCondition(filter.root)).root)).toEqual(withoutPaths(filter.root))
      expect(parseFilter(filter.text)).toEqual(filter)
      expect(parseFilter(filterToWire(filter))).toEqual(filter)
      expect(JSON.parse(filter.text)).toEqual(written)
      expect(evaluate(parseFilter(filter.text).root, seen)).toBe(evaluate(filter.root, seen))
    }),
  )
})

test('an event with several aliases matches exactly if it would with one of them, and is explained so', () => {
  fc.assert(
    fc.property(condition, fc.uniqueArray(text, { maxLength: 4 }), (written, aliases) => {
      const filter = parseFilter(written)
      const { snapshot } = sampleEvent('LINK_ARTIFACT')
      const matches = (some: string[]) => matchesEvent(filter, snapshot, { ...SAMPLE_SUBJECT, aliases: some })
      const each = aliases.length === 0 ? [[]] : aliases.map((alias) => [alias])
      expect(matches(aliases)).toBe(each.some(matches))
      const explained = explain(filter, snapshot, { ...SAMPLE_SUBJECT, aliases })
      expect(explained.matches).toBe(matches(aliases))
      if (!explained.matches) expect(explained.because.length).toBeGreaterThan(0)
    }),
  )
})

test('any JSON is either a filter or refused with a path', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.string(), condition), (input) => {
      try {
        expect(typeof matchesEvent(parseFilter(input), sampleEvent().snapshot, SAMPLE_SUBJECT)).toBe('boolean')
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        expect(error.fields).toHaveLength(1)
      }
    }),
  )
})

function withoutPaths(condition: Condition): unknown {
  if (condition.kind === 'test') return { field: condition.field, test: condition.test }
  return {
    kind: condition.kind,
    of: condition.kind === 'not' ? withoutPaths(condition.of) : condition.of.map(withoutPaths),
  }
}

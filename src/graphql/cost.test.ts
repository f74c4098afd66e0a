import fc from 'fast-check'
import { buildSchema, getOperationAST, parse } from 'graphql'
import { expect, test } from 'vitest'
import { DEPTH_MAX, FIELDS_MAX, measureOperation } from './cost.ts'

const schema = buildSchema(`
  type Query { me: Person people(first: Int, after: String): PersonConnection }
  type Person { name: String friends(first: Int): PersonConnection tags: [Tag!]! best: Person }
  type Tag { name: String }
  type PersonConnection { edges: [PersonEdge!]! totalCount: Int }
  type PersonEdge { node: Person }
`)

function costOf(text: string, variables: Record<string, unknown> = {}): number {
  const document = parse(text)
  const operation = getOperationAST(document)
  if (operation == null) throw new Error('one operation')
  return measureOperation(schema, document, operation)(variables)
}

const ofPeople = 'edges { node { name } }'

test('the elements of a list count as often as the list is long', () => {
  expect(costOf('{ me { name } }')).toBe(2)
  expect(costOf('{ me { tags { name } } }')).toBe(2 + 20)
  expect(costOf(`{ people(first: 7) { ${ofPeople} } }`)).toBe(1 + 7 * 3)
  expect(costOf(`{ people { ${ofPeople} } }`), 'the default page').toBe(1 + 50 * 3)
  expect(costOf(`{ people(first: 3) { edges { node { friends(first: 4) { ${ofPeople} } } } } }`)).toBe(
    1 + 3 * (3 + 4 * 3),
  )
})

test('lengths come from the variables of the request, or their defaults', () => {
  const query = `query ($n: Int = 9) { people(first: $n) { ${ofPeople} } }`
  expect(costOf(query)).toBe(1 + 9 * 3)
  expect(costOf(query, { n: 2 })).toBe(1 + 2 * 3)
  expect(costOf(query, { n: 1e9 }), 'pages are cut').toBe(1 + 10_000 * 3)
  expect(costOf(query, { n: 'many' })).toBe(1 + 50 * 3)
})

test('fragments count where they are spread, and unknown fields once', () => {
  const query = `{ me { ...F best { ...F } nonsense { more } ... on Person { name } } } fragment F on Person { name best { name } }`
  expect(costOf(query)).toBe(1 + 3 + (1 + 3) + 2 + 1)
})

test('what is too deep, too long or inside itself is refused before anything else is done with it', () => {
  const nested = (depth: number) => `{ ${'me { best { '.repeat(depth)} name ${'} }'.repeat(depth)} }`
  expect(() => costOf(nested(DEPTH_MAX / 2))).toThrow('deep')
  expect(() => costOf(`{ ${'me { name } '.repeat(FIELDS_MAX / 2 + 1)} }`)).toThrow('fields')
  expect(() =>
    costOf('{ me { ...A } } fragment A on Person { best { ...B } } fragment B on Person { best { ...A } }'),
  ).toThrow('inside itself')
  // Each fragment spreads the next twice: two to the power of thirty fields, in a short document.
  const bomb = Array.from({ length: 30 }, (_, i) => `fragment F${i} on Person { name ...F${i + 1} ...F${i + 1} }`)
  expect(() => costOf(`{ me { ...F0 } } ${bomb.join(' ')} fragment F30 on Person { name }`)).toThrow('fields')
})

test('asking for more never costs less', () => {
  const pages = fc.integer({ min: 1, max: 20_000 })
  fc.assert(
    fc.property(pages, pages, (a, b) => {
      const cost = (first: number) => costOf(`query ($n: Int) { people(first: $n) { ${ofPeople} } }`, { n: first })
      expect(cost(Math.max(a, b))).toBeGreaterThanOrEqual(cost(Math.min(a, b)))
    }),
  )
})

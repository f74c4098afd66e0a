import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AliasHolder, type AliasMove, decideAssignments, decideRemovals } from './alias-moves.ts'

const holder = (version: number, collectionId = 1): AliasHolder => ({
  collectionId,
  membershipId: collectionId * 1_000 + version,
  version,
  artifactId: 100 + version,
  artifactPublicId: `art_${version}`,
})

const version = fc.integer({ min: 0, max: 3 })
const collectionId = fc.integer({ min: 1, max: 2 })
const alias = fc.constantFrom('latest', 'production', 'staging')
const state = fc
  .array(fc.record({ collectionId, alias, version }))
  .map(
    (held) =>
      new Map(held.map((each) => [`${each.collectionId}:${each.alias}`, holder(each.version, each.collectionId)])),
  )
const wanted = fc.array(fc.record({ alias, to: fc.tuple(version, collectionId).map(([v, c]) => holder(v, c)) }))

const lookUp = (held: ReadonlyMap<string, AliasHolder>) => (collection: number, name: string) =>
  held.get(`${collection}:${name}`)

function stateAfter(held: ReadonlyMap<string, AliasHolder>, moves: readonly AliasMove[]): Map<string, AliasHolder> {
  const next = new Map(held)
  for (const { collectionId, alias, to } of moves) {
    if (to === null) next.delete(`${collectionId}:${alias}`)
    else next.set(`${collectionId}:${alias}`, to)
  }
  return next
}

describe('giving aliases', () => {
  test('afterwards each alias asked for once is where it was asked to be, and the others are where they were', () => {
    fc.assert(
      fc.property(state, wanted, (held, asked) => {
        const next = stateAfter(held, decideAssignments(asked, lookUp(held)))
        const keys = asked.map(({ alias, to }) => `${to.collectionId}:${alias}`)
        for (const { alias, to } of asked) {
          const key = `${to.collectionId}:${alias}`
          if (keys.filter((each) => each === key).length === 1) expect(next.get(key)).toEqual(to)
        }
        for (const [key, before] of held) if (!keys.includes(key)) expect(next.get(key)).toEqual(before)
      }),
    )
  })

  test('the same again moves nothing', () => {
    fc.assert(
      fc.property(state, wanted, (held, asked) => {
        const distinct = [...new Map(asked.map((each) => [`${each.to.collectionId}:${each.alias}`, each])).values()]
        const next = stateAfter(held, decideAssignments(distinct, lookUp(held)))
        expect(decideAssignments(distinct, lookUp(next))).toEqual([])
      }),
    )
  })

  test('every move starts from the holder there is', () => {
    fc.assert(
      fc.property(state, wanted, (held, asked) => {
        for (const move of decideAssignments(asked, lookUp(held))) {
          expect(move.from).toEqual(lookUp(held)(move.collectionId, move.alias) ?? null)
          expect(move.to?.membershipId).not.toBe(move.from?.membershipId)
        }
      }),
    )
  })
})

describe('taking aliases', () => {
  test('only from the version that holds them', () => {
    fc.assert(
      fc.property(state, wanted, (held, asked) => {
        const moves = decideRemovals(
          asked.map(({ alias, to }) => ({ alias, from: to })),
          lookUp(held),
        )
        for (const { collectionId, alias, from, to } of moves) {
          expect(lookUp(held)(collectionId, alias)).toEqual(from)
          expect(to).toBeNull()
        }
        const next = stateAfter(held, moves)
        for (const { alias, to } of asked) expect(lookUp(next)(to.collectionId, alias)).not.toEqual(to)
        expect(held.size - next.size).toBe(moves.length)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseRange, hasCurrent, rangeApplies } from './content-range.ts'

const size = fc.oneof(fc.nat(20), fc.nat(2 ** 40))

describe('a range of a file', () => {
  test.each([
    ['bytes=0-4', { kind: 'part', start: 0, end: 4 }],
    ['bytes=5-', { kind: 'part', start: 5, end: 9 }],
    ['bytes=-3', { kind: 'part', start: 7, end: 9 }],
    ['bytes=-100', { kind: 'part', start: 0, end: 9 }],
    ['bytes=9-100', { kind: 'part', start: 9, end: 9 }],
    ['Bytes= 0-0 ', { kind: 'part', start: 0, end: 0 }],
    ['bytes=10-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=5-4', { kind: 'whole' }],
    ['bytes=0-1,4-5', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=a-b', { kind: 'whole' }],
    ['bytes=0x1-2', { kind: 'whole' }],
    ['items=0-1', { kind: 'whole' }],
    ['', { kind: 'whole' }],
    [undefined, { kind: 'whole' }],
  ])('of 10 bytes: %s', (header, expected) => {
    expect(chooseRange(header, 10)).toEqual(expected)
  })

  test('of an empty file is all of it or nothing', () => {
    expect(chooseRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' })
    expect(chooseRange('bytes=-1', 0)).toEqual({ kind: 'whole' })
  })

  test('lies inside the file, and holds exactly the bytes asked for that exist', () => {
    fc.assert(
      fc.property(size, fc.nat(2 ** 41), fc.nat(2 ** 41), (size, a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const chosen = chooseRange(`bytes=${first}-${last}`, size)
        if (first >= size) expect(chosen).toEqual({ kind: 'unsatisfiable' })
        else expect(chosen).toEqual({ kind: 'part', start: first, end: Math.min(last, size - 1) })
      }),
    )
  })

  test('whatever the header says, is inside the file', () => {
    const header = fc.oneof(
      fc.string(),
      fc.stringMatching(/^bytes=[\d ,\t-]{0,40}$/),
      fc.bigInt().map((n) => `bytes=${n}-`),
    )
    fc.assert(
      fc.property(header, size, (header, size) => {
        const chosen = chooseRange(header, size)
        if (chosen.kind !== 'part') return
        expect(Number.isSafeInteger(chosen.start) && Number.isSafeInteger(chosen.end)).toBe(true)
        expect(0 <= chosen.start && chosen.start <= chosen.end && chosen.end < size).toBe(true)
      }),
    )
  })
})

describe('conditions', () => {
  test('a range applies without If-Range, or to these very bytes', () => {
    expect(rangeApplies(undefined, '"a"')).toBe(true)
    expect(rangeApplies('"a"', '"a"')).toBe(true)
    expect(rangeApplies('"b"', '"a"')).toBe(false)
    expect(rangeApplies('W/"a"', '"a"')).toBe(false)
    expect(rangeApplies('Wed, 21 Oct 2015 07:28:00 GMT', '"a"')).toBe(false)
  })

  test('the caller has these bytes if its If-None-Match names them', () => {
    expect(hasCurrent(undefined, '"a"')).toBe(false)
    expect(hasCurrent('"b"', '"a"')).toBe(false)
    expect(hasCurrent('"b", W/"a"', '"a"')).toBe(true)
    expect(hasCurrent('*', '"a"')).toBe(true)
  })
})

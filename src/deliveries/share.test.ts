import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Begun, createShares, SLOW_MS, START_INTERVAL_MS, STARTS } from './share.ts'

test('all webhooks of one origin are one receiver, with what they began before that was known', () => {
  const shares = createShares(1_024)
  const [first, second] = [shares.begun(1, 0), shares.begun(2, 0)]
  shares.isAt(1, 'https://jenkins.internal')
  shares.isAt(2, 'https://jenkins.internal')
  const excluded = () => shares.share(600, 64, SLOW_MS * 2)
  expect(excluded()).toMatchObject({ mode: 'except', webhookIds: [1, 2] })
  shares.ended(first, SLOW_MS * 2)
  expect(excluded()).toMatchObject({ mode: 'except', webhookIds: [1, 2] })
  shares.ended(second, SLOW_MS * 2)
  expect(excluded()).toMatchObject({ mode: 'except', webhookIds: [] })
  expect([excluded().grant(1, 9), excluded().grant(2, 9)]).toEqual([1, 1])
  const share = excluded()
  expect([share.grant(1, 9), share.grant(2, 9)]).toEqual([1, 0])
})

test('a webhook that moved leaves its past behind', () => {
  const shares = createShares(1_024)
  const begun = shares.begun(1, 0)
  shares.isAt(1, 'https://slow.example')
  shares.isAt(2, 'https://slow.example')
  shares.isAt(1, 'https://quick.example')
  shares.ended(shares.begun(1, 0), 1)
  expect(shares.share(900, 64, SLOW_MS * 2)).toMatchObject({ mode: 'only', webhookIds: [1] })
  shares.ended(begun, SLOW_MS * 2)
  expect(shares.share(900, 64, SLOW_MS * 2)).toMatchObject({ mode: 'only', webhookIds: [1] })
})

test('of many requests to a receiver that does not answer a few start at once, the others one by one', () => {
  const shares = createShares(1_024)
  const delays = Array.from({ length: STARTS.first + 4 }, () => shares.begun(1, 100).startsAt - 100)
  expect(delays).toEqual([...Array(STARTS.first).fill(0), ...[0, 1, 2, 3].map((nth) => nth * START_INTERVAL_MS)])
  expect(shares.begun(2, 100).startsAt, 'of another receiver').toBe(100)
})

test('where answers come nothing waits, however many are open; what they earned lapses when they stop', () => {
  const shares = createShares(1_024)
  const open = Array.from({ length: STARTS.first }, () => shares.begun(1, 0))
  for (let now = 1; now < 500; now++) {
    const [oldest] = open.splice(0, 1)
    shares.ended(oldest!, now)
    for (let more = 0; more < (open.length < STARTS.max ? STARTS.perEnded : 1); more++) {
      const begun = shares.begun(1, now)
      expect(begun.startsAt).toBe(now)
      open.push(begun)
    }
  }
  for (const begun of open.splice(0, 200)) shares.ended(begun, 500)
  const later = 501 + SLOW_MS
  const atOnce = Array.from({ length: 100 }, () => shares.begun(1, later)).filter(({ startsAt }) => startsAt === later)
  // The first that waits for nobody starts at once as well.
  expect(atOnce).toHaveLength(STARTS.first + 1)
})

test('however many receivers hang, those that are quick find room, and nobody goes beyond it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 300 }),
      fc.integer({ min: 1, max: 256 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 16, max: 8_192 }),
      (hanging, cap, claimMax, sendsMax) => {
        const shares = createShares(sendsMax)
        const quick = 1_000
        const open: Begun[] = []
        shares.ended(shares.begun(quick, 0), 1)
        const capOf = new Map<number, number>()
        // Claims for all that hang, as long as there is any to be had.
        for (let got = 1; got > 0; ) {
          const share = shares.share(open.length, claimMax, 10)
          got = 0
          for (let webhook = 0; webhook < hanging && got < share.limit; webhook += 1) {
            const isListed = share.webhookIds.includes(webhook)
            if (share.mode === 'any' ? false : share.mode === 'only' ? !isListed : isListed) continue
            const room = Math.min(cap - (capOf.get(webhook) ?? 0), share.limit - got)
            const granted = room <= 0 ? 0 : share.grant(webhook, room)
            capOf.set(webhook, (capOf.get(webhook) ?? 0) + granted)
            for (let at = 0; at < granted; at += 1) open.push(shares.begun(webhook, 10))
            got += granted
          }
        }
        expect(open.length).toBeLessThanOrEqual((sendsMax * 3) / 4)
        const share = shares.share(open.length, 64, 20)
        expect(share.mode === 'only' ? share.webhookIds.includes(quick) : !share.webhookIds.includes(quick)).toBe(true)
        expect(share.limit).toBeGreaterThan(0)
        const least = Math.max(1, Math.floor(sendsMax / 64))
        expect(share.grant(quick, least)).toBe(least)
      },
    ),
    { numRuns: 50 },
  )
})

test.each([16, 64, 1_024])(
  'of %i requests half are for whoever comes, and a quarter for quick ones alone',
  (sendsMax) => {
    const shares = createShares(sendsMax)
    const [half, threeQuarters] = [sendsMax / 2, (sendsMax * 3) / 4]
    expect(shares).toMatchObject({ sendsMax, freeMax: half })
    expect(shares.share(0, 10_000, 0)).toMatchObject({ mode: 'any', limit: half })
    expect(shares.share(half - 1, 10_000, 0)).toMatchObject({ mode: 'any', limit: 1 })
    expect(shares.share(half, 10_000, 0)).toMatchObject({ mode: 'except', limit: sendsMax / 4 })
    expect(shares.share(threeQuarters, 10_000, 0)).toMatchObject({ mode: 'only', limit: sendsMax / 4 })
    expect(shares.share(sendsMax, 10_000, 0)).toMatchObject({ mode: 'only', limit: 0 })
    shares.ended(shares.begun(1, 0), 1)
    expect(shares.share(half, 10_000, 2).grant(1, 10_000)).toBe(sendsMax / 16)
    expect(shares.share(threeQuarters, 10_000, 2).grant(1, 10_000)).toBe(Math.max(1, Math.floor(sendsMax / 64)))
  },
)

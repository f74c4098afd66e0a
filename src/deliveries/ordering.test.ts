import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrange, type Unsettled } from './ordering.ts'

/** What came and what ended, one after the other; the state that the links leave. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('come' as const),
    automations: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('end' as const) }),
  fc.record({ kind: fc.constant('send' as const) }),
)

test('at any time at most one of a key does not wait, and all others wait for the one before them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, newestWins) => {
      let waiting: Unsettled[] = []
      let nextId = 1
      for (const { kind, ...rest } of steps) {
        if (kind === 'come') {
          const { automations } = rest as { automations: number[] }
          const fresh = automations.map((automationId) => ({ id: nextId++, automationId }))
          const { superseded, links } = arrange(waiting, fresh, newestWins)
          const gone = new Map(superseded.map(({ id, by }) => [id, by]))
          for (const [id, by] of gone) expect(by).toBeGreaterThan(id)
          for (const { id, isSending } of waiting) if (isSending) expect(gone.has(id)).toBe(false)
          const waitsFor = new Map(links.map((link) => [link.id, link.waitsFor]))
          waiting = [...waiting, ...fresh.map((each) => ({ ...each, isSending: false, waitsFor: null }))]
            .filter(({ id }) => !gone.has(id))
            .map((each) => ({
              ...each,
              waitsFor: waitsFor.has(each.id) ? (waitsFor.get(each.id) as number | null) : each.waitsFor,
            }))
          if (!newestWins) expect(superseded).toEqual([])
          for (const { id, automationId } of fresh.slice(-1)) expect(waiting.at(-1)).toMatchObject({ id, automationId })
        } else if (kind === 'send' && waiting[0] !== undefined) {
          waiting[0] = { ...waiting[0], isSending: true }
        } else if (kind === 'end' && waiting[0] !== undefined) {
          const [ended, ...left] = waiting
          waiting = left.map((each) => (each.waitsFor === ended!.id ? { ...each, waitsFor: null } : each))
        }
        for (const [index, each] of waiting.entries())
          expect(each.waitsFor).toBe(index === 0 ? null : waiting[index - 1]!.id)
        if (newestWins) {
          const pending = waiting.filter(({ isSending }) => !isSending).map(({ automationId }) => automationId)
          expect(new Set(pending).size).toBe(pending.length)
        }
      }
    }),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SAMPLE_ARTIFACT, sampleEvent } from '../../test/support/sample-event.ts'
import { originsOf, visibleSnapshot } from './visibility.ts'

/** Entity `e<n>` has the id `n`. */
const named = fc.integer({ min: 1, max: 4 }).map((id) => ({ id, name: `e${id}` }))
const IDS = new Map([1, 2, 3, 4].map((id) => [`e${id}`, id]))

test('nothing of an entity that may not be seen is in what is shown', () => {
  const places = fc.array(named, { minLength: 1, maxLength: 4 })
  const seen = fc.subarray([1, 2, 3, 4])
  fc.assert(
    fc.property(places, fc.option(named), fc.option(named), seen, (subjects, source, run, visible) => {
      const { snapshot } = sampleEvent('ADD_ARTIFACT_TAG', {
        subjects: subjects.map(({ id, name }) => ({
          ...sampleEvent().snapshot.subjects[0]!,
          entityId: id,
          entity: name,
          organizationId: null,
        })),
        artifact: {
          ...SAMPLE_ARTIFACT,
          source: source && { entity: source.name, project: 'p', collection: 'c', version: 0 },
          run: run && { entity: run.name, project: 'p', name: 'r', displayName: 'r' },
        },
      })
      expect(new Set(originsOf(snapshot))).toEqual(new Set([source, run].flatMap((origin) => origin?.name ?? [])))

      const shown = visibleSnapshot(snapshot, (id) => visible.includes(id), IDS)
      expect(shown === undefined).toBe(!subjects.some(({ id }) => visible.includes(id)))
      if (shown === undefined) return
      const text = JSON.stringify(shown)
      for (const id of [1, 2, 3, 4]) if (!visible.includes(id)) expect(text).not.toContain(`"e${id}"`)
      expect(shown.subjects).toHaveLength(subjects.filter(({ id }) => visible.includes(id)).length)
      expect(shown.artifact?.source === null).toBe(source === null || !visible.includes(source.id))
    }),
  )
})

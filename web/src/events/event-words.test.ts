import { expect, test } from 'vitest'
import { EVENT_TYPES } from './event-types'
import { eventTitle } from './event-words'

const subject = {
  entity: 'vision',
  project: 'cats',
  collection: 'resnet',
  collectionKind: 'SEQUENCE' as const,
  version: 'v3',
  aliases: [],
}
const event = { subjects: [subject], alias: null, tag: null, run: null, metric: null }

test('an alias is told with its version', () => {
  expect(eventTitle({ ...event, type: 'ADD_ARTIFACT_ALIAS', alias: 'production' })).toBe(
    'Alias production added to resnet:v3',
  )
})

test('a tag on a collection needs no version', () => {
  const subjects = [{ ...subject, version: null }]
  expect(eventTitle({ ...event, subjects, type: 'ADD_COLLECTION_TAG', tag: 'gold' })).toBe('Tag gold added to resnet')
})

test('every type has a title, also where nothing of its place may be seen', () => {
  for (const type of EVENT_TYPES) expect(eventTitle({ ...event, subjects: [], type })).not.toBe('')
})

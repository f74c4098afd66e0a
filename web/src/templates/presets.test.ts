import { expect, test } from 'vitest'
import { payloadFrom } from './presets'

const PRESET = {
  id: 'gitlab',
  label: '',
  note: null,
  secrets: ['TOKEN'],
  template: '{"token": "${TOKEN}", "a": "${alias}"}',
}

test('a preset takes the one further secret of the webhook in place of its own', () => {
  expect(payloadFrom(PRESET, { secrets: ['TRIGGER'] })).toBe('{"token": "${TRIGGER}", "a": "${alias}"}')
  expect(payloadFrom(PRESET, { secrets: ['TOKEN'] })).toBe(PRESET.template)
  expect(payloadFrom(PRESET, { secrets: [] })).toBe(PRESET.template)
  expect(payloadFrom(PRESET, { secrets: ['A', 'TOKEN'] })).toBe(PRESET.template)
  expect(payloadFrom(PRESET, undefined)).toBe(PRESET.template)
})

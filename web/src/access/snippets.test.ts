import { expect, test } from 'vitest'
import { settings } from './snippets'

const url = 'https://tripline.example:8443'

test('the settings are those of the client, for each terminal', () => {
  const key = 'a'.repeat(40)
  expect(settings('sh', { url, key })).toBe(`export WANDB_BASE_URL=${url}\nexport WANDB_API_KEY=${key}`)
  expect(settings('powershell', { url, key })).toBe(`$env:WANDB_BASE_URL = "${url}"\n$env:WANDB_API_KEY = "${key}"`)
})

test('without a key its place is shown, and a shell takes it for text', () => {
  expect(settings('sh', { url, key: undefined })).toContain("export WANDB_API_KEY='<your API key>'")
  expect(settings('sh', { url, key: "it's" })).toContain("WANDB_API_KEY='it'\\''s'")
})

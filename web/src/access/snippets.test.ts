import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { settings } from './snippets'

const url = 'https://tripline.example:8443'

test('the settings are those of the client, for each terminal', () => {
  const key = 'a'.repeat(40)
  expect(settings('sh', { url, key })).toBe(`export WANDB_BASE_URL=${url}\nexport WANDB_API_KEY=${key}`)
  expect(settings('powershell', { url, key })).toBe(`$env:WANDB_BASE_URL = "${url}"\n$env:WANDB_API_KEY = "${key}"`)
})

test('without a key its place is shown, and a shell takes it for text', () => {
  const commands = settings('sh', { url, key: undefined })
  const printed = execFileSync('sh', ['-c', `${commands}\nprintf '%s' "$WANDB_API_KEY"`], { encoding: 'utf8' })
  expect(printed).toBe('<your API key>')
})

/** Calls of `tripline import wandb` that are refused before any server is asked. */
import { expect, test } from 'vitest'
import { runTripline } from './support/tripline-process.ts'

test.each([
  [['wandb'], 'Say what to import'],
  [['elsewhere'], 'Usage:'],
  [['wandb', 'a/b/c', '--from', 'http://x', '--to', 'http://y'], 'neither <entity> nor <entity>/<project>'],
  [['wandb', 'a', '--from', 'ftp://x', '--to', 'http://y'], '--from takes an http or https URL'],
  [['wandb', 'a', '--from', 'http://x', '--to', 'http://y', '--map', 'a'], '--map takes'],
  [['wandb', 'a', '--from', 'http://x', '--to', 'http://y', '--files-at-once', '0'], '--files-at-once takes'],
])('a wrong call ends with 2 and says why: %j', async (args, message) => {
  const command = runTripline(['import', ...args], { TRIPLINE_IMPORT_FROM_KEY: 'from', TRIPLINE_IMPORT_TO_KEY: 'to' })
  expect((await command.ended).code).toBe(2)
  expect(command.output()).toContain(message)
})

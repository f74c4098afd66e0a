import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startReceiver } from './support/receiver.ts'
import { startTestServer } from './support/server.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] as string)
const SCRIPTS = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts as Record<string, string>

test('the demo tells the whole story', async () => {
  const { stdout } = await run(process.execPath, [join(ROOT, 'scripts/demo.ts')], { timeout: 55_000 })
  expect(stdout).toContain('The signature verifies')
  expect(stdout).toContain('"replaces":"v0"')
  expect(SCRIPTS.demo).toBe('node scripts/demo.ts')
})

test('the first automation of the README is typed as it stands and works', async () => {
  await using server = await startTestServer('sqlite')
  await using receiver = await startReceiver()
  const script = blocks.find((block) => block.includes('api POST /teams'))!
  expect(script).toContain('http://localhost:8080')
  const { stdout } = await run(
    'bash',
    ['-euo', 'pipefail', '-c', script.replace('http://localhost:8080', server.url)],
    {
      env: { PATH: process.env.PATH, TRIPLINE_ADMIN_API_KEY: server.adminKey, RECEIVER_URL: receiver.url },
      timeout: 50_000,
    },
  )
  const [, delivered] = await receiver.waitFor(2)
  expect(JSON.parse(delivered!.body)).toEqual({
    deploy: 'vision/churn/churn-model:production',
    replaces: 'nothing',
    by: 'admin-user',
  })
  expect(stdout).toContain('"deploy on production"')
})

test('every npm script the README names exists', () => {
  const named = [...README.matchAll(/npm (?:run )?(start|test|demo)/g)].map((match) => match[1] as string)
  expect(new Set(named)).toEqual(new Set(['demo', 'start', 'test']))
  for (const name of named) expect(SCRIPTS).toHaveProperty(name)
})

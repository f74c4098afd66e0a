/**
 * The browser's stories notice what breaks: each mutant is this repository with one line changed, whose app is built
 * anew and whose story then fails for the reason named here. One at a time, each in a copy.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWithTool } from '../support/tools.ts'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Shared with this one: neither holds anything of the product. */
const LINKED = ['node_modules', '.cache']
const LEFT_OUT = [...LINKED, '.git', '.ci', 'docs', 'bench']

function copyWith({ file, before, after }: Mutant): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'tripline-mutant-'))
  for (const name of readdirSync(ROOT).filter((name) => !LEFT_OUT.includes(name))) {
    cpSync(join(ROOT, name), join(path, name), { recursive: true, filter: (from) => !from.includes('web/dist') })
  }
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(path, name))
  const text = readFileSync(join(path, file), 'utf8')
  expect(text.split(before), `${file} has one place for: ${before}`).toHaveLength(2)
  writeFileSync(
    join(path, file),
    text.replace(before, () => after),
  )
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** What the story said in the copy: of each of its tests whether it passed, and why not. */
async function tell(path: string, { file, test }: Mutant['story']): Promise<{ status: string; messages: string }[]> {
  const results = join(path, 'results.json')
  // The frame's tests are about no database; of the others one engine is enough, the one whose pages are inspected.
  const pattern = file === 'frame' ? test : `on sqlite .*${test}`
  const args = [
    'run',
    `test/browser/${file}.test.ts`,
    '-t',
    pattern,
    '--retry=0',
    '--reporter=json',
    `--outputFile=${results}`,
  ]
  const child = spawn(process.execPath, [join(path, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: path,
    // With it no pictures are kept: they would be of the mutant.
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  await once(child, 'close')
  expect(existsSync(results), output).toBe(true)
  type Assertion = { status: string; failureMessages: string[] }
  const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as {
    testResults: { assertionResults: Assertion[] }[]
  }
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => ['passed', 'failed'].includes(status))
    .map(({ status, failureMessages }) => ({ status, messages: failureMessages.join('\n') }))
}

describeWithTool('chromium', 'a story notices', () => {
  test.each(MUTANTS)('$name', async (mutant) => {
    using copy = copyWith(mutant)
    const told = await tell(copy.path, mutant.story)
    expect(told.length).toBeGreaterThan(0)
    const failures = told.filter(({ status }) => status === 'failed').map(({ messages }) => messages)
    expect(failures.join('\n'), JSON.stringify(told)).toMatch(mutant.because)
  })
})

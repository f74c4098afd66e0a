/** What `npm pack` makes installs, and serves as `tripline`, on this Node.js and on the oldest that is promised. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { describeWithTool, toolPath } from './support/tools.ts'

const ROOT = join(import.meta.dirname, '..')
const INSTALL_TIMEOUT_MS = 300_000
const READY_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'tripline-packaging-'))
const project = join(folder, 'project')
let packedFiles: string[] = []
let offline: string | undefined

beforeAll(async () => {
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  // The build, which npm runs before it packs, may print too: the list is the last JSON array.
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.lastIndexOf('\n[\n') + 1))
  packedFiles = files.map((file: { path: string }) => file.path)

  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"private":true}\n')
  const install = ['install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', join('..', filename)]
  await run('npm', install, { cwd: project }).catch((error: Error) => {
    if (process.env.CI === 'true' || !/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(error.message))
      throw error
    offline = 'the package registry cannot be reached, so the package cannot be installed'
  })
}, INSTALL_TIMEOUT_MS)

beforeEach(({ skip }) => skip(offline !== undefined, offline))

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))

test('the package holds the compiled program and what a reader needs, and nothing of the workshop', () => {
  const needed = ['LICENSE', 'README.md', 'package.json', 'dist/cli/main.js', 'web/dist/index.html']
  expect(packedFiles).toEqual(expect.arrayContaining(needed))
  const others = packedFiles.filter(
    (path) =>
      !/^(dist\/.+\.js|web\/dist\/[^/]+|web\/dist\/assets\/.+|LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(
        path,
      ),
  )
  expect(others).toEqual([])
  expect(packedFiles.filter((path) => /\.test\.js$/.test(path))).toEqual([])
})

describe(`on Node.js ${process.versions.node}`, () => runsTripline(() => process.execPath))

describeWithTool('node-oldest', 'on the oldest Node.js of package.json', () => {
  test('which is the one that was provisioned', async () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const { stdout } = await run(toolPath('node-oldest'), ['--version'], { cwd: project })
    expect(`>=${stdout.trim().slice(1)}`).toBe(`${engines.node}.0`)
  })

  runsTripline(() => toolPath('node-oldest'))
})

function runsTripline(nodeProgram: () => string): void {
  test('npx tripline --version prints the version, and no warning', async () => {
    const { stdout, stderr } = await run('npx', ['--no-install', 'tripline', '--version'], {
      cwd: project,
      node: nodeProgram(),
    })
    expect(stdout.trim()).toBe(version)
    expect(stderr.split('\n').filter((line) => /warning/i.test(line) && !line.startsWith('npm '))).toEqual([])
  })

  test('tripline worker says what it needs', async () => {
    const call = run('npx', ['--no-install', 'tripline', 'worker'], { cwd: project, node: nodeProgram() })
    await expect(call).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TRIPLINE_DATABASE_URL is required for tripline worker'),
    })
  })

  test('tripline serve becomes ready, is backed up and restored, and on SIGTERM stops within 10 s', async () => {
    const dataFolder = mkdtempSync(join(folder, 'data-'))
    const server = spawn(join(project, 'node_modules', '.bin', 'tripline'), ['serve'], {
      cwd: dataFolder,
      env: {
        ...environment(nodeProgram()),
        HOME: dataFolder,
        TRIPLINE_PORT: '0',
        TRIPLINE_DATA_DIR: dataFolder,
        TRIPLINE_ADMIN_USERNAME: 'ada',
        TRIPLINE_ADMIN_API_KEY: 'k'.repeat(40),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
      })
    }

    try {
      const ready = () => /Tripline is ready at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]
      const ended = () => server.exitCode !== null || server.signalCode !== null
      await vi.waitUntil(() => ready() !== undefined || ended(), { timeout: READY_TIMEOUT_MS })
      expect(ready(), output).toBeDefined()
      expect((await fetch(`${ready()}/ready`)).status).toBe(200)
      await servesTheWebApp(`${ready()}`)

      const backup = join(dataFolder, 'backup')
      for (const [args, directory] of [
        [['backup', '--to', backup], dataFolder],
        [['restore', '--from', backup], join(dataFolder, 'restored')],
      ] as const) {
        await run(join(project, 'node_modules', '.bin', 'tripline'), [...args], {
          cwd: dataFolder,
          node: nodeProgram(),
          env: { TRIPLINE_DATA_DIR: directory },
        })
      }

      const stoppingAt = performance.now()
      server.kill('SIGTERM')
      await once(server, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS + 5_000) })
      expect(performance.now() - stoppingAt).toBeLessThan(STOP_TIMEOUT_MS)
      expect({ exitCode: server.exitCode, signal: server.signalCode }).toEqual({ exitCode: 0, signal: null })
      expect(output).not.toMatch(/ExperimentalWarning/)
    } finally {
      server.kill('SIGKILL')
    }
  })
}

/** The page, and the program that it names. */
async function servesTheWebApp(url: string): Promise<void> {
  const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } })
  expect(page.status).toBe(200)
  const program = /<script[^>]+src="([^"]+)"/.exec(await page.text())?.[1]
  expect(program).toBeDefined()
  const { status, headers } = await fetch(new URL(program as string, url))
  expect({ status, type: headers.get('content-type') }).toEqual({
    status: 200,
    type: expect.stringContaining('javascript'),
  })
}

/** The PATH starts with a folder that holds only this `node`, so that it is the one a shebang finds. */
function environment(node: string): Record<string, string> {
  const shelf = mkdtempSync(join(folder, 'node-'))
  symlinkSync(node, join(shelf, 'node'))
  const { PATH = '', HOME = '' } = process.env
  return { PATH: [shelf, PATH].join(delimiter), HOME }
}

async function run(
  program: string,
  args: string[],
  options: { cwd: string; node?: string; env?: Record<string, string> },
): Promise<{ stdout: string; stderr: string }> {
  const env =
    options.node === undefined ? process.env : { ...(options.env ?? process.env), ...environment(options.node) }
  return await promisify(execFile)(program, args, {
    cwd: options.cwd,
    env,
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
}

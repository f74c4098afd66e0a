/**
 * Finds, or where it may installs, what the tests need beyond npm, and records it in `.cache/provision.json`.
 *
 * `npm run provision` prints what is there and what could not be had, with the reason. It never fails for a missing
 * tool: the tests that need one are skipped with that reason (and fail where `CI=true`). Run again, it looks and
 * installs nothing that is there. Everything it makes itself lies under `.cache/`; system packages are installed only
 * as root and only where there is `apt-get`. Which registry or mirror answers is the business of pip's and apt's own
 * configuration.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The `wandb` clients that tests drive: the first in full, the others as a smoke. Exact, so that runs repeat. */
export const WANDB_VERSIONS = ['0.30.0', '0.29.0', '0.28.2'] as const
export type WandbVersion = (typeof WANDB_VERSIONS)[number]

/** The oldest Node.js that the published package promises to run on (`engines` in package.json). */
const NODE_OLDEST_VERSION = '22.18.0'

export type ToolName = 'postgres' | 'strace' | 'node-oldest' | 's3' | 'chromium' | `wandb-${WandbVersion}`

/**
 * One tool: `path` is the folder of PostgreSQL's programs, the `strace` program, the
 * oldest `node` program to support, a Chromium, the Python program that can run moto, a server that speaks S3, or the one that can
 * `import wandb`. `reason` says in one sentence why it is not to be had and what would help.
 */
export type Finding =
  | { found: true; path: string; version: string; installed: boolean }
  | { found: false; reason: string }

export type Provision = Record<ToolName, Finding>

const ROOT = join(import.meta.dirname, '..')
const CACHE = join(ROOT, '.cache')
const FINDINGS_FILE = join(CACHE, 'provision.json')
const STAND_IN = join(ROOT, 'test', 'clients', 'stand-in')

/** The oldest PostgreSQL that still has the functions for full transaction ids the event feed is ordered by. */
const POSTGRES_MAJOR_MIN = 13
const PYTEST_VERSION = '9.2.0'
/** A server that speaks S3, to test against. */
const MOTO_VERSION = '5.2.5'
/** What all of `WANDB_VERSIONS` ask for in their package metadata. */
const PYTHON_MINOR_MIN = 10
const INSTALL_TIMEOUT_MS = 10 * 60_000
const LOOK_TIMEOUT_MS = 30_000

/** What an earlier run found, or `undefined` when none ran here yet or its file is of another shape. */
export function readProvision(): Provision | undefined {
  if (!existsSync(FINDINGS_FILE)) return undefined
  const findings = JSON.parse(readFileSync(FINDINGS_FILE, 'utf8')) as Partial<Provision>
  return toolNames().every((name) => findings[name] !== undefined) ? (findings as Provision) : undefined
}

/** Finds or installs every tool and records the findings. Runs at the same time take turns. */
export async function provision(): Promise<Provision> {
  mkdirSync(CACHE, { recursive: true })
  return await withLock(join(CACHE, 'provision.lock'), async () => {
    const postgres = await provisionPostgres()
    const strace = await provisionStrace()
    const chromium = await provisionChromium()
    const python = pythonOnDemand()
    const clients = await Promise.all(
      WANDB_VERSIONS.map(async (version) => [`wandb-${version}`, await provisionWandb(version, python)] as const),
    )
    const s3 = await provisionMoto(python)
    const nodeOldest = await provisionNodeOldest()
    const findings = {
      postgres,
      strace,
      chromium,
      'node-oldest': nodeOldest,
      s3,
      ...Object.fromEntries(clients),
    } as Provision
    writeFileSync(FINDINGS_FILE, `${JSON.stringify(findings, null, 2)}\n`)
    return findings
  })
}

function toolNames(): ToolName[] {
  return [
    'postgres',
    'strace',
    'chromium',
    'node-oldest',
    's3',
    ...WANDB_VERSIONS.map((version) => `wandb-${version}` as const),
  ]
}

async function provisionPostgres(): Promise<Finding> {
  const there = await findPostgres()
  if (there !== undefined) return { ...there, installed: false }

  // Debian's package would at once create and start a cluster of its own, which nobody asked for.
  const clusterSettings = '/etc/postgresql-common/createcluster.conf'
  const refused = await aptInstall(['postgresql'], () => {
    if (existsSync(clusterSettings)) return
    mkdirSync(dirname(clusterSettings), { recursive: true })
    writeFileSync(clusterSettings, 'create_main_cluster = false\n')
  })
  const installed = await findPostgres()
  if (installed !== undefined) return { ...installed, installed: true }
  return {
    found: false,
    reason: `PostgreSQL ${POSTGRES_MAJOR_MIN} or later (initdb, postgres) is not installed, and ${refused ?? 'what apt-get installed is older'}`,
  }
}

/** The newest PostgreSQL on the PATH or where Debian, Red Hat and Homebrew put it. */
async function findPostgres(): Promise<{ found: true; path: string; version: string } | undefined> {
  const folders = new Set((process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''))
  for (const [parent, below] of [
    ['/usr/lib/postgresql', 'bin'],
    ['/usr', 'bin'],
    ['/opt/homebrew/opt', 'bin'],
    ['/usr/local/opt', 'bin'],
  ] as const) {
    for (const name of existsSync(parent) ? readdirSync(parent) : []) {
      if (/^(\d+|pgsql-\d+|postgresql(@\d+)?)$/.test(name)) folders.add(join(parent, name, below))
    }
  }

  const candidates: { found: true; path: string; version: string }[] = []
  const seen = new Set<string>()
  for (const folder of folders) {
    const linked = join(folder, 'initdb')
    if (!existsSync(linked)) continue
    const path = dirname(realpathSync(linked))
    if (seen.has(path) || !existsSync(join(path, 'postgres'))) continue
    seen.add(path)
    const answer = await run(join(path, 'initdb'), ['--version'])
    const version = /(\d+(?:\.\d+)*)/.exec(answer.output)?.[1]
    if (answer.ok && version !== undefined && Number.parseInt(version, 10) >= POSTGRES_MAJOR_MIN) {
      candidates.push({ found: true, path, version })
    }
  }
  return candidates.sort((a, b) => Number.parseFloat(b.version) - Number.parseFloat(a.version))[0]
}

async function provisionStrace(): Promise<Finding> {
  if (process.platform !== 'linux') return { found: false, reason: 'strace exists on Linux only' }
  const there = await findStrace()
  if (there !== undefined) return { ...there, installed: false }

  const refused = await aptInstall(['strace'])
  const installed = await findStrace()
  if (installed !== undefined) return { ...installed, installed: true }
  return {
    found: false,
    reason: `strace is not installed, and ${refused ?? 'does not run after apt-get installed it'}`,
  }
}

async function findStrace(): Promise<{ found: true; path: string; version: string } | undefined> {
  const path = onPath('strace')
  if (path === undefined) return undefined
  const version = /version (\S+)/.exec((await run(path, ['-V'])).output)?.[1]
  return version === undefined ? undefined : { found: true, path, version }
}

/** A browser to test the web app in: Debian's, or any Chromium that is there, or the one Playwright would download. */
async function provisionChromium(): Promise<Finding> {
  const there = await findChromium()
  if (there !== undefined) return { ...there, installed: false }

  // The lighter of the two, which not every release has.
  let refused = await aptInstall(['chromium-headless-shell', 'fonts-liberation'])
  if (refused !== undefined) refused = await aptInstall(['chromium', 'fonts-liberation'])
  const playwright = join(ROOT, 'node_modules', 'playwright-core', 'cli.js')
  if (refused !== undefined) await run(process.execPath, [playwright, 'install', 'chromium'], INSTALL_TIMEOUT_MS)
  const installed = await findChromium()
  if (installed !== undefined) return { ...installed, installed: true }
  return {
    found: false,
    reason: `Chromium is not installed, ${refused ?? 'does not run after apt-get installed it'}, and Playwright could not download one`,
  }
}

async function findChromium(): Promise<{ found: true; path: string; version: string } | undefined> {
  // Only here: whoever asks for what was found need not load it.
  const { chromium } = await import('playwright-core')
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  for (const path of [...names.map(onPath), chromium.executablePath()]) {
    if (path === undefined || !existsSync(path)) continue
    const version = /(\d+(?:\.\d+)+)/.exec((await run(path, ['--version'])).output)?.[1]
    if (version !== undefined) return { found: true, path, version }
  }
  return undefined
}

/** The program out of the npm package that `node` in package.json uses too, kept under `.cache/`. */
async function provisionNodeOldest(): Promise<Finding> {
  const name = `node-${process.platform}-${process.arch}`
  const folder = join(CACHE, 'node', NODE_OLDEST_VERSION)
  const program = join(folder, 'node_modules', name, 'bin', 'node')
  const there = await run(program, ['--version'])
  if (there.output.trim() === `v${NODE_OLDEST_VERSION}`) {
    return { found: true, path: program, version: NODE_OLDEST_VERSION, installed: false }
  }

  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const wanted = `${name}@${NODE_OLDEST_VERSION}`
  // Without a registry npm would try again for more than a minute, at every run.
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=1000']
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', ...patience, wanted]
  const answer = await run('npm', install, INSTALL_TIMEOUT_MS)
  const installed = await run(program, ['--version'])
  if (installed.output.trim() === `v${NODE_OLDEST_VERSION}`) {
    return { found: true, path: program, version: NODE_OLDEST_VERSION, installed: true }
  }
  return { found: false, reason: `npm could not install ${wanted}: ${lastError(answer.output)}` }
}

type Python = { path: string; version: string } | { reason: string }

/** A Python that can make virtual environments; needed only while one of them is missing, so found only then. */
function pythonOnDemand(): () => Promise<Python> {
  let answer: Promise<Python> | undefined
  return () => {
    answer ??= (async () => {
      const there = await findPython()
      if (there !== undefined) return there
      const refused = await aptInstall(['python3', 'python3-venv'])
      return (
        (await findPython()) ?? {
          reason: `Python 3.${PYTHON_MINOR_MIN} or later with venv is not installed, and ${refused ?? 'what apt-get installed is older'}`,
        }
      )
    })()
    return answer
  }
}

async function findPython(): Promise<{ path: string; version: string } | undefined> {
  for (const name of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const path = onPath(name)
    if (path === undefined) continue
    // Debian splits ensurepip off: without it a virtual environment comes without pip.
    const code = 'import sys, venv, ensurepip; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])'
    const answer = await run(path, ['-c', code])
    const [executable, version] = answer.output.trim().split('\n')
    if (!answer.ok || executable === undefined || version === undefined) continue
    const [major, minor] = version.split('.').map(Number)
    if (major === 3 && minor! >= PYTHON_MINOR_MIN) return { path: executable, version }
  }
  return undefined
}

function provisionWandb(version: WandbVersion, findPython: () => Promise<Python>): Promise<Finding> {
  const requirements = [`wandb==${version}`, `pytest==${PYTEST_VERSION}`]
  return provisionPackage({ name: 'wandb', version, folder: version, requirements, module: 'wandb' }, findPython)
}

function provisionMoto(findPython: () => Promise<Python>): Promise<Finding> {
  const requirements = [`moto[s3,server]==${MOTO_VERSION}`]
  const folder = `moto-${MOTO_VERSION}`
  return provisionPackage(
    { name: 'moto', version: MOTO_VERSION, folder, requirements, module: 'moto.server' },
    findPython,
  )
}

/** A virtual environment under `.cache/python/<folder>` whose stamp says that `import <module>` once worked in it. */
async function provisionPackage(
  wantedPackage: { name: string; version: string; folder: string; requirements: string[]; module: string },
  findPython: () => Promise<Python>,
): Promise<Finding> {
  const { name, version, requirements, module } = wantedPackage
  const folder = join(CACHE, 'python', wantedPackage.folder)
  const program = join(folder, 'bin', 'python')
  const stamp = join(folder, 'requirements.json')
  const wanted = JSON.stringify(requirements)
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return { found: true, path: program, version, installed: false }
  }

  const python = await findPython()
  if ('reason' in python) return { found: false, reason: python.reason }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  const made = await run(python.path, ['-m', 'venv', folder], INSTALL_TIMEOUT_MS)
  const installed = made.ok ? await pipInstall(program, requirements) : made
  const imported = installed.ok ? await run(program, ['-c', `import ${module}`], INSTALL_TIMEOUT_MS) : installed
  if (!imported.ok) {
    rmSync(folder, { recursive: true, force: true })
    return {
      found: false,
      reason: `${name} ${version} could not be installed for Python ${python.version}: ${lastError(imported.output)}`,
    }
  }
  writeFileSync(stamp, wanted)
  return { found: true, path: program, version, installed: true }
}

/**
 * Installs into the virtual environment of `program`. Where the registry lacks OpenTelemetry's package of names, which
 * `import wandb` needs and some mirrors leave out, a stand-in of the version asked for takes its place.
 */
async function pipInstall(program: string, requirements: readonly string[]): Promise<Ran> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary=wandb']
  const answer = await run(program, [...pip, ...requirements], INSTALL_TIMEOUT_MS)
  const lacking = /No matching distribution found for opentelemetry-semantic-conventions==([\w.]+)/.exec(answer.output)
  if (answer.ok || lacking === null) return answer

  const wheels = join(dirname(program), '..', 'stand-in')
  const built = await run(program, [join(STAND_IN, 'build_wheel.py'), lacking[1]!, wheels])
  if (!built.ok) return built
  return await run(program, [...pip, '--find-links', wheels, ...requirements], INSTALL_TIMEOUT_MS)
}

let aptUpdated: Promise<Ran> | undefined

/** Installs Debian packages; `undefined` when done, otherwise why not, as the second half of a sentence. */
async function aptInstall(packages: string[], prepare: () => void = () => {}): Promise<string | undefined> {
  const names = packages.join(', ')
  const apt = onPath('apt-get')
  if (apt === undefined) return `there is no apt-get here to install it with: install ${names} by hand`
  if (process.getuid?.() !== 0) return `only root may install it: run "sudo apt-get install ${packages.join(' ')}"`
  const options = { DEBIAN_FRONTEND: 'noninteractive', UCF_FORCE_CONFFOLD: '1' }
  const lock = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Options::=--force-confold']
  aptUpdated ??= run(apt, ['update', '-q'], INSTALL_TIMEOUT_MS, options)
  await aptUpdated
  prepare()
  const answer = await run(
    apt,
    [...lock, 'install', '-q', '-y', '--no-install-recommends', ...packages],
    INSTALL_TIMEOUT_MS,
    options,
  )
  return answer.ok ? undefined : `apt-get could not install ${names}: ${lastError(answer.output)}`
}

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))
}

type Ran = { ok: boolean; output: string }

/** Runs a program to its end or to the time limit. `output` is what it printed, errors last. */
function run(
  program: string,
  args: string[],
  timeoutMs = LOOK_TIMEOUT_MS,
  env: Record<string, string> = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env }, cwd: ROOT }
    execFile(program, args, options, (error, stdout, stderr) => {
      const ended = error?.killed === true ? `\nended after ${timeoutMs / 1000} s without an answer` : ''
      resolve({ ok: error === null, output: `${stdout}${stderr}${ended}` })
    })
  })
}

/** The line of an installer's output that says most, without addresses: those are nobody's business in a report. */
function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const telling =
    lines.findLast((line) => /^(E:|ERROR)/.test(line)) ??
    lines.find((line) => /^npm error (?!(code|errno|syscall)\b)/.test(line))
  return (telling ?? lines.at(-1) ?? 'it printed nothing').replaceAll(/\w+:\/\/\S+/g, '<address>').trim()
}

/** Runs `work` while this process alone holds `file`. A holder that died is not waited for. */
async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 3 * INSTALL_TIMEOUT_MS
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (!isAlive(readHolder(file)) || Date.now() > deadline) rmSync(file, { force: true })
    else await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** The process that holds the lock; `undefined` when the file is gone. A holder between creating and writing is us. */
function readHolder(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || process.pid
  } catch {
    return undefined
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Prints one line a tool. */
export function printFindings(findings: Provision): void {
  for (const name of toolNames()) {
    const finding = findings[name]
    const line = finding.found
      ? `${finding.installed ? 'installed' : 'found'} ${finding.version} at ${relative(ROOT, finding.path).startsWith('..') ? finding.path : relative(ROOT, finding.path)}`
      : `missing: ${finding.reason}`
    console.log(`${name.padEnd(14)} ${line}`)
  }
}

if (import.meta.main) printFindings(await provision())

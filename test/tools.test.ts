/** The ground the other tests stand on: what `scripts/provision.ts` found really works. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { WANDB_VERSIONS } from '../scripts/provision.ts'
import { createPostgresDatabase, postgresTemplate } from './support/postgres.ts'
import { runPython } from './support/python.ts'
import { describeWithTool } from './support/tools.ts'

describeWithTool('postgres', 'the throwaway PostgreSQL', () => {
  test('gives every caller a database alone, which is gone when dropped', async () => {
    await using one = await createPostgresDatabase()
    await using other = await createPostgresDatabase()
    await query(one.url, 'create table mine (id integer)')
    await expect(query(other.url, 'select * from mine')).rejects.toThrow('does not exist')

    await one.drop()
    await expect(query(one.url, 'select 1')).rejects.toThrow('does not exist')
    await one.drop()
  })

  test('keeps text as UTF-8 and sorts it by code point, whatever the locale of the machine', async () => {
    await using database = await createPostgresDatabase()
    const settings = await query(
      database.url,
      `select current_setting('server_encoding') as encoding, 'Z' < 'a' as byte`,
    )
    expect(settings).toEqual([{ encoding: 'UTF8', byte: true }])
  })

  test('copies a template that is prepared once, however many ask for it', async () => {
    let preparedCount = 0
    const prepare = async (url: string) => {
      preparedCount++
      await query(url, 'create table prepared (id integer)')
    }
    const names = await Promise.all([1, 2, 3].map(() => postgresTemplate('tools_test', prepare)))
    expect(preparedCount).toBe(1)

    await using copy = await createPostgresDatabase(names[0])
    expect(await query(copy.url, 'select * from prepared')).toEqual([])
  })

  test('prepares a template anew after a failed try', async () => {
    const failing = postgresTemplate('tools_test_failing', async (url) => {
      await query(url, 'create table half (id integer)')
      throw new Error('half-way')
    })
    await expect(failing).rejects.toThrow('half-way')

    await using copy = await createPostgresDatabase(await postgresTemplate('tools_test_failing', async () => {}))
    await expect(query(copy.url, 'select * from half')).rejects.toThrow('does not exist')
  })
})

describe.each(WANDB_VERSIONS)('the wandb client %s', (version) => {
  describeWithTool(`wandb-${version}`, 'from PyPI', () => {
    test('is imported in exactly this version', async () => {
      const run = await runPython({ code: 'import wandb; print(wandb.__version__)' }, { version })
      expect(run).toMatchObject({ exitCode: 0, stdout: `${version}\n`, timedOut: false })
    })
  })
})

describeWithTool('wandb-0.30.0', 'a Python script', () => {
  test('sees the given environment, arguments and input, and none of the settings of this machine', async () => {
    process.env.WANDB_API_KEY = 'of-the-developer'
    const code = 'import os, sys; print(os.environ.get("WANDB_API_KEY"), os.environ["GIVEN"], sys.argv[1], input())'
    const run = await runPython({ code }, { env: { GIVEN: 'given' }, args: ['argument'], stdin: 'typed\n' })
    delete process.env.WANDB_API_KEY
    expect(run).toMatchObject({ exitCode: 0, stdout: 'None given argument typed\n', stderr: '' })
  })

  test('that hangs is killed with all it started', async () => {
    const code = `
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)`
    const run = await runPython({ code }, { timeoutMs: 2_000 })
    expect(run).toMatchObject({ exitCode: null, timedOut: true })
    await expect.poll(() => isAlive(Number(run.stdout))).toBe(false)
  })

  test('that leaves a child behind with its output open does not keep the caller waiting', async () => {
    const code = `
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("done")`
    const run = await runPython({ code }, { timeoutMs: 30_000 })
    expect(run).toMatchObject({ exitCode: 0, stdout: 'done\n', timedOut: false })
  })
})

describeWithTool('wandb-0.30.0', 'the stand-in for the names of OpenTelemetry', () => {
  test('lets the client be imported where the registry lacks the real package', async () => {
    const standIn = join(import.meta.dirname, 'clients', 'stand-in', 'build_wheel.py')
    const folder = mkdtempSync(join(tmpdir(), 'tripline-stand-in-'))
    const built = await runPython(standIn, { args: ['1.2.3', folder] })
    expect(built).toMatchObject({ exitCode: 0, stderr: '' })

    // First on the path, it hides the real package.
    const code = `
import sys, zipfile
wheel, folder = sys.argv[1:]
zipfile.ZipFile(wheel).extractall(folder)
sys.path.insert(0, folder)
import opentelemetry.semconv
from opentelemetry.semconv._incubating.attributes import process_attributes
from opentelemetry.semconv.schemas import Schemas
import wandb
print(opentelemetry.semconv.__file__.startswith(folder))
print(process_attributes.PROCESS_PID, Schemas.V1_25_0.value, wandb.__version__)`
    const wheel = join(folder, 'opentelemetry_semantic_conventions-1.2.3-py3-none-any.whl')
    const run = await runPython({ code }, { args: [wheel, join(folder, 'unpacked')] })
    rmSync(folder, { recursive: true })
    expect(run).toMatchObject({ exitCode: 0, stdout: 'True\nprocess_pid schemas.v1_25_0 0.30.0\n', stderr: '' })
  })
})

/** A killed process that nobody has waited for still has its pid: it counts as dead. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

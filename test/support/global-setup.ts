/** Runs once before all test files: finds the tools, starts one PostgreSQL, and tells the test files of both. */
import type { TestProject } from 'vitest/node'
import { provision, readProvision, type ToolName } from '../../scripts/provision.ts'
import { buildWebApp } from '../../scripts/web.ts'
import { startPostgresServer } from './postgres-server.ts'

/** Where a tool is, or why a test cannot have it. */
export type Tool = { path: string; missing?: undefined } | { path?: undefined; missing: string }

declare module 'vitest' {
  interface ProvidedContext {
    tools: Record<ToolName, Tool>
    /** The superuser's URL of the PostgreSQL server of this run, its database being `postgres`; `null` without one. */
    postgresAdminUrl: string | null
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildWebApp({ ifStale: true })
  const findings = readProvision() ?? (await provision())
  const tools = Object.fromEntries(
    Object.entries(findings).map(([name, finding]): [string, Tool] => [
      name,
      finding.found ? { path: finding.path } : { missing: finding.reason },
    ]),
  ) as Record<ToolName, Tool>

  const server = findings.postgres.found ? await startPostgresServer(findings.postgres.path) : undefined
  if (server !== undefined && 'failure' in server) tools.postgres = { missing: server.failure }

  project.provide('tools', tools)
  project.provide('postgresAdminUrl', server !== undefined && 'adminUrl' in server ? server.adminUrl : null)
  return async () => {
    if (server !== undefined && 'stop' in server) await server.stop()
  }
}

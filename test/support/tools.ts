import { describe, inject, test } from 'vitest'
import type { ToolName } from '../../scripts/provision.ts'

/** Where the tool is (see `Finding` in scripts/provision.ts). Only for tests that `describeWithTool` let run. */
export function toolPath(name: ToolName): string {
  const tool = inject('tools')[name]
  if (tool.path === undefined) throw new Error(`${name} is missing: ${tool.missing}`)
  return tool.path
}

/**
 * `describe` for tests that need a tool npm cannot bring. Where it is missing they are skipped, with the reason in
 * their name; where `CI=true` they fail instead, so that no run of ours loses a suite silently.
 *
 *     describeWithTool('postgres', 'the event feed on PostgreSQL', () => { … })
 */
export function describeWithTool(name: ToolName, title: string, body: () => void): void {
  const { missing } = inject('tools')[name]
  if (missing === undefined) {
    describe(title, body)
  } else if (process.env.CI === 'true') {
    describe(title, () => {
      test(`has ${name}`, () => {
        throw new Error(missing)
      })
    })
  } else {
    describe.skip(`${title} (skipped: ${missing})`, body)
  }
}

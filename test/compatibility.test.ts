/** The table of what the client can do here misses no method of it, and says what the tests say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMPATIBILITY_PAGE, compatibilityPage, readClientTable, subjectsOf } from '../scripts/compatibility.ts'
import { WANDB_VERSIONS } from '../scripts/provision.ts'
import { describeWithTool, toolPath } from './support/tools.ts'

const [NEWEST, OLDER, OLDEST] = WANDB_VERSIONS

describeWithTool(`wandb-${NEWEST}`, 'the table of the client', () => {
  const table = () => readClientTable(toolPath(`wandb-${NEWEST}`))

  test('every public method is promised by a test or known not to be supported', () => {
    const { promises, silent, unknown, ...client } = table()
    const named = new Set(promises.flatMap(({ methods }) => methods))
    expect(unknown, 'classes to be put in the table, or aside with a reason: test/clients/promises.py').toEqual([])
    expect(subjectsOf({ promises, silent, unknown, ...client }).filter((subject) => !named.has(subject))).toEqual([])
    expect(silent, 'tests without @promise or @not_supported').toEqual([])
  })

  test('what a test names exists, and is supported or is not', () => {
    const client = table()
    const known = subjectsOf(client)
    const named = client.promises.flatMap(({ methods, supported }) => methods.map((method) => ({ method, supported })))
    expect(named.filter(({ method }) => !known.includes(method))).toEqual([])
    const supported = new Set(named.filter((each) => each.supported).map(({ method }) => method))
    expect(named.filter((each) => !each.supported && supported.has(each.method))).toEqual([])
  })

  describeWithTool(`wandb-${OLDER}`, 'with older clients', () => {
    describeWithTool(`wandb-${OLDEST}`, 'of all versions', () => {
      test(`${COMPATIBILITY_PAGE} says what the tests say (else: node scripts/compatibility.ts)`, () => {
        const tables = WANDB_VERSIONS.map((version) => readClientTable(toolPath(`wandb-${version}`)))
        const page = readFileSync(join(import.meta.dirname, '..', COMPATIBILITY_PAGE), 'utf8')
        expect(page).toBe(compatibilityPage(tables))
      })
    })
  })
})

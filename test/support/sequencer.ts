import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Take a minute or nearly: begun last, one of them would run alone at the end. Longest first. */
const LONG = [
  'test/conformance.test.ts',
  'test/kill.test.ts',
  'test/browser/artifacts.test.ts',
  'test/browser/long-lists.test.ts',
  'test/import.test.ts',
  'test/browser/access.test.ts',
  'test/browser/automations.test.ts',
  'test/bad-input.test.ts',
  'test/processes.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at === -1 ? LONG.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

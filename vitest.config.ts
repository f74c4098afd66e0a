import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/sequencer.ts'

// `--mode long` (npm run test:long) runs the suites that take minutes and nothing else; every other run leaves them out.
export default defineConfig(({ mode }) => ({
  // Vite would take the package's ES modules where Node, and so every dependency, takes its CommonJS ones: two copies of
  // the classes that GraphQL compares schemas by.
  resolve: {
    alias: [{ find: /^graphql$/, replacement: join(import.meta.dirname, 'node_modules/graphql/index.js') }],
  },
  test: {
    include: mode === 'long' ? ['{src,web/src,test}/**/*.long.test.ts'] : ['{src,web/src,test}/**/*.test.ts'],
    exclude: mode === 'long' ? [] : ['**/*.long.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.cache', 'bytecode') },
    // A worker runs one file after the other: to load the server anew for each took longer than many of them do.
    isolate: false,
    setupFiles: ['test/support/leave-no-trace.ts'],
    // Whole servers, databases and Python clients run beside the workers: more of those than cores only makes
    // time-outs likelier.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    expect: { poll: { timeout: 20_000 } },
    testTimeout: mode === 'long' ? 20 * 60_000 : 60_000,
    hookTimeout: 120_000,
    // The machines of a continuous integration stall for seconds. What passes at its second try only is named at the end.
    retry: process.env.CI === 'true' ? 1 : 0,
    passWithNoTests: mode === 'long',
  },
}))

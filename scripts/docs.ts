/**
 * Writes the parts of `docs/` that are made from the code: `node scripts/docs.ts`. `test/docs.test.ts` fails when one of
 * them is behind.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REFUSALS } from '../src/refusal.ts'
import { SETTINGS } from '../src/runtime/config.ts'

const ROOT = join(import.meta.dirname, '..')

export function configurationPage(): string {
  const entries = SETTINGS.map((setting) => {
    const given = setting.default === '' ? 'unset' : `\`${setting.default}\``
    const flag = `--${setting.name.replace('TRIPLINE_', '').toLowerCase().replaceAll('_', '-')}`
    return `### \`${setting.name}\`\n\n${setting.help}\n\nDefault: ${given}. Flag: \`${flag}\`.\n`
  })
  return `# Configuration

Environment variables, each also a flag of \`tripline serve\` and \`tripline worker\`; a flag wins. All are checked at the
start, which names every variable that is wrong and how to mend it, and refuses names it does not know, so that a typing
error does not pass for a default.

This page is made from the program's own table (\`src/runtime/config.ts\`).

${entries.join('\n')}`
}

export function errorsPage(): string {
  const rows = Object.entries(REFUSALS).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)
  return `# Errors

Every error of the REST API is an RFC 9457 problem, \`application/problem+json\`, with a stable \`code\`, a \`detail\` for
people that says what to do, the \`requestId\` to find it in the log, and, where fields are wrong, \`errors\` with the path
of each. GraphQL answers carry the same status and put the code into \`errors[0].extensions.code\`.

What a caller may not see answers exactly like what does not exist: \`not_found\`.

| code | status | means |
|---|---|---|
${rows.join('\n')}
| \`internal\` | 500 | A bug of ours: the log has it under the request's id |
`
}

export const PAGES: Record<string, () => string> = {
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, page] of Object.entries(PAGES)) {
    const file = join(ROOT, path)
    const before = (() => {
      try {
        return readFileSync(file, 'utf8')
      } catch {
        return ''
      }
    })()
    if (before !== page()) {
      writeFileSync(file, page())
      console.log(`wrote ${path}`)
    }
  }
}

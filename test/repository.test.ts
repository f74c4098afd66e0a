/** What must hold for the files of this repository, whoever clones it and wherever. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

const trackedFiles = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const manifest = JSON.parse(read('package.json'))
const lock = JSON.parse(read('package-lock.json'))

describe('the packages', () => {
  test('are pinned to exact versions, so that every clone gets the same', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies }
    for (const [name, range] of Object.entries(wanted)) expect(`${name}@${range}`).toMatch(/@\d+\.\d+\.\d+[\w.-]*$/)
  })

  test('have a lock file without download addresses, so that every clone uses its own registry', () => {
    // A workspace is a folder of this repository.
    const addressed = Object.entries<{ resolved?: string; link?: boolean }>(lock.packages).filter(
      ([, { resolved, link }]) => resolved !== undefined && !(link && /^tools\//.test(resolved)),
    )
    expect(addressed).toEqual([])
    expect(read('.npmrc')).toMatch(/^omit-lockfile-registry-resolved=true$/m)
    expect(read('.npmrc')).not.toMatch(/registry\s*=\s*\w+:/)
  })

  test('are locked as package.json asks for them', () => {
    const { dependencies, devDependencies, engines, bin } = manifest
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies, engines, bin })
  })

  test('bring the Node.js that all scripts and these tests run on', () => {
    expect(manifest.devDependencies.node).toMatch(/^24\.\d+\.\d+$/)
    expect(manifest.allowScripts).toMatchObject({ node: true })
    expect(process.version).toBe(`v${manifest.devDependencies.node}`)
  })
})

describe('the files', () => {
  test('include what a visitor looks for', () => {
    for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', '.ci/run']) {
      expect(trackedFiles).toContain(path)
    }
    expect(read('LICENSE')).toMatch(/Apache License\s+Version 2\.0, January 2004/)
    expect(read('LICENSE')).toContain('END OF TERMS AND CONDITIONS')
    expect(manifest.license).toBe('Apache-2.0')
  })

  test('name no folder of the machine they were written on', () => {
    expect(machinePathsIn(`see "/ho${''}me/somebody/notes" or /ro${''}ot/x`)).toHaveLength(2)
    expect(machinePathsIn('/api/v1/work/items, ./home/, https://example.com/root/')).toEqual([])

    const found = trackedFiles.flatMap((path) => machinePathsIn(read(path)).map((match) => `${path}: ${match}`))
    expect(found).toEqual([])
  })

  test('stay small: what is large is made, not kept', () => {
    expect(trackedFiles.filter((path) => statSync(join(ROOT, path)).size > 1024 * 1024)).toEqual([])
  })
})

describe('the documents', () => {
  test('link to files and headings that are there', () => {
    const example = '# One\n[a](LICENSE) [b](#one) [c](#two) [d](no/such.md) [e](https://example.com)\n```\n[f](x)\n```'
    expect(brokenLinksIn('EXAMPLE.md', example)).toEqual(['EXAMPLE.md: #two', 'EXAMPLE.md: no/such.md'])

    const documents = trackedFiles.filter((path) => path.endsWith('.md'))
    expect(documents.flatMap((path) => brokenLinksIn(path, read(path)))).toEqual([])
  })
})

/** The home of Maya, whom examples are about, is on no machine. */
function machinePathsIn(text: string): string[] {
  return text.match(/(?<![\w.~}-])\/(work|root|home(?!\/maya\/))\/\w[\w./-]*/g) ?? []
}

function brokenLinksIn(path: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '')
  const links = [...prose.matchAll(/\]\((?<link>[^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match.groups!.link!)
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file, heading] = link.split('#') as [string, string?]
      const target = file === '' ? path : join(dirname(path), file)
      if (target !== path && !existsSync(join(ROOT, target))) return true
      return heading !== undefined && !headingsOf(target === path ? text : read(target)).includes(heading)
    })
    .map((link) => `${path}: ${link}`)
}

/** The fragments that a forge gives to the headings of a Markdown file. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#{1,6}\s+(?<title>.+)$/gm)].map((match) =>
    match
      .groups!.title!.toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

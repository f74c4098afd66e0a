import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { explain, matchesEvent, parseFilter } from '../src/automations/filter.ts'
import { PAYLOAD_VARIABLES } from '../src/automations/payload-variables.ts'
import { fillSecrets, parseTemplate, renderTemplate } from '../src/automations/template.ts'
import {
  ARTIFACT_EVENT_TYPES,
  EVENT_TYPES,
  type EventType,
  METRIC_EVENT_TYPES,
  RUN_EVENT_TYPES,
} from '../src/events/event.ts'
import { Refusal } from '../src/refusal.ts'
import { sampleContext, sampleEvent } from './support/sample-event.ts'

type Block = { info: string; text: string; line: number }

function guide(name: string): { text: string; blocks: Block[] } {
  const text = readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1]!,
    text: match[2]!.trim(),
    line: text.slice(0, match.index).split('\n').length,
  }))
  return { text, blocks }
}

/** Each block whose info begins with `info`, with the block after it. */
function pairs(blocks: Block[], info: string): [line: number, block: Block, next: Block][] {
  return blocks.flatMap((block, index) =>
    block.info.startsWith(info) ? [[block.line, block, blocks[index + 1]!] as [number, Block, Block]] : [],
  )
}

function refusalOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
  throw new Error('accepted')
}

function rendered(text: string): unknown {
  const event = sampleEvent()
  const rendering = renderTemplate(parseTemplate(text, { knownSecrets: [] }).template, event, sampleContext(event))
  if (rendering.kind !== 'rendered') throw new Error(rendering.message)
  return JSON.parse(fillSecrets(rendering.body, new Map()))
}

/** The table of variables as the guide is to have it. */
function variablesTable(): string {
  const rows = PAYLOAD_VARIABLES.map(({ name, hasPath, description, events, example }) => {
    const written = hasPath ? `\`\${${name}.KEY}\`` : `\`\${${name}}\``
    return `| ${written} | ${description.replaceAll('|', '\\|')} | ${eventsInWords(events)} | \`${example}\` |`
  })
  return ['| variable | is | events | example |', '|---|---|---|---|', ...rows].join('\n')
}

const ARTIFACTS: readonly EventType[] = ARTIFACT_EVENT_TYPES
const VERSIONS = ARTIFACTS.filter((type) => !type.includes('COLLECTION'))
const RUNS: readonly EventType[] = RUN_EVENT_TYPES
const NAMED_KINDS: { name: string; types: readonly EventType[] }[] = [
  { name: 'of artifacts', types: ARTIFACTS },
  { name: 'of versions', types: VERSIONS },
  { name: 'of runs', types: RUNS },
  { name: 'of versions and runs', types: [...VERSIONS, ...RUNS] },
  { name: 'of metrics', types: METRIC_EVENT_TYPES },
]

function eventsInWords(events: readonly EventType[]): string {
  if (events.length === EVENT_TYPES.length) return 'all'
  const named = NAMED_KINDS.find(
    ({ types }) => types.length === events.length && types.every((type) => events.includes(type)),
  )
  if (named !== undefined) return named.name
  return events.map((type) => `\`${type}\``).join(', ')
}

describe('docs/templates.md', () => {
  const { text, blocks } = guide('templates.md')

  test.each(pairs(blocks, 'json template'))('the template in line %i gives the body after it', (_, template, body) => {
    expect(body.info).toBe('json body')
    expect(rendered(template.text)).toEqual(JSON.parse(body.text))
  })

  test.each(pairs(blocks, 'json refused'))('the template in line %i is refused as it says', (_, template, message) => {
    expect(refusalOf(() => parseTemplate(template.text, { knownSecrets: [] }))).toBe(message.text)
  })

  test('the default body is as shown, to the order of its fields', () => {
    const [[, shown]] = pairs(blocks, 'json default-body') as [[number, Block, Block]]
    expect(JSON.stringify(rendered(''))).toBe(JSON.stringify(JSON.parse(shown.text)))
  })

  test('the table has every variable, as the code describes it', () => {
    const table = /<!-- variables: .* -->\n([\s\S]*?)\n?<!-- \/variables -->/.exec(text)?.[1]
    expect(table).toBe(variablesTable())
  })

  test('every kind of example is there', () => {
    expect(blocks.filter(({ info }) => info === 'json template').length).toBeGreaterThanOrEqual(5)
    expect(blocks.filter(({ info }) => info === 'json refused').length).toBeGreaterThanOrEqual(3)
  })
})

describe('docs/run-events.md', () => {
  const { blocks } = guide('run-events.md')
  const tried = blocks.filter(({ info }) => /^json (matches|misses)/.test(info))
  const typeOf = ({ info }: Block) => EVENT_TYPES.find((each) => each === info.split(' ').at(-1))!

  test.each(tried.map((block) => [block.line, block] as const))('the filter in line %i does as it says', (_, block) => {
    const { type, snapshot } = sampleEvent(typeOf(block))
    const filter = parseFilter(block.text, '', type)
    expect(matchesEvent(filter, snapshot, snapshot.subjects[0]!)).toBe(block.info.includes('matches'))
    expect(explain(filter, snapshot, snapshot.subjects[0]!).matches).toBe(block.info.includes('matches'))
  })

  test.each(pairs(blocks, 'json refused RUN_METRIC'))(
    'the filter in line %i is refused as it says',
    (_, filter, message) => {
      expect(refusalOf(() => parseFilter(filter.text, '', 'RUN_METRIC'))).toBe(message.text)
    },
  )

  test('every kind of example is there', () => {
    expect(tried).toHaveLength(6)
    expect(blocks.filter(({ info }) => info.startsWith('json refused'))).toHaveLength(1)
  })
})

describe('docs/filters.md', () => {
  const { blocks } = guide('filters.md')
  const tried = blocks.filter(({ info }) => /^json (matches|misses)/.test(info))

  test.each(tried.map((block) => [block.line, block] as const))('the filter in line %i does as it says', (_, block) => {
    const [, verb, type = 'ADD_ARTIFACT_ALIAS'] = block.info.split(' ')
    const { snapshot } = sampleEvent(EVENT_TYPES.find((each) => each === type)!)
    const filter = parseFilter(block.text)
    expect(matchesEvent(filter, snapshot, snapshot.subjects[0]!)).toBe(verb === 'matches')
    expect(explain(filter, snapshot, snapshot.subjects[0]!).matches).toBe(verb === 'matches')
  })

  test.each(pairs(blocks, 'json refused'))('the filter in line %i is refused as it says', (_, filter, message) => {
    expect(refusalOf(() => parseFilter(filter.text))).toBe(message.text)
  })

  test('every kind of example is there', () => {
    expect(tried.length).toBeGreaterThanOrEqual(15)
    expect(blocks.filter(({ info }) => info === 'json refused').length).toBeGreaterThanOrEqual(3)
  })
})

test.each(['templates.md', 'filters.md'])('%s shows the metadata its examples are tried with', (name) => {
  const [[, shown]] = pairs(guide(name).blocks, 'json metadata') as [[number, Block, Block]]
  expect(JSON.parse(shown.text)).toEqual(sampleEvent().snapshot.artifact?.metadata)
})

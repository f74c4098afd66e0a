import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleArtifact, sampleContext, sampleEvent } from '../../test/support/sample-event.ts'
import { ARTIFACT_EVENT_TYPES, EVENT_TYPES, type Event } from '../events/event.ts'
import { Refusal } from '../refusal.ts'
import { DEFAULT_BODY_METADATA_BYTES_MAX } from './default-body.ts'
import { jsonValue, parseJsonDocument } from './json-document.ts'
import { PAYLOAD_VARIABLES } from './payload-variables.ts'
import { secretsInBody } from './rendered-body.ts'
import {
  fillSecrets,
  parseTemplate,
  RENDERED_BYTES_MAX,
  renderTemplate,
  secretsInTemplate,
  type Template,
  warningsForEventType,
} from './template.ts'
import { TEMPLATE_BYTES_MAX } from './template-syntax.ts'

const SECRETS = ['ACCESS_TOKEN', 'SLACK_TOKEN', 'DEPLOY_KEY']
const SECRET_VALUES = new Map([
  ['ACCESS_TOKEN', 'token-value-1'],
  ['SLACK_TOKEN', 'xoxb-"quoted"\\and\nbroken'],
  ['DEPLOY_KEY', 'deploy-key-value'],
])

function parse(template: unknown, knownSecrets = SECRETS): Template {
  return parseTemplate(typeof template === 'string' ? template : JSON.stringify(template), { knownSecrets }).template
}

function refusal(template: unknown): Refusal {
  try {
    parse(template)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('accepted')
}

/** The text that is sent, and the warnings of the delivery. */
function sent(template: unknown, event: Event = sampleEvent()): { text: string; warnings: string[] } {
  const rendering = renderTemplate(parse(template), event, sampleContext(event))
  if (rendering.kind !== 'rendered') throw new Error(rendering.message)
  return {
    text: fillSecrets(rendering.body, SECRET_VALUES),
    warnings: rendering.warnings.map(({ message }) => message),
  }
}

/** What one string comes to. */
function renderedValue(text: string, event: Event = sampleEvent()): unknown {
  return JSON.parse(sent({ value: text }, event).text).value
}

function withMetadata(metadata: Record<string, unknown>): Event {
  return sampleEvent('ADD_ARTIFACT_ALIAS', { artifact: sampleArtifact(metadata) })
}

describe('the payloads of the guide', () => {
  test('a GitHub repository_dispatch with a client_payload', () => {
    const template = {
      event_type: 'model-${event_type}',
      client_payload: {
        delivery_id: '${delivery_id}',
        who: '${event_author}',
        artifact: {
          collection: '${artifact_collection_name}',
          path: '${artifact_version_string}',
          reference: '${artifact_version}',
          alias: '${alias}',
          accuracy: '${artifact_metadata.eval.accuracy|json}',
        },
      },
    }
    expect(JSON.parse(sent(template).text)).toEqual({
      event_type: 'model-ADD_ARTIFACT_ALIAS',
      client_payload: {
        delivery_id: 'msg_2c9f6d1c8f0b4c3e',
        who: 'maya',
        artifact: {
          collection: 'churn-model',
          path: 'acme/wandb-registry-model/churn-model:production',
          reference: 'wandb-artifact://_id/QXJ0aWZhY3Q6NDI=',
          alias: 'production',
          accuracy: 0.93,
        },
      },
    })
  })

  test('a Teams MessageCard', () => {
    const template = {
      '@type': 'MessageCard',
      '@context': 'http://schema.org/extensions',
      summary: '${artifact_collection_name} is now ${alias}',
      sections: [
        {
          activityTitle: '${event_author} moved ${alias}',
          activitySubtitle: 'in ${entity_name}/${project_name}',
          facts: [
            { name: 'Version', value: '${artifact_version_string}' },
            { name: 'Notes', value: '${artifact_metadata.eval.notes}' },
          ],
          markdown: true,
        },
      ],
    }
    expect(JSON.parse(sent(template).text)).toEqual({
      '@type': 'MessageCard',
      '@context': 'http://schema.org/extensions',
      summary: 'churn-model is now production',
      sections: [
        {
          activityTitle: 'maya moved production',
          activitySubtitle: 'in acme/wandb-registry-model',
          facts: [
            { name: 'Version', value: 'acme/wandb-registry-model/churn-model:production' },
            { name: 'Notes', value: 'good "overall"\nslow on Mondays' },
          ],
          markdown: true,
        },
      ],
    })
  })

  test('Slack blocks', () => {
    const template = {
      text: '${alias} of ${artifact_collection_name} moved',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '${event_type}' } },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '*<${artifact_url}|${artifact_version_string}>* by ${event_author}' },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'rows: ${artifact_metadata.train.rows}' }] },
      ],
    }
    expect(JSON.parse(sent(template).text)).toEqual({
      text: 'production of churn-model moved',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'ADD_ARTIFACT_ALIAS' } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '*<https://tripline.example.com/acme/wandb-registry-model/artifacts/model/churn-model/v7|acme/wandb-registry-model/churn-model:production>* by maya',
          },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'rows: 120000' }] },
      ],
    })
  })
})

test('every variable renders its example for the events that are said to have it, and nothing for the others', () => {
  for (const { name, events, example, hasPath } of PAYLOAD_VARIABLES) {
    const written = hasPath ? `\${${name}.eval.accuracy}` : `\${${name}}`
    const [type] = events.includes('ADD_ARTIFACT_ALIAS') ? (['ADD_ARTIFACT_ALIAS'] as const) : events
    expect(renderedValue(written, sampleEvent(type)), name).toBe(example)
    for (const other of EVENT_TYPES) {
      const value = renderedValue(written, sampleEvent(other))
      expect(value === '', `${name} of ${other}`).toBe(!events.includes(other))
    }
  }
})

test('the version string has the alias only when one was just added: after a removal it would name another version', () => {
  const path = 'acme/wandb-registry-model/churn-model'
  for (const type of ARTIFACT_EVENT_TYPES.filter((each) => !each.includes('COLLECTION'))) {
    const suffix = type === 'ADD_ARTIFACT_ALIAS' ? 'production' : 'v7'
    expect(renderedValue('${artifact_version_string}', sampleEvent(type))).toBe(`${path}:${suffix}`)
  }
})

test('links escape names', () => {
  const event = sampleEvent()
  const subject = { ...event.snapshot.subjects[0]!, collection: 'a b?c#d%e\ud800' }
  const rendering = renderTemplate(parse({ u: '${artifact_url}' }), event, { ...sampleContext(event), subject })
  expect(rendering).toMatchObject({ body: expect.stringContaining('/artifacts/model/a%20b%3Fc%23d%25e%EF%BF%BD/v7') })
})

test('metadata renders as text: strings raw, numbers and truth values as text, the rest as JSON', () => {
  expect(renderedValue('${artifact_metadata.framework}')).toBe('xgboost')
  expect(renderedValue('${artifact_metadata.eval.accuracy} ${artifact_metadata.eval.passed}')).toBe('0.93 true')
  expect(renderedValue('${artifact_metadata.labels}')).toBe('["churn","stay"]')
  expect(renderedValue('${artifact_metadata.labels.1}')).toBe('stay')
  expect(renderedValue('${artifact_metadata.reviewer}')).toBe('')
  expect(JSON.parse(String(renderedValue('${artifact_metadata}')))).toEqual(sampleEvent().snapshot.artifact!.metadata)
})

test('a key with dots is found before a path of keys', () => {
  const event = withMetadata({ 'a.b': { c: 1, 'c.d': 2 }, a: { b: { c: 3, e: 4 }, 'b.c': 5 }, 'x.y.z': 6 })
  expect(renderedValue('${artifact_metadata.a.b.c}', event)).toBe('1')
  expect(renderedValue('${artifact_metadata.a.b.c.d}', event)).toBe('2')
  expect(renderedValue('${artifact_metadata.a.b.e}', event)).toBe('4')
  expect(renderedValue('${artifact_metadata.x.y.z}', event)).toBe('6')
  expect(renderedValue('${artifact_metadata.x.y}', event)).toBe('')
})

test('only own properties are metadata', () => {
  const event = withMetadata({ list: [1], text: 'x' })
  for (const path of [
    'constructor',
    '__proto__',
    'toString.name',
    'list.length',
    'text.length',
    'list.-1',
    'list.00',
  ]) {
    expect(renderedValue(`\${artifact_metadata.${path}}`, event), path).toBe('')
  }
  const own = withMetadata(JSON.parse('{"__proto__": "mine", "toString": "also"}'))
  expect(renderedValue('${artifact_metadata.__proto__} ${artifact_metadata.toString}', own)).toBe('mine also')
})

test('|json keeps the type of the value, as the whole of a string', () => {
  expect(renderedValue('${artifact_metadata.eval.accuracy|json}')).toBe(0.93)
  expect(renderedValue('${artifact_metadata.labels|json}')).toEqual(['churn', 'stay'])
  expect(renderedValue('${version_number|json}')).toBe(7)
  expect(renderedValue('${alias|json}')).toBe('production')
  expect(renderedValue('${artifact_metadata.reviewer|json}')).toBe(null)
  expect(renderedValue('${artifact_metadata.absent|json}')).toBe(null)
  expect(renderedValue('${artifact_metadata.absent|json:-[]}')).toEqual([])
  expect(renderedValue('${tag|json:-"none"}')).toBe('none')
  expect(refusal({ a: 'x ${alias|json}' }).message).toContain('whole of a string value')
  expect(refusal({ '${alias|json}': 1 }).message).toContain('whole of a string value')
  expect(refusal({ a: '${alias|json:-none}' }).message).toContain('not JSON')
  expect(refusal({ a: '${alias|upper}' }).message).toContain('there are |json and |slack')
})

test('|slack takes from a value what Slack would read as a mention or a link', () => {
  const meant = withMetadata({ who: '<!channel> & "friends"' })
  expect(renderedValue('*${artifact_metadata.who|slack}* ${alias|slack}', meant)).toBe(
    '*&lt;!channel&gt; &amp; "friends"* production',
  )
  expect(renderedValue('${artifact_metadata.who|slack}', meant)).toBe('&lt;!channel&gt; &amp; "friends"')
  expect(renderedValue('${artifact_metadata.who}', meant)).toBe('<!channel> & "friends"')
  expect(renderedValue('${artifact_metadata.none|slack:-nobody}', meant)).toBe('nobody')
})

test('a default stands in for what is missing, null or empty', () => {
  expect(renderedValue('${tag:-untagged}')).toBe('untagged')
  expect(renderedValue('${alias:-none}')).toBe('production')
  expect(renderedValue('${artifact_metadata.absent:-a "quoted" default: 50 %}')).toBe('a "quoted" default: 50 %')
  expect(renderedValue('${artifact_metadata.reviewer:-nobody}')).toBe('nobody')
  expect(renderedValue('${artifact_metadata.e:-nothing}', withMetadata({ e: '' }))).toBe('nothing')
  expect(renderedValue('<${tag:-}>')).toBe('<>')
  expect(refusal({ a: '${alias:-${tag}}' }).message).toContain('another placeholder')
})

test('what is required fails the delivery with its message', () => {
  const rendered = (text: string) => {
    const event = sampleEvent()
    return renderTemplate(parse({ a: [text] }), event, sampleContext(event))
  }
  expect(rendered('${artifact_metadata.eval.f1:?log f1 before promoting}')).toEqual({
    kind: 'unrenderable',
    reason: 'value_missing',
    message:
      '${artifact_metadata.eval.f1:?log f1 before promoting} has no value in this event: log f1 before promoting (at /a/0).',
  })
  expect(rendered('${tag:?}')).toMatchObject({ kind: 'unrenderable' })
  expect(rendered('${artifact_metadata.reviewer|json:?}')).toMatchObject({ kind: 'unrenderable' })
  expect(rendered('${alias:?}')).toMatchObject({ kind: 'rendered', body: '{"a":["production"]}' })
})

test('a missing path renders empty, and the delivery has a warning', () => {
  const { text, warnings } = sent({
    a: '<${artifact_metadata.eval.f1}>',
    b: '${artifact_metadata.x|json}',
    c: '${tag}',
  })
  expect(text).toBe('{"a":"<>","b":null,"c":""}')
  expect(warnings).toEqual([
    '${artifact_metadata.eval.f1} is not in the metadata of this version: sent as empty.',
    '${artifact_metadata.x|json} is not in the metadata of this version: sent as null.',
  ])
})

test('$${ is a literal, and a dollar sign alone is nothing special', () => {
  expect(renderedValue('$${alias}')).toBe('${alias}')
  expect(renderedValue('$$${alias}')).toBe('$${alias}')
  expect(renderedValue('costs $5, $ 6, 7$, {x}, $alias, $HOME')).toBe('costs $5, $ 6, 7$, {x}, $alias, $HOME')
})

test('a placeholder is one however its characters are escaped, and may stand in a key', () => {
  expect(JSON.parse(sent('{"a":"\\u0024{alias\\u007d", "is ${alias}": {"${tag}": 1}}').text)).toEqual({
    a: 'production',
    'is production': { '': 1 },
  })
})

test('everything else of the document is sent as it was written', () => {
  const template = '{ "n": 1.0, "big": 12345678901234567890, "e": 1E5, "2": [true, null, {}], "1": "\\u00e9 \\/ é" }'
  expect(sent(template).text).toBe('{"n":1.0,"big":12345678901234567890,"e":1E5,"2":[true,null,{}],"1":"é / é"}')
})

describe('secrets', () => {
  test('stay out of the stored body and are filled in at each attempt', () => {
    const event = sampleEvent()
    const template = parse({
      'k-${DEPLOY_KEY}': 'Bearer ${SLACK_TOKEN}',
      b: '$DEPLOY_KEY!',
      c: '${alias}',
      t: '${ACCESS_TOKEN}',
    })
    const rendering = renderTemplate(template, event, sampleContext(event))
    if (rendering.kind !== 'rendered') throw new Error(rendering.message)
    expect(secretsInTemplate(template)).toEqual(['DEPLOY_KEY', 'SLACK_TOKEN', 'ACCESS_TOKEN'])
    expect(secretsInBody(rendering.body)).toEqual(['DEPLOY_KEY', 'SLACK_TOKEN', 'ACCESS_TOKEN'])
    for (const value of SECRET_VALUES.values()) expect(rendering.body).not.toContain(value)
    expect(JSON.parse(fillSecrets(rendering.body, SECRET_VALUES))).toEqual({
      'k-deploy-key-value': 'Bearer xoxb-"quoted"\\and\nbroken',
      b: 'deploy-key-value!',
      c: 'production',
      t: 'token-value-1',
    })
    const rotated = new Map([...SECRET_VALUES, ['DEPLOY_KEY', 'rotated']])
    expect(JSON.parse(fillSecrets(rendering.body, rotated)).b).toBe('rotated!')
  })

  test('a body without references is stored as the text that is sent', () => {
    const event = sampleEvent()
    const rendering = renderTemplate(parse({ a: '${alias}' }), event, sampleContext(event))
    expect(rendering).toEqual({ kind: 'rendered', body: '{"a":"production"}', warnings: [] })
    expect(fillSecrets('{"a":"production"}', new Map())).toBe('{"a":"production"}')
    expect(secretsInBody('{"a":"production"}')).toEqual([])
  })

  test('may be named only if the webhook may use them', () => {
    expect(refusal({ a: '${OTHER_SECRET}' }).message).toContain('neither a variable nor a secret this webhook may use')
    expect(refusal({ a: '${SLACK_TOKN}' }).message).toContain('Did you mean ${SLACK_TOKEN}?')
    // Without braces an unknown name is text, with a hint when it looks like a slip.
    const { template, warnings } = parseTemplate('{"a":"$SLACK_TOKN $USD"}', { knownSecrets: SECRETS })
    expect(secretsInTemplate(template)).toEqual([])
    expect(warnings).toEqual([{ path: '/a', message: expect.stringContaining('Did you mean $SLACK_TOKEN?') }])
  })

  test('the access token is always accepted; without one it is empty, and saving warns', () => {
    const { template, warnings } = parseTemplate('{"a":"<${ACCESS_TOKEN}>"}', {
      knownSecrets: [],
      at: '/action/payload',
    })
    expect(warnings).toEqual([{ path: '/action/payload/a', message: expect.stringContaining('has no access token') }])
    const rendering = renderTemplate(template, sampleEvent(), sampleContext(sampleEvent()))
    if (rendering.kind !== 'rendered') throw new Error(rendering.message)
    expect(fillSecrets(rendering.body, new Map())).toBe('{"a":"<>"}')
    expect(() => fillSecrets('segments:["\\"",{"secret":"GONE"},"\\""]', new Map())).toThrow('GONE')
  })

  test('take no format, default or requirement, and are not repeated without end', () => {
    for (const text of ['${SLACK_TOKEN|json}', '${SLACK_TOKEN:-x}', '${SLACK_TOKEN:?}']) {
      expect(refusal({ a: text }).message).toContain('names a secret')
    }
    expect(secretsInTemplate(parse({ a: '$DEPLOY_KEY'.repeat(100) }))).toEqual(['DEPLOY_KEY'])
    expect(refusal({ a: '$DEPLOY_KEY'.repeat(101) }).message).toContain('more than 100 times')
  })

  test('a variable goes before a secret of the same name', () => {
    expect(secretsInTemplate(parse({ a: '${alias}' }, ['alias']))).toEqual([])
  })
})

test.each<[template: string, path: string, position: string, message: string]>([
  ['{"a": "${alais}"}', '/a', 'Line 1, column 8', 'Did you mean ${alias}?'],
  [
    '{\n  "a": ["x", "é\\n ${artifact_metdata.eval.f1}"]\n}',
    '/a/1',
    'Line 2, column 19',
    'Did you mean ${artifact_metadata.eval.f1}?',
  ],
  ['{"a": "${metadata.f1}"}', '/a', 'Line 1, column 8', 'Did you mean ${artifact_metadata.f1}?'],
  ['{"a": "${artifact_metadata.}"}', '/a', 'Line 1, column 8', 'write a key behind the dot'],
  ['{"a": "${alias.name}"}', '/a', 'Line 1, column 8', 'alias has no parts'],
  ['{"a": "${}"}', '/a', 'Line 1, column 8', 'neither a variable'],
  ['{"a": "${ alias }"}', '/a', 'Line 1, column 8', 'Did you mean ${alias}?'],
  ['{"a": "${Alias}"}', '/a', 'Line 1, column 8', 'Did you mean ${alias}?'],
  ['{"a": "x ${alias"}', '/a', 'Line 1, column 10', 'without a "}"'],
  ['{"a b/${alais}": 1}', '/a b~1${alais}', 'Line 1, column 7', 'Did you mean ${alias}?'],
  ['{"a": ${alias}}', '', 'Line 1, column 7', 'not valid JSON'],
  ['alias=${alias}', '', 'Line 1, column 1', 'not valid JSON'],
  ['{"a": 1,\n}', '', 'Line 2, column 1', 'not valid JSON'],
  ['["${alias}"]', '', 'Line 1, column 1', 'must be a JSON object'],
  ['"text"', '', 'Line 1, column 1', 'must be a JSON object'],
  [`{"a": "\${artifact_metadata.${'x.'.repeat(40)}x}"}`, '/a', 'Line 1, column 8', 'more than 32 parts'],
  [`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, '', 'Line 1, column 321', 'deeper than 64'],
])('the template %s is refused with its position', (template, path, position, message) => {
  const refused = refusal(template)
  expect(refused.code).toBe('template_invalid')
  expect(refused.fields[0]?.path).toBe(path)
  expect(refused.message).toContain(position)
  expect(refused.message).toContain(message)
})

test('all mistakes are told at once, up to 20, with positions for an editor', () => {
  const refused = refusal({ a: '${alais} ${alias|x}', b: ['${nothing}'] })
  expect(refused.fields.map(({ path }) => path)).toEqual(['/a', '/a', '/b/0'])
  expect(refused.details.positions).toEqual([
    { path: '/a', line: 1, column: 7, nearest: 'alias' },
    { path: '/a', line: 1, column: 16, nearest: null },
    { path: '/b/0', line: 1, column: 34, nearest: null },
  ])
  expect(refusal({ a: '${x}'.repeat(50) }).fields).toHaveLength(20)
})

test('a template has at most 256 KiB, and what it renders to at most 1 MiB', () => {
  expect(refusal({ a: 'é'.repeat(TEMPLATE_BYTES_MAX / 2) }).message).toContain('256 KiB')
  const event = withMetadata({ big: 'x'.repeat(RENDERED_BYTES_MAX / 2) })
  const rendered = (text: string) => renderTemplate(parse({ a: text }), event, sampleContext(event))
  expect(rendered('${artifact_metadata.big}')).toMatchObject({ kind: 'rendered' })
  const startedAt = performance.now()
  for (const text of ['${artifact_metadata.big}'.repeat(2), '${artifact_metadata}'.repeat(10_000)]) {
    expect(rendered(text)).toMatchObject({ kind: 'unrenderable', reason: 'body_too_large' })
  }
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test('saving warns of variables that the event type never has', () => {
  const template = parse({ a: '${tag} ${alias} ${tag:-none}', b: ['${previous_version:?}'], c: '${ACCESS_TOKEN}' })
  expect(warningsForEventType(template, 'ADD_ARTIFACT_ALIAS')).toEqual([
    { path: '/a', message: '${tag} has no value for ADD_ARTIFACT_ALIAS events: it will be empty.' },
  ])
  expect(warningsForEventType(template, 'ADD_ARTIFACT_TAG')).toEqual([
    { path: '/a', message: '${alias} has no value for ADD_ARTIFACT_TAG events: it will be empty.' },
    {
      path: '/b/0',
      message: '${previous_version:?} has no value for ADD_ARTIFACT_TAG events: every delivery would fail.',
    },
  ])
  expect(warningsForEventType(parse(''), 'ADD_ARTIFACT_TAG')).toEqual([])
})

describe('the default body', () => {
  test.each([null, '', ' \n'])('is sent for the template %j', (text) => {
    const event = sampleEvent()
    const { template } = parseTemplate(text, { knownSecrets: [] })
    const rendering = renderTemplate(template, event, sampleContext(event))
    if (rendering.kind !== 'rendered') throw new Error(rendering.message)
    const body = JSON.parse(rendering.body)
    expect(Object.keys(body)).toEqual(['type', 'timestamp', 'data'])
    expect(body).toMatchObject({ type: 'ADD_ARTIFACT_ALIAS', timestamp: '2026-11-23T12:00:00.000Z' })
  })

  test('has every variable in the order of the table, for every event, null where there is no value', () => {
    for (const type of EVENT_TYPES) {
      const event = sampleEvent(type)
      const { data } = JSON.parse(sent('', event).text)
      expect(Object.keys(data)).toEqual([...PAYLOAD_VARIABLES.map(({ name }) => name), 'artifact_metadata_omitted'])
      for (const { name, events } of PAYLOAD_VARIABLES) expect(data[name] === null, name).toBe(!events.includes(type))
    }
  })

  test('leaves large metadata out and says so', () => {
    const body = (length: number) => JSON.parse(sent('', withMetadata({ x: 'é'.repeat(length / 2) })).text).data
    expect(body(DEFAULT_BODY_METADATA_BYTES_MAX - 8)).toMatchObject({ artifact_metadata_omitted: false })
    expect(body(DEFAULT_BODY_METADATA_BYTES_MAX)).toMatchObject({
      artifact_metadata: null,
      artifact_metadata_omitted: true,
    })
  })
})

// Anything at all in metadata, and above all what could be mistaken for something.
const hostileText = fc.oneof(
  fc.constantFrom(
    ...[
      '${DEPLOY_KEY}',
      '$DEPLOY_KEY',
      '${ACCESS_TOKEN}',
      '$${',
      '"}',
      '\\',
      '\\u0022',
      '\n',
      '\u0000',
      '\ud83d',
      '\ude00',
    ],
    ...[
      'segments:',
      'segments:[{"secret":"DEPLOY_KEY"}]',
      '{"secret":"DEPLOY_KEY"}',
      '","b":"',
      '\u2028',
      '<!--',
      '${alias}',
    ],
  ),
  fc.string({ unit: 'binary' }),
  fc.string(),
)
const hostileTexts = fc.array(hostileText, { maxLength: 4 }).map((texts) => texts.join(''))
const hostileMetadata = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'b', 'a.b', '__proto__', 'toJSON'), hostileTexts),
  fc.oneof(
    hostileTexts,
    fc.jsonValue(),
    fc.record({ a: hostileTexts, b: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  ),
)
const hostileEvent = fc
  .tuple(fc.constantFrom(...EVENT_TYPES), hostileMetadata, hostileTexts, hostileTexts)
  .map(([type, metadata, alias, username]): Event => {
    const event = sampleEvent(type)
    const { snapshot } = event
    return {
      ...event,
      snapshot: {
        ...snapshot,
        actor: { ...snapshot.actor, username },
        alias: snapshot.alias === null ? null : alias,
        artifact: snapshot.artifact === null ? null : sampleArtifact(metadata),
      },
    }
  })
const variableText = fc.constantFrom(
  ...PAYLOAD_VARIABLES.map(({ name }) => `\${${name}}`),
  ...['${artifact_metadata.a}', '${artifact_metadata.a.b}', '${artifact_metadata.b.a:-x"y}', '${tag:-none}'],
)
const literalText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom('"', '\\', '$', '{', '}', '\n', 'segments:', '\ud800'),
  )
  .map((text) => text.replaceAll('$', ''))
const secretText = fc.constantFrom('${DEPLOY_KEY}', '$DEPLOY_KEY', '${SLACK_TOKEN}', '${ACCESS_TOKEN}')

/** Documents whose strings, keys among them, are made of `pieces`. */
function documentOf(pieces: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> {
  const text = fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join(''))
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.constantFrom(0, -1.5, true, null, '${artifact_metadata|json}', '${artifact_metadata.a|json}'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(text, tie('any'), { maxKeys: 3 }),
    ),
  })).any
  return fc.dictionary(text, value, { minKeys: 1, maxKeys: 4 })
}

/** The same document by another way: parsed first, each string then replaced as a whole. */
function expectedOf(node: unknown, event: Event): unknown {
  if (typeof node === 'string') {
    const whole = /^\$\{([^}|]*)\|json\}$/.exec(node)
    return whole === null ? expectedText(node, event) : (lookedUp(whole[1]!, event) ?? null)
  }
  if (Array.isArray(node)) return node.map((each) => expectedOf(each, event))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, each]) => [expectedText(key, event), expectedOf(each, event)]),
  )
}

function expectedText(text: string, event: Event): string {
  return text.replace(/\$\{([^}:]*)(?::-([^}]*))?\}|\$([A-Za-z_]\w*)/g, (written, name, byDefault, bare) => {
    const secret = SECRET_VALUES.get(name ?? bare)
    if (secret !== undefined) return secret
    if (bare !== undefined) return written
    const value = lookedUp(name, event)
    if (value === undefined || value === null || value === '') return byDefault ?? ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

function lookedUp(name: string, event: Event): unknown {
  const [head, ...path] = name.split('.')
  let value = PAYLOAD_VARIABLES.find((each) => each.name === head)?.value(event, sampleContext(event))
  if (path.length === 0) return value
  const joined = path.join('.')
  if (Object.hasOwn(Object(value), joined)) return (value as Record<string, unknown>)[joined]
  for (const key of path) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    value = isObject && Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined
  }
  return value
}

test('any template rendered for any event is the parsed document with its strings replaced, as valid JSON', () => {
  fc.assert(
    fc.property(documentOf(fc.oneof(variableText, literalText, secretText)), hostileEvent, (document, event) => {
      const { text } = sent(document, event)
      JSON.parse(text)
      // Not compared as `JSON.parse` reads it: V8 13 and 14 can misread keys that are one escape (nodejs/node#63785).
      const parsed = parseJsonDocument(text, { depthMax: 1_000 })
      // Rendered keys may come out equal, which JSON allows.
      if (!parsed.ok) expect(parsed.message).toContain('appears twice')
      else expect(JSON.stringify(jsonValue(parsed.root))).toBe(JSON.stringify(expectedOf(document, event)))
      expect(text.isWellFormed()).toBe(true)
      expect(text).not.toContain('\u0000')
    }),
    { numRuns: 1_000 },
  )
})

test('no value of an event can pull in a secret', () => {
  fc.assert(
    fc.property(documentOf(fc.oneof(variableText, literalText)), hostileEvent, (document, event) => {
      const rendering = renderTemplate(parse(document), event, sampleContext(event))
      if (rendering.kind !== 'rendered') throw new Error(rendering.message)
      expect(secretsInBody(rendering.body)).toEqual([])
      expect(fillSecrets(rendering.body, SECRET_VALUES)).toBe(rendering.body)
    }),
    { numRuns: 1_000 },
  )
  fc.assert(
    fc.property(documentOf(fc.oneof(variableText, literalText)), hostileEvent, (document, event) => {
      const template = parse({ first: '${DEPLOY_KEY}', rest: document })
      const rendering = renderTemplate(template, event, sampleContext(event))
      if (rendering.kind !== 'rendered') throw new Error(rendering.message)
      expect(secretsInBody(rendering.body)).toEqual(['DEPLOY_KEY'])
      const filled = fillSecrets(rendering.body, new Map([['DEPLOY_KEY', 'k3y-v4lue']]))
      expect(filled.split('k3y-v4lue')).toHaveLength(2)
      expect(JSON.parse(filled).first).toBe('k3y-v4lue')
    }),
    { numRuns: 1_000 },
  )
})

test('a stored body survives what a database does to text', () => {
  fc.assert(
    fc.property(documentOf(fc.oneof(variableText, secretText)), hostileEvent, (document, event) => {
      const rendering = renderTemplate(parse(document), event, sampleContext(event))
      if (rendering.kind !== 'rendered') throw new Error(rendering.message)
      expect(rendering.body).not.toContain('\u0000')
      expect(Buffer.from(rendering.body).toString()).toBe(rendering.body)
      expect(renderTemplate(parse(document), event, sampleContext(event))).toEqual(rendering)
    }),
  )
})

test('any text is either a template or refused with a position', () => {
  const piece = fc.oneof(
    hostileText,
    variableText,
    secretText,
    fc.constantFrom('{"a":"', '"}', '${', '}', ':', '|json', ':-', ':?', ','),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, isString) => {
      const text = isString ? JSON.stringify({ a: pieces.join('') }) : pieces.join('')
      try {
        const { template } = parseTemplate(text, { knownSecrets: SECRETS })
        const rendering = renderTemplate(template, sampleEvent(), sampleContext(sampleEvent()))
        if (rendering.kind === 'rendered') JSON.parse(fillSecrets(rendering.body, SECRET_VALUES))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        expect(error.message).toMatch(/^Line \d+, column \d+: /)
      }
    }),
    { numRuns: 2_000 },
  )
})

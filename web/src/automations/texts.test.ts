import { expect, test } from 'vitest'
import type { Problem } from '../api/client'
import { formatted, suggestionsAt } from '../templates/suggestions'
import { otherWarnings, templateErrors, templateWarnings } from '../templates/template-problems'
import { NEW_DRAFT } from './draft'
import { refusedSteps, stepProblems } from './step-problems'

const PROBLEM: Problem = { type: '', title: '', status: 400, code: 'template_invalid', detail: '', requestId: '' }

test('what is wrong with a template is marked at its place', () => {
  const template = '{\n  "a": "${alais}",\n  "b": ${alias}\n}'
  const errors = [
    { path: '/automation/action/payload/a', message: 'Line 2, column 9: "${alais}" is neither.' },
    { path: '/automation/action/payload', message: 'Line 3, column 8: no JSON.' },
  ]
  const positions = [
    { path: '/a', line: 2, column: 9 },
    { path: '', line: 3, column: 8 },
  ]
  const marks = templateErrors(template, { ...PROBLEM, errors, positions })
  expect(marks.map(({ from, to, message }) => [template.slice(from, to), message])).toEqual([
    ['${alais}', '"${alais}" is neither.'],
    ['${alias}', 'no JSON.'],
  ])
  expect(templateErrors(template, { ...PROBLEM, code: 'scope_unknown', errors })).toEqual([])
  expect(templateErrors('', { ...PROBLEM, errors, positions: [{ line: 9, column: 9 }] })[0]?.from).toBe(0)
})

test('a warning marks each placeholder that it names, and is said where it names none', () => {
  const template = '{"a": "${tag} and ${tag}"}'
  const warnings = [
    { path: '/action/payload/a', message: '${tag} has no value for these events.' },
    { path: '/event', message: 'Runs never log in a registry.' },
  ]
  const marks = templateWarnings(template, [...warnings, ...warnings])
  expect(marks.map(({ from, to }) => template.slice(from, to))).toEqual(['${tag}', '${tag}'])
  expect(otherWarnings(template, warnings)).toEqual(['Runs never log in a registry.'])
})

test('variables are offered behind a dollar, or where they are asked for', () => {
  const help = {
    variables: [
      {
        name: 'alias',
        description: 'The alias',
        origin: 'wandb' as const,
        hasPath: false,
        events: [],
        value: 'production',
      },
    ],
    metadata: [{ path: 'eval.accuracy', value: '0.9' }],
    secrets: ['TOKEN'],
  }
  expect(suggestionsAt(help, '{"a": "x ${al', 13, false)?.from).toBe(9)
  expect(suggestionsAt(help, '{"a": "x $', 10, false)?.from).toBe(9)
  expect(suggestionsAt(help, '{"a": "x ', 9, false)).toBeNull()
  expect(suggestionsAt(help, '{"a": "x ', 9, true)?.from).toBe(9)
  expect(suggestionsAt(help, '$', 1, false)?.options.map(({ label }) => label)).toEqual([
    '${alias}',
    '${artifact_metadata.eval.accuracy}',
    '${TOKEN}',
  ])
})

test('a template is put in order where it is JSON', () => {
  expect(formatted('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(formatted('{"a":')).toBe('{"a":')
})

test('each step says what it lacks, and what the server refused goes to its step', () => {
  expect(stepProblems(NEW_DRAFT)).toEqual({
    event: ['Choose an event.'],
    scope: ['Choose a collection.'],
    action: ['Choose a webhook.'],
    payload: [],
    name: ['Give it a name.'],
  })
  const refused = (path: string) => refusedSteps({ ...PROBLEM, errors: [{ path, message: 'no' }] })
  expect(refused('/automation/action/payload/a')).toEqual({ payload: ['no'] })
  expect(refused('/action/webhook')).toEqual({ action: ['no'] })
  expect(refused('/filter/$or/0')).toEqual({ event: ['no'] })
  expect(refused('/name')).toEqual({ name: ['no'] })
  expect(refused('/elsewhere')).toBeNull()
  expect(refusedSteps(PROBLEM)).toBeNull()
})

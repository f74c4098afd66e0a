import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { readStreamPart } from './file-stream.ts'

test('lines are numbered from their offset; the summary is the last one sent', () => {
  const part = readStreamPart({
    files: {
      'wandb-history.jsonl': { offset: 3, content: ['{"a":1}', '{"a":2}'] },
      'wandb-summary.json': { offset: 0, content: ['{"a":1}', '{"a":2}'] },
      'output.log': { content: ['progress \0 bar \ud83d'] },
    },
    uploaded: ['config.yaml'],
  })
  expect(part).toEqual({
    lines: [
      { file: 'wandb-history.jsonl', line: 3, content: '{"a":1}' },
      { file: 'wandb-history.jsonl', line: 4, content: '{"a":2}' },
      { file: 'output.log', line: 0, content: 'progress \uFFFD bar \uFFFD' },
    ],
    summary: '{"a":2}',
    complete: false,
    exitCode: null,
  })
})

test('a heartbeat says nothing, an exit code counts only at the end', () => {
  expect(readStreamPart({})).toEqual({ lines: [], summary: undefined, complete: false, exitCode: null })
  expect(readStreamPart({ exitcode: 1 })).toMatchObject({ complete: false, exitCode: null })
  expect(readStreamPart({ complete: true, exitcode: 0 })).toMatchObject({ complete: true, exitCode: 0 })
  expect(readStreamPart({ complete: true })).toMatchObject({ complete: true, exitCode: null })
})

test('every exit code fits the column, and none becomes a success', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.maxSafeInteger()), (code) => {
      const { exitCode } = readStreamPart({ complete: true, exitcode: code })
      expect(Number.isInteger(exitCode) && Math.abs(exitCode as number) <= 2 ** 31).toBe(true)
      if (code !== 0) expect(exitCode).not.toBe(0)
    }),
  )
  expect(readStreamPart({ complete: true, exitcode: 0xffffffff }).exitCode).toBe(-1)
})

test('whatever else comes is refused, never a failure of ours', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.record({ files: fc.anything() }),
        fc.record({ files: fc.dictionary(fc.string(), fc.anything()) }),
      ),
      (body) => {
        try {
          for (const { line, content } of readStreamPart(body).lines) {
            expect(Number.isSafeInteger(line) && line >= 0 && !content.includes('\0') && content.isWellFormed()).toBe(
              true,
            )
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      },
    ),
  )
  const refused = (files: unknown) => expect(() => readStreamPart({ files })).toThrow(Refusal)
  refused([])
  refused({ x: { offset: -1, content: [] } })
  refused({ x: { offset: 0.5, content: [] } })
  refused({ x: { offset: Number.MAX_SAFE_INTEGER, content: ['one too many'] } })
  refused({ x: { content: 'text' } })
  refused({ x: { content: [1] } })
  refused({ ['x'.repeat(513)]: { content: [] } })
  refused({ x: { content: Array(100_001).fill('') } })
  refused(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, { content: [] }])))
})

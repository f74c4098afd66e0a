import { expect, test } from 'vitest'
import { Progress } from './progress.ts'
import { inBytes } from './report.ts'

function given(isTTY: boolean) {
  const written: string[] = []
  let now = 0
  const progress = new Progress({ write: (text: string) => written.push(text), isTTY, columns: 60 }, () => now)
  progress.begin({ steps: 2, bytes: 2_048 })
  return {
    progress,
    written,
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('on a terminal there is one line with a bar, drawn again at most ten times a second', () => {
  const { progress, written, pass } = given(true)
  progress.current('vision/churn/model:v0')
  expect(written.at(-1)).toBe('\r\u001b[K[........................] 0/2, 0 B  vision/churn/model:v0')
  progress.bytes(512)
  expect(written).toHaveLength(1)
  pass(100)
  progress.bytes(512)
  expect(written.at(-1)).toContain('[############............] 0/2, 1.0 KiB')
  progress.say('v0 copied', true)
  expect(written.at(-2)).toBe('\r\u001b[K[1/2] v0 copied\n')
  expect(written.at(-1)).toContain('] 1/2')
  progress.current('x'.repeat(100))
  expect(written.at(-1)!.length).toBeLessThanOrEqual(60 + 3)
  progress.end()
  expect(written.at(-1)).toBe('\r\u001b[K')
})

test('elsewhere there is a plain line for each step, and nothing else', () => {
  const { progress, written, pass } = given(false)
  progress.current('v0')
  pass(1_000)
  progress.bytes(2_048)
  progress.say('v0 copied', true)
  progress.say('v1: no answer')
  progress.end()
  expect(written).toEqual(['[1/2] v0 copied\n', 'v1: no answer\n'])
})

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [5 * 1024 ** 3, '5.0 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(inBytes(bytes)).toBe(text)
})

import { expect, test } from 'vitest'
import { actionInWords, detailsInWords, isAction } from './audit-words'

test('an action reads as words', () => {
  expect(actionInWords('service_account.deleted')).toBe('Service account deleted')
  expect(actionInWords('api_key.created')).toBe('API key created')
})

test('details are told in a line, as far as they are plain and short', () => {
  const details = {
    id: 'inv_R0QisRPqjtu36eZl2R-eNw',
    invitedBy: 'ada',
    n: 2,
    admin: false,
    more: 'left out',
    list: ['a'],
    nothing: null,
  }
  expect(detailsInWords(details)).toBe('invited by ada, n 2, not admin')
  expect(detailsInWords({ list: ['a'], long: 'x'.repeat(41) })).toBe('')
})

test('filters that the server would refuse are known', () => {
  for (const text of ['', 'webhook', 'webhook.created', 'service_account.deleted']) expect(isAction(text)).toBe(true)
  for (const text of ['Webhook', 'a.b.c', '.', 'a b']) expect(isAction(text)).toBe(false)
})

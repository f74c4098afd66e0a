import { expect, test, vi } from 'vitest'

vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
const { withFirst } = await import('./news')

const list = {
  pages: [
    { items: [{ id: 'b', state: 'pending' }, { id: 'a' }], cursor: 'after a' },
    { items: [{ id: '9' }], cursor: 'after 9' },
  ],
  pageParams: [null, 'after a'],
}

test('a first page with the same rows is renewed in place', () => {
  const after = withFirst(list, { items: [{ id: 'b', ...{ state: 'succeeded' } }, { id: 'a' }], cursor: 'new' }, 'hash')
  expect(after.pages[0]).toEqual({ items: [{ id: 'b', state: 'succeeded' }, { id: 'a' }], cursor: 'after a' })
  expect(after.pages[1]).toBe(list.pages[1])
})

test('a first page with a new row leaves the list as it is, and marks it', () => {
  const after = withFirst(list, { items: [{ id: 'c' }, { id: 'b' }], cursor: 'after b' }, 'hash')
  expect(after.pages[0]).toEqual({ ...list.pages[0], outdatedIn: 'hash' })
  expect(after.pages[1]).toBe(list.pages[1])
})

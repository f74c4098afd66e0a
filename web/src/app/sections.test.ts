import { matchRoutes } from 'react-router'
import { expect, test, vi } from 'vitest'
import type { Viewer } from './session'

vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
const { accessRoutes } = await import('../access/routes')
const { artifactsRoutes } = await import('../artifacts/routes')
const { automationsRoutes } = await import('../automations/routes')
const { deliveriesRoutes } = await import('../deliveries/routes')
const { webhooksRoutes } = await import('../webhooks/routes')
const { areaOf } = await import('./area')
const { sectionsOf } = await import('./sections')
const { pagesThatFit } = await import('../search/destinations')

const ROUTES = [
  { index: true },
  ...accessRoutes,
  ...artifactsRoutes,
  ...automationsRoutes,
  ...deliveriesRoutes,
  ...webhooksRoutes,
]
const entities = [
  { name: 'ada', kind: 'user', displayName: null, role: 'admin' },
  { name: 'vision', kind: 'team', displayName: null, role: 'admin' },
  { name: 'acme', kind: 'organization', displayName: null, role: 'admin' },
]
const viewer = { username: 'ada', admin: true, entities } as unknown as Viewer
const AREAS = ['/', '/account', '/admin/users', '/teams/ada', '/teams/vision', '/orgs/acme', '/vision/cats']

test('the pages of the server are listed for its administrators alone', () => {
  const titles = (admin: boolean) => sectionsOf(areaOf('/admin/users'), { ...viewer, admin }).map(({ title }) => title)
  expect(titles(true)).toEqual(['Server'])
  expect(titles(false)).toEqual(['Yours', 'Organizations', 'Teams'])
})

const isDead = (to: string) => matchRoutes(ROUTES, to) === null

test.each([...AREAS, '/orgs/acme/registry/model'])('everything in the sidebar of %s leads to a page', (path) => {
  const items = sectionsOf(areaOf(path), viewer).flatMap(({ items }) => items)
  expect(items.length).toBeGreaterThan(0)
  expect(items.filter(({ to }) => isDead(to)).map(({ to }) => to)).toEqual([])
})

test.each(['automation', 'webhook', 'secrets', 'history'])(
  'everything the palette knows of %s leads to a page',
  (text) => {
    const found = ['/', '/vision/cats', '/orgs/acme/registry/model'].flatMap((pathname) =>
      pagesThatFit(text, { pathname, viewer }).flatMap(({ destinations }) => destinations),
    )
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ to }) => isDead(to)).map(({ to }) => to)).toEqual([])
  },
)

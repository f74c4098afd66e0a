/** No link of the app leads nowhere: every path that is written in its source is one of its pages. */
import { matchRoutes } from 'react-router'
import { expect, test, vi } from 'vitest'

vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
const { accessRoutes, openAccessRoutes } = await import('../access/routes')
const { artifactsRoutes } = await import('../artifacts/routes')
const { automationsRoutes } = await import('../automations/routes')
const { deliveriesRoutes } = await import('../deliveries/routes')
const { webhooksRoutes } = await import('../webhooks/routes')

const ROUTES = [
  { index: true },
  ...openAccessRoutes,
  ...accessRoutes,
  ...webhooksRoutes,
  ...artifactsRoutes,
  ...automationsRoutes,
  ...deliveriesRoutes,
]
const SOURCE = import.meta.glob<string>(['../**/*.ts', '../**/*.tsx', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
/** A path that begins with a word: `to="/account"`, `` navigate(`/deliveries/${id}`) ``. */
const LINK = /\b(?:to|navigate)(?:=\{?|: |\()(["'`])(\/[a-z][^"'`]*)\1/g

/** The links of a file, with a name for whatever is filled in. */
function linksIn(text: string): string[] {
  return [...text.matchAll(LINK)].map(([, , path = '']) => path.replace(/\$\{[^}]*\}/g, 'filled-in'))
}

/** Whether it is no page: a word of ours is never the name of an entity, as the path of a project begins with. */
function isDead(to: string): boolean {
  const [match] = matchRoutes(ROUTES, to) ?? []
  return match === undefined || match.params.entity === to.split('/')[1]
}

const links = Object.entries(SOURCE).flatMap(([name, text]) => linksIn(text).map((to) => ({ name, to })))

test('every path written as a link is a page', () => {
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter(({ to }) => isDead(to))).toEqual([])
})

test('a path that looks like a project of our own words is none', () => {
  expect(isDead('/executions/filled-in')).toBe(true)
  expect(isDead('/events/filled-in')).toBe(false)
})

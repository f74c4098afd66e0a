import { expect, test } from 'vitest'
import type { Viewer } from '../app/session'
import { bestOf, type Destination, foundOnServer, pagesThatFit, withoutText } from './destinations'
import { withPlace } from './recent'

const viewer = {
  username: 'ada',
  admin: false,
  entities: [
    { name: 'ada', kind: 'user', displayName: null, role: 'admin' },
    { name: 'vision', kind: 'team', displayName: 'Vision', role: 'member' },
    { name: 'audio', kind: 'team', displayName: null, role: 'viewer' },
    { name: 'acme', kind: 'organization', displayName: 'Acme Ltd', role: 'member' },
  ],
} as unknown as Viewer

const labels = (groups: { destinations: Destination[] }[]) =>
  groups.flatMap(({ destinations }) => destinations.map(({ label, where }) => `${label} | ${where}`))

test('before anything is typed: where one was, newest first and not where one is, then what there is here', () => {
  const recent = [
    { to: '/vision/cats/history', title: 'History of cats' },
    { to: '/teams/vision/webhooks', title: 'Webhooks' },
  ]
  const groups = withoutText({ recent, pathname: '/vision/cats/history', viewer })
  expect(groups.map(({ title }) => title)).toEqual(['Recent', 'Here'])
  expect(groups[0]?.destinations.map(({ to }) => to)).toEqual(['/teams/vision/webhooks'])
  const here = groups[1]?.destinations.map(({ to }) => to)
  expect(here?.[0]).toBe('/vision/cats/automations/new')
  expect(here).toContain('/vision/cats/artifacts')
  expect(here).not.toContain('/vision/cats/history')
})

test('pages and actions are found by words in any order, everywhere one belongs', () => {
  const fitting = (text: string) => pagesThatFit(text, { pathname: '/', viewer })
  expect(labels(fitting('secrets vision'))).toEqual(['Secrets | Vision', 'Secrets of Vision | Vision'])
  expect(labels(fitting('acme auto create'))).toEqual(['Create automation in Acme Ltd | Acme Ltd'])
  expect(labels(fitting('profile'))).toEqual(['Profile | Your account'])
  expect(fitting('no such words')).toEqual([])
})

test('whoever may only look is offered no action, and only administrators the pages of the server', () => {
  const fitting = (text: string, who = viewer) => labels(pagesThatFit(text, { pathname: '/', viewer: who }))
  expect(fitting('create automation in').some((label) => label.includes('audio'))).toBe(false)
  expect(fitting('master keys')).toEqual([])
  expect(fitting('master keys', { ...viewer, admin: true })).toEqual(['Master keys | Server'])
})

test('the beginning of a name counts more than its middle', () => {
  const named = (label: string): Destination => ({ kind: 'page', label, where: '', to: `/${label}` })
  expect(
    bestOf('hist', [named('Prehistory'), named('My history'), named('History')]).map(({ label }) => label),
  ).toEqual(['History', 'My history', 'Prehistory'])
})

test('what the server found leads to its page, names with special characters too', () => {
  const groups = foundOnServer({
    automations: [{ id: 'au_1', name: 'deploy', entity: 'vision', enabled: false }],
    collections: [{ entity: 'acme', project: 'wandb-registry-model', type: 'a b', name: 'x/y', kind: 'PORTFOLIO' }],
    projects: [
      { entity: 'vision', name: 'cats', registry: false },
      { entity: 'acme', name: 'wandb-registry-model', registry: true },
    ],
    runs: [{ entity: 'vision', project: 'cats', name: 'r1', displayName: 'sunny' }],
  })
  expect(groups.map(({ title, destinations }) => [title, destinations[0]?.to])).toEqual([
    ['Automations', '/automations/au_1'],
    ['Collections', '/orgs/acme/registry/model/artifacts/a%20b/x%2Fy'],
    ['Projects', '/vision/cats/artifacts'],
    ['Registries', '/orgs/acme/registry/model/artifacts'],
    ['Runs', '/vision/cats/runs/r1'],
  ])
})

test('a place that was there already moves up under its new title; there are never many', () => {
  const many = Array.from({ length: 30 }, (_, at) => ({ to: `/p/${at}`, title: String(at) }))
  const places = many.reduce(withPlace, [])
  expect(places).toHaveLength(12)
  expect(withPlace(places, { to: '/p/25', title: 'new' })[0]).toEqual({ to: '/p/25', title: 'new' })
  expect(withPlace(places, { to: '/p/25', title: 'new' })).toHaveLength(12)
  expect(withPlace([], { to: '/', title: 'Home' })).toEqual([])
})

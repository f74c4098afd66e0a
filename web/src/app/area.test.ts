import { describe, expect, test } from 'vitest'
import { areaOf, projectPath } from './area'

describe('the area of a path', () => {
  test.each([
    ['/', { kind: 'home' }],
    ['/deliveries/abc', { kind: 'home' }],
    ['/authorize', { kind: 'home' }],
    ['/account/api-keys', { kind: 'account' }],
    ['/admin/users', { kind: 'admin' }],
    ['/teams/vision/webhooks', { kind: 'entity', entity: 'vision', base: '/teams/vision' }],
    ['/vision', { kind: 'entity', entity: 'vision', base: '/teams/vision' }],
    ['/orgs/acme', { kind: 'organization', entity: 'acme', base: '/orgs/acme' }],
    ['/vision/cats/artifacts/model', { kind: 'project', entity: 'vision', project: 'cats', base: '/vision/cats' }],
    ['/vision/big%20cats', { kind: 'project', entity: 'vision', project: 'big cats', base: '/vision/big%20cats' }],
    [
      '/orgs/acme/registry/model/artifacts',
      {
        kind: 'registry',
        entity: 'acme',
        project: 'wandb-registry-model',
        registry: 'model',
        base: '/orgs/acme/registry/model',
      },
    ],
    ['/vision/%E0%A4%A', { kind: 'project', entity: 'vision', project: '%E0%A4%A', base: '/vision/%E0%A4%A' }],
  ])('%s', (path, area) => {
    expect(areaOf(path)).toEqual(area)
  })
})

test('a project has a path of its own, and a registry another', () => {
  expect(projectPath('vision', 'big cats')).toBe('/vision/big%20cats')
  expect(projectPath('acme', 'wandb-registry-model')).toBe('/orgs/acme/registry/model')
})

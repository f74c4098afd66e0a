import { expect, test } from 'vitest'
import { areaOf } from './area'
import { areaCrumbs, crumbsTo } from './crumbs'

const viewer = {
  entities: [
    { name: 'vision', displayName: 'Vision', kind: 'team', role: 'admin' },
    { name: 'acme', displayName: null, kind: 'organization', role: 'member' },
  ],
} as Parameters<typeof crumbsTo>[0]

test('the way to a page names team and organization as people see them, and a registry without its prefix', () => {
  const labels = (entity: string, project?: string) => crumbsTo(viewer, entity, project).map(({ label }) => label)
  expect(labels('vision', 'churn')).toEqual(['Vision', 'churn'])
  expect(labels('acme', 'wandb-registry-models')).toEqual(['acme', 'models'])
  expect(crumbsTo(viewer, 'vision', 'churn').map(({ to }) => to)).toEqual(['/teams/vision', '/vision/churn/artifacts'])
  // Also where one is an administrator of the server alone, and no member.
  expect(crumbsTo(viewer, 'other', 'wandb-registry-models').map(({ to }) => to)).toEqual([
    '/orgs/other',
    '/orgs/other/registry/models/artifacts',
  ])
})

test('the area of a page has the same way, and a page of none has none', () => {
  expect(areaCrumbs(viewer, areaOf('/vision/churn/history'))).toEqual(crumbsTo(viewer, 'vision', 'churn'))
  expect(areaCrumbs(viewer, areaOf('/orgs/other/webhooks'))).toEqual([{ label: 'other', to: '/orgs/other' }])
  expect(areaCrumbs(viewer, areaOf('/deliveries/abc'))).toEqual([])
})

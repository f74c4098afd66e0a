import { expect, test } from 'vitest'
import { EMPTY_REGISTRY, newRegistryOf, registryPatchOf, typesProblem, valuesOf } from './registry-settings'

const registry = {
  entity: 'acme',
  name: 'wandb-registry-models',
  registry: true,
  description: 'what we ship',
  access: 'PRIVATE',
  allowAllTypes: false,
  role: 'admin',
  createdAt: '',
  updatedAt: '',
} as const

test('a change of a registry says what is different, and nothing else', () => {
  const before = valuesOf(registry, ['dataset', 'model'])
  expect(before).toMatchObject({ name: 'models', takes: 'chosen', artifactTypes: ['dataset', 'model'] })
  expect(registryPatchOf(before, { ...before, name: ' models ' })).toEqual({})
  expect(registryPatchOf(before, { ...before, description: ' ', access: 'RESTRICTED' })).toEqual({
    description: null,
    access: 'RESTRICTED',
  })
  expect(registryPatchOf(before, { ...before, artifactTypes: ['model'] })).toEqual({
    allowAllTypes: false,
    artifactTypes: ['model'],
  })
  expect(registryPatchOf(before, { ...before, takes: 'all' })).toEqual({ allowAllTypes: true })
})

test('a new registry takes every type unless some are chosen, and then at least one', () => {
  const chosen = { ...EMPTY_REGISTRY, name: 'models', takes: 'chosen' } as const
  expect(newRegistryOf({ ...EMPTY_REGISTRY, name: ' models ' })).toEqual({
    ...{ name: 'models', registry: true, access: 'PRIVATE' },
  })
  expect(newRegistryOf({ ...chosen, artifactTypes: ['model'] })).toMatchObject({ artifactTypes: ['model'] })
  expect([typesProblem(chosen), typesProblem({ ...chosen, artifactTypes: ['model'] })]).toEqual([
    expect.stringContaining('at least one'),
    undefined,
  ])
})

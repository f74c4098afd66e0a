import type { Schemas } from '../api/client'

/** What the form of a registry holds. */
export type RegistryValues = {
  name: string
  description: string
  access: 'PRIVATE' | 'RESTRICTED'
  takes: 'all' | 'chosen'
  artifactTypes: string[]
}

export const EMPTY_REGISTRY: RegistryValues = {
  name: '',
  description: '',
  access: 'PRIVATE',
  takes: 'all',
  artifactTypes: [],
}

/** The name of a registry, which is that of its project without the prefix. */
export const registryName = ({ name }: { name: string }) => name.replace(/^wandb-registry-/, '')

/** `types`: the names of those it takes, or has. */
export function valuesOf(registry: Schemas['Project'], types: readonly string[]): RegistryValues {
  return {
    name: registryName(registry),
    description: registry.description ?? '',
    access: registry.access,
    takes: registry.allowAllTypes ? 'all' : 'chosen',
    artifactTypes: [...types],
  }
}

/** What to ask the API for to make it. */
export function newRegistryOf({
  name,
  description,
  access,
  takes,
  artifactTypes,
}: RegistryValues): Schemas['NewProject'] {
  return {
    name: name.trim(),
    registry: true,
    access,
    ...(description.trim() === '' ? {} : { description }),
    ...(takes === 'chosen' ? { artifactTypes } : {}),
  }
}

/** What is different, as the API takes it. */
export function registryPatchOf(before: RegistryValues, after: RegistryValues): Schemas['RegistryPatch'] {
  const name = after.name.trim()
  const areTypesOther =
    after.takes !== before.takes || JSON.stringify(after.artifactTypes) !== JSON.stringify(before.artifactTypes)
  return {
    ...(name === before.name ? {} : { name }),
    ...(after.description === before.description
      ? {}
      : { description: after.description.trim() === '' ? null : after.description }),
    ...(after.access === before.access ? {} : { access: after.access }),
    ...(!areTypesOther
      ? {}
      : after.takes === 'all'
        ? { allowAllTypes: true }
        : { allowAllTypes: false, artifactTypes: after.artifactTypes }),
  }
}

/** What is wrong with the types that a form names; `undefined`: nothing. */
export function typesProblem({ takes, artifactTypes }: RegistryValues): string | undefined {
  return takes === 'chosen' && artifactTypes.length === 0
    ? 'Name at least one type, or let the registry take all.'
    : undefined
}

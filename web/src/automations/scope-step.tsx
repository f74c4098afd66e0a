import { Group, Stack, Text } from '@mantine/core'
import { CollectionSelect, ProjectSelect } from './choices'
import type { Draft } from './draft'
import type { PartProps } from './event-step'
import { eventInfo } from './event-types'
import { Segments } from './segments'

type Kind = Draft['scope']['type']

/** Where it watches. What is made there later counts too. */
export function ScopeStep({
  draft,
  onChange,
  entity,
  isOrganization,
  isPersonal,
}: PartProps & { isOrganization: boolean; isPersonal: boolean }) {
  const { scope } = draft
  const set = (part: Partial<Draft['scope']>) => onChange({ scope: { ...scope, ...part } })
  const kinds = kindsFor({ draft, isOrganization, isPersonal })
  return (
    <Stack gap="sm">
      <Segments label="Scope" isLabelHidden value={scope.type} onChange={(type) => set({ type })} data={kinds} />
      <Group align="flex-start" gap="sm">
        {(scope.type === 'project' || (scope.type === 'collection' && !isOrganization)) && (
          <ProjectSelect
            label="Project"
            placeholder="Choose a project"
            entity={entity}
            kind="project"
            value={scope.project}
            onChange={(project) => set({ project, collection: '' })}
            w={280}
          />
        )}
        {scope.type === 'registry' && (
          <ProjectSelect
            label="Registry"
            placeholder="Choose a registry"
            entity={entity}
            kind="registry"
            value={scope.registry}
            onChange={(registry) => set({ registry })}
            w={280}
          />
        )}
        {scope.type === 'collection' && isOrganization && (
          <ProjectSelect
            label="Registry"
            placeholder="Choose a registry"
            entity={entity}
            kind="any"
            value={scope.project}
            onChange={(project) => set({ project, collection: '' })}
            w={280}
          />
        )}
        {scope.type === 'collection' && (
          <CollectionSelect
            label="Collection"
            placeholder="Choose a collection"
            entity={entity}
            project={scope.project}
            value={scope.collection}
            onChange={(collection) => set({ collection })}
            w={280}
          />
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {EXPLANATIONS[scope.type](entity)}
      </Text>
    </Stack>
  )
}

const EXPLANATIONS: Record<Kind, (entity: string) => string> = {
  collection: () => 'Only what happens in this one collection.',
  project: () => 'Everything in this project, also collections that are made later.',
  registry: () => 'Everything in this registry, also collections that are made later.',
  entity: (entity) => `Everything of ${entity}, also projects that are made later.`,
}

function kindsFor({
  draft,
  isOrganization,
  isPersonal,
}: {
  draft: Draft
  isOrganization: boolean
  isPersonal: boolean
}): { value: Kind; label: string }[] {
  const isRun = draft.event !== null && eventInfo(draft.event).run !== null
  const kinds: { value: Kind; label: string; isOffered: boolean }[] = [
    { value: 'collection', label: 'A collection', isOffered: !isRun },
    { value: 'project', label: 'A project', isOffered: !isOrganization },
    { value: 'registry', label: 'A registry', isOffered: isOrganization },
    { value: 'entity', label: isOrganization ? 'The organization' : 'The whole team', isOffered: !isPersonal },
  ]
  return kinds.flatMap(({ isOffered, ...kind }) => (isOffered ? [kind] : []))
}

import { Select, type SelectProps } from '@mantine/core'
import { $api } from '../api/client'

/** As many as one answer holds. What is beyond is typed in, not picked. */
const CHOICES_MAX = 1_000

const REGISTRY_PREFIX = 'wandb-registry-'

type Props = Omit<SelectProps, 'data' | 'value' | 'onChange'> & { value: string; onChange(value: string): void }

/** A project of the entity, or a registry of the organization; searched as one types. */
export function ProjectSelect({
  entity,
  kind,
  ...props
}: Props & { entity: string; kind: 'project' | 'registry' | 'any' }) {
  const { data } = $api.useQuery('get', '/api/v1/projects/{entity}', {
    params: { path: { entity }, query: { limit: CHOICES_MAX } },
  })
  const items = (data?.items ?? []).filter(({ registry }) => kind === 'any' || registry === (kind === 'registry'))
  const choices = items.map(({ name, registry }) => ({
    value: kind === 'registry' ? name.slice(REGISTRY_PREFIX.length) : name,
    label: registry ? `${name.slice(REGISTRY_PREFIX.length)}${kind === 'any' ? ' (registry)' : ''}` : name,
  }))
  return <Choice {...props} choices={choices} none={kind === 'registry' ? 'No such registry' : 'No such project'} />
}

/** A collection of the project. */
export function CollectionSelect({ entity, project, ...props }: Props & { entity: string; project: string }) {
  const { data } = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections',
    { params: { path: { entity, project }, query: { limit: CHOICES_MAX } } },
    { enabled: project !== '' },
  )
  const choices = (data?.items ?? []).map(({ name, type }) => ({ value: name, label: `${name} (${type})` }))
  return <Choice {...props} choices={choices} none="No such collection" disabled={project === ''} />
}

/** A version of the collection, the newest first, with its aliases. */
export function VersionSelect(props: Props & { entity: string; project: string; collection: string }) {
  const { entity, project, collection, ...rest } = props
  const { data } = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions',
    { params: { path: { entity, project, collection }, query: { limit: 200 } } },
    { enabled: project !== '' && collection !== '' },
  )
  const choices = (data?.items ?? []).map(({ version, aliases }) => ({
    value: version,
    label: aliases.length === 0 ? version : `${version} (${aliases.join(', ')})`,
  }))
  return <Choice {...rest} choices={choices} none="No such version" disabled={collection === ''} />
}

/** The runs of a project, the newest first. */
export function useRuns(entity: string, project: string) {
  return $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/runs',
    { params: { path: { entity, project }, query: { limit: 200, order: '-created' } } },
    { enabled: project !== '' },
  )
}

/** A run of the project, by the name that people see. */
export function RunSelect({ entity, project, ...props }: Props & { entity: string; project: string }) {
  const choices = (useRuns(entity, project).data?.items ?? []).map(({ name, displayName, state }) => ({
    value: name,
    label: `${displayName} (${state})`,
  }))
  return <Choice {...props} choices={choices} none="No such run" disabled={project === ''} />
}

function Choice({
  choices,
  none,
  value,
  onChange,
  ...props
}: Props & { choices: { value: string; label: string }[]; none: string }) {
  // What is chosen stays shown while the list loads, and when it is no longer in it.
  const isKnown = value === '' || choices.some((choice) => choice.value === value)
  return (
    <Select
      searchable
      nothingFoundMessage={none}
      maxDropdownHeight={280}
      limit={200}
      {...props}
      data={isKnown ? choices : [...choices, { value, label: value }]}
      value={value === '' ? null : value}
      onChange={(chosen) => onChange(chosen ?? '')}
    />
  )
}

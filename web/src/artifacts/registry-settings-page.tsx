import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import { privilegesFor } from '../access/privileges'
import { $api, api, type Schemas } from '../api/client'
import { projectPath } from '../app/area'
import { NotFound } from '../app/route-failure'
import { useViewer } from '../app/session'
import { notifyDone } from '../ui/notify'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { WAITING } from '../ui/waiting'
import { refreshArtifacts } from './changes'
import classes from './names.module.css'
import { RegistryForm } from './registry-form'
import { type RegistryValues, registryName, registryPatchOf, valuesOf } from './registry-settings'
import { useDeleteRegistry } from './use-delete-registry'
import { usePlace, usePlaceCrumbs } from './use-place'

const TYPES_MAX = 1_000

/** What a registry is called, who sees it and what it takes; for those who do not administer it, to read. */
export function RegistrySettingsPage() {
  const place = usePlace()
  const { entity, project } = place
  const crumbs = usePlaceCrumbs()
  const headers = privilegesFor(useViewer(), entity)
  const path = { entity, project }
  const registry = $api.useQuery('get', '/api/v1/projects/{entity}/{project}', { params: { path }, headers })
  const types = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/artifact-types', {
    params: { path, query: { limit: TYPES_MAX } },
    headers,
  })
  if (registry.error?.status === 404) return <NotFound what="registry" />
  const error = registry.error ?? types.error
  return (
    <Page title="Settings" crumbs={crumbs}>
      {registry.data !== undefined && types.data !== undefined ? (
        <Settings key={registry.data.name} registry={registry.data} types={types.data.items} headers={headers} />
      ) : error !== null ? (
        <ProblemAlert error={error} onRetry={() => void Promise.all([registry.refetch(), types.refetch()])} />
      ) : (
        WAITING
      )}
    </Page>
  )
}

type Props = {
  registry: Schemas['Project']
  types: Schemas['ArtifactType'][]
  headers: Record<string, string> | undefined
}

function Settings({ registry, types, headers }: Props) {
  const navigate = useNavigate()
  const { entity, name: project } = registry
  const isReadOnly = registry.role !== 'admin'
  const before = valuesOf(
    registry,
    types.map(({ name }) => name),
  )

  async function save(values: RegistryValues, release: () => void): Promise<unknown> {
    const { data, error } = await api.PATCH('/api/v1/projects/{entity}/{project}', {
      params: { path: { entity, project } },
      body: registryPatchOf(before, values),
      headers,
    })
    if (data === undefined) return error
    const isRenamed = data.name !== project
    if (isRenamed) {
      release()
      await navigate(`${projectPath(entity, data.name)}/settings`, { replace: true })
    }
    await refreshArtifacts()
    notifyDone(isRenamed ? `The registry is called ${registryName(data)} now` : 'The registry is changed')
  }

  return (
    <Stack gap="xl">
      {isReadOnly && (
        <Alert color="gray" variant="light">
          <Text size="sm">Administrators of the registry or of the organization change this.</Text>
        </Alert>
      )}
      <RegistryForm
        initial={before}
        typesInUse={types.filter(({ collections }) => collections > 0).map(({ name }) => name)}
        isReadOnly={isReadOnly}
        action="Save changes"
        save={save}
      >
        <Text size="sm" c="dimmed">
          Who may do what here is on the page{' '}
          <Link to={`${projectPath(entity, project)}/members`} className={classes.name}>
            Members
          </Link>
          .
        </Text>
      </RegistryForm>
      {!isReadOnly && <Ending registry={registry} headers={headers} />}
    </Stack>
  )
}

function Ending({ registry, headers }: Pick<Props, 'registry' | 'headers'>) {
  const navigate = useNavigate()
  const remove = useDeleteRegistry(headers)
  async function end() {
    if (await remove(registry)) await navigate(`/orgs/${encodeURIComponent(registry.entity)}`)
  }
  return (
    <Stack gap="xs" maw={640} component="section" aria-label="Delete the registry">
      <Title order={2}>Delete the registry</Title>
      <Text size="sm" c="dimmed">
        Its collections go with their links and aliases. The versions stay where they were logged. What goes in detail
        is told before it happens.
      </Text>
      <Group>
        <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void end()}>
          Delete registry
        </Button>
      </Group>
    </Stack>
  )
}

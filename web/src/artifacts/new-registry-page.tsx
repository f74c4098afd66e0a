import { Button } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { api } from '../api/client'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { notifyDone } from '../ui/notify'
import { Page } from '../ui/page'
import { refreshArtifacts } from './changes'
import { artifactsPath } from './place'
import { RegistryForm } from './registry-form'
import { EMPTY_REGISTRY, newRegistryOf, type RegistryValues, registryName } from './registry-settings'
import { usePart } from './use-place'

/** Makes a registry and opens it. */
export function NewRegistryPage() {
  const entity = usePart('entity')
  const navigate = useNavigate()
  const organization = `/orgs/${encodeURIComponent(entity)}`

  async function create(values: RegistryValues, release: () => void): Promise<unknown> {
    const { data, error } = await api.POST('/api/v1/projects/{entity}', {
      params: { path: { entity } },
      body: newRegistryOf(values),
    })
    if (data === undefined) return error
    release()
    await refreshArtifacts()
    notifyDone(`The registry ${registryName(data)} is there`)
    await navigate(artifactsPath({ entity, project: data.name }))
  }

  return (
    <Page
      title="New registry"
      crumbs={useAreaCrumbs()}
      subtitle="It gathers the versions that the whole organization goes by, linked from where they were logged."
    >
      <RegistryForm initial={EMPTY_REGISTRY} action="Create registry" save={create}>
        <Button component={Link} to={organization} variant="default">
          Cancel
        </Button>
      </RegistryForm>
    </Page>
  )
}

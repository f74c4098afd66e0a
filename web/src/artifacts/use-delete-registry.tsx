import { List, Skeleton, Stack, Text } from '@mantine/core'
import { $api, api, type Schemas } from '../api/client'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { refreshArtifacts } from './changes'
import { registryName } from './registry-settings'
import { shortList } from './short-list'

type Headers = Record<string, string> | undefined

const NAMES_MAX = 5

/** Deletes a registry once one has seen what goes with it; resolves to whether it is gone. */
export function useDeleteRegistry(headers?: Headers): (registry: Schemas['Project']) => Promise<boolean> {
  const confirm = useConfirm()
  return async (registry) => {
    const shown = registryName(registry)
    const isSure = await confirm({
      title: `Delete the registry ${shown}?`,
      children: <WhatGoes registry={registry} headers={headers} />,
      action: 'Delete registry',
      isDangerous: true,
      typed: shown,
    })
    if (!isSure) return false
    const { error } = await api.DELETE('/api/v1/projects/{entity}/{project}', {
      params: { path: { entity: registry.entity, project: registry.name } },
      headers,
    })
    if (error !== undefined) {
      notifyProblem(error)
      return false
    }
    notifyDone(`The registry ${shown} is deleted`)
    await refreshArtifacts()
    return true
  }
}

function WhatGoes({ registry, headers }: { registry: Schemas['Project']; headers: Headers }) {
  const { entity, name: project } = registry
  const types = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/artifact-types', {
    params: { path: { entity, project }, query: { limit: 1_000 } },
    headers,
  })
  const automations = $api.useQuery('get', '/api/v1/entities/{entity}/automations', {
    params: { path: { entity }, query: { project, limit: 100 } },
    headers,
  })
  const error = types.error ?? automations.error
  if (error !== null) return <ProblemAlert error={error} />
  if (types.data === undefined || automations.data === undefined) {
    return <Skeleton height={96} aria-label="Looking what goes with it" />
  }
  const collections = sum(types.data.items.map((type) => type.collections))
  const links = sum(types.data.items.map(({ versions }) => versions))
  const names = automations.data.items.map(({ name }) => name)
  return (
    <Stack gap="xs">
      <Text size="sm">What goes with it:</Text>
      <List size="sm" spacing={4}>
        <List.Item>
          {counted(collections, 'collection')} with {counted(links, 'link')} and their aliases. The versions stay where
          they were logged.
        </List.Item>
        {names.length > 0 && (
          <List.Item>
            {names.length === 1 ? 'The automation' : `${names.length} automations`}: {shortList(names, NAMES_MAX)}.{' '}
            {names.length === 1 ? 'It fires' : 'They fire'} no more after that.
          </List.Item>
        )}
        {links > 0 && <List.Item>Each link that goes is an event, which other automations may wait for.</List.Item>}
      </List>
    </Stack>
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

const counted = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

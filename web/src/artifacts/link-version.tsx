import { Autocomplete, Button, Group, Modal, Select, Stack, TagsInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { $api, api } from '../api/client'
import { useViewer } from '../app/session'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { refreshArtifacts } from './changes'
import { versionPath } from './place'
import type { Version } from './version-page'

const CHOICES_MAX = 1_000

/** Links a version into a registry or another collection, chosen step by step. */
export function LinkVersion({ version }: { version: Version }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button variant="default" leftSection={<IconLink size={16} aria-hidden />} onClick={open}>
        Link
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Link ${version.collection}:${version.version}`}>
        <Form version={version} close={close} />
      </Modal>
    </>
  )
}

function Form({ version, close }: { version: Version; close(): void }) {
  const viewer = useViewer()
  const navigate = useNavigate()
  const organization = viewer.entities.find(({ name }) => name === version.entity)?.organization
  const [entity, setEntity] = useState(organization ?? version.entity)
  const [project, setProject] = useState<string | null>(null)
  const [collection, setCollection] = useState(version.source?.collection ?? version.collection)
  const [aliases, setAliases] = useState<string[]>([])
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const projects = $api.useQuery('get', '/api/v1/projects/{entity}', {
    params: { path: { entity }, query: { limit: CHOICES_MAX } },
  })
  const collections = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections',
    { params: { path: { entity, project: project ?? '' }, query: { kind: 'PORTFOLIO', limit: CHOICES_MAX } } },
    { enabled: project !== null },
  )
  const entities = [...new Set([entity, ...viewer.entities.map(({ name }) => name)])]
  const places = (projects.data?.items ?? []).map(({ name, registry }) => ({
    value: name,
    label: registry ? `Registry ${name.replace(/^wandb-registry-/, '')}` : name,
  }))

  async function link() {
    if (project === null) return
    setBusy(true)
    const { data, error } = await api.POST('/api/v1/projects/{entity}/{project}/collections/{collection}/links', {
      params: { path: { entity, project, collection: collection.trim() } },
      body: {
        source: {
          entity: version.entity,
          project: version.project,
          collection: version.collection,
          version: version.version,
        },
        aliases,
      },
    })
    setBusy(false)
    if (data === undefined) return setProblem(error)
    close()
    await refreshArtifacts()
    notifyDone(`Linked as ${data.collection}:${data.version}`)
    await navigate(versionPath(data))
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void link()
      }}
    >
      <Stack>
        <Select
          label="Organization or team"
          data={entities}
          value={entity}
          allowDeselect={false}
          searchable
          onChange={(chosen) => {
            if (chosen === null) return
            setEntity(chosen)
            setProject(null)
          }}
        />
        <Select
          label="Registry or project"
          placeholder={projects.isPending ? 'Loading…' : places.length === 0 ? 'There is none' : 'Choose one'}
          data={places}
          value={project}
          required
          searchable
          nothingFoundMessage="Nothing like that"
          onChange={setProject}
        />
        <Autocomplete
          label="Collection"
          description="One that is there, or a new name."
          data={(collections.data?.items ?? []).filter(({ type }) => type === version.type).map(({ name }) => name)}
          value={collection}
          required
          maxLength={128}
          onChange={setCollection}
        />
        <TagsInput
          label="Aliases there"
          description="Enter adds one. One that another version holds moves. The newest link gets latest by itself."
          value={aliases}
          onChange={setAliases}
          maxTags={100}
        />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy} disabled={project === null || collection.trim() === ''}>
            Link version
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

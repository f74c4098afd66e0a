import { Autocomplete, Button, Modal, Select } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import { $api } from '../api/client'
import { useViewer } from '../app/session'
import { LinkForm } from './link-form'
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
      <Modal
        opened={isOpen}
        onClose={close}
        title={`Link ${version.collection}:${version.version}`}
        size="lg"
        closeOnClickOutside={false}
      >
        <ChooseTarget version={version} close={close} />
      </Modal>
    </>
  )
}

function ChooseTarget({ version, close }: { version: Version; close(): void }) {
  const viewer = useViewer()
  const organization = viewer.entities.find(({ name }) => name === version.entity)?.organization
  const [entity, setEntity] = useState(organization ?? version.entity)
  const [project, setProject] = useState<string | null>(null)
  const [typed, setCollection] = useState(version.source?.collection ?? version.collection)
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
  const collection = typed.trim()
  const { entity: from, project: fromProject, collection: fromCollection } = version
  return (
    <LinkForm
      source={{ entity: from, project: fromProject, collection: fromCollection, version: version.version }}
      target={project === null || collection === '' ? undefined : { entity, project, collection }}
      close={close}
    >
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
        value={typed}
        required
        maxLength={128}
        onChange={setCollection}
      />
    </LinkForm>
  )
}

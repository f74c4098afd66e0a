import { Autocomplete, Button, Modal, Select, SimpleGrid } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import { $api } from '../api/client'
import { useViewer } from '../app/session'
import { CollectionSelect, ProjectSelect, VersionSelect } from '../automations/choices'
import { LinkForm } from './link-form'
import type { ProjectPlace } from './place'

/**
 * Links a version that was logged elsewhere into a registry, or into one collection of it.
 *
 * - `collection`: `undefined` to let it be chosen.
 */
export function LinkInto({ place, collection }: { place: ProjectPlace; collection?: string }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button leftSection={<IconLink size={16} aria-hidden />} onClick={open}>
        Link a version
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={`Link a version into ${collection ?? place.project.replace(/^wandb-registry-/, '')}`}
        size="lg"
        closeOnClickOutside={false}
      >
        <ChooseSource place={place} into={collection} close={close} />
      </Modal>
    </>
  )
}

type Props = { place: ProjectPlace; into: string | undefined; close(): void }

function ChooseSource({ place, into, close }: Props) {
  const { entity: organization, project: registry } = place
  const viewer = useViewer()
  const entities = viewer.entities.filter(({ kind }) => kind !== 'organization')
  const ownTeam = entities.find((team) => team.organization === organization)
  const [entity, setEntity] = useState((ownTeam ?? entities[0])?.name ?? '')
  const [project, setProject] = useState('')
  const [from, setFrom] = useState('')
  const [version, setVersion] = useState('')
  const [typed, setTyped] = useState<string>()
  // Most collections of a registry are called like what is linked there.
  const collection = (into ?? typed ?? from).trim()
  const isChosen = from !== '' && version !== ''
  return (
    <LinkForm
      source={isChosen ? { entity, project, collection: from, version } : undefined}
      target={collection === '' ? undefined : { entity: organization, project: registry, collection }}
      close={close}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Team"
          data={entities.map(({ name }) => name)}
          value={entity}
          allowDeselect={false}
          searchable
          onChange={(chosen) => {
            if (chosen === null) return
            setEntity(chosen)
            setProject('')
            setFrom('')
            setVersion('')
          }}
        />
        <ProjectSelect
          label="Project"
          placeholder="Choose a project"
          entity={entity}
          kind="project"
          value={project}
          required
          onChange={(chosen) => {
            setProject(chosen)
            setFrom('')
            setVersion('')
          }}
        />
        <CollectionSelect
          label="Logged in"
          placeholder="Choose a collection"
          entity={entity}
          project={project}
          value={from}
          required
          onChange={(chosen) => {
            setFrom(chosen)
            setVersion(chosen === '' ? '' : 'latest')
          }}
        />
        <VersionSelect
          label="Version"
          placeholder="Choose a version"
          entity={entity}
          project={project}
          collection={from}
          value={version}
          required
          onChange={setVersion}
        />
      </SimpleGrid>
      {into === undefined && <TargetCollection place={place} value={typed ?? from} onChange={setTyped} />}
    </LinkForm>
  )
}

function TargetCollection({
  place,
  value,
  onChange,
}: {
  place: ProjectPlace
  value: string
  onChange(value: string): void
}) {
  const { data } = $api.useQuery('get', '/api/v1/projects/{entity}/{project}/collections', {
    params: { path: { entity: place.entity, project: place.project }, query: { kind: 'PORTFOLIO', limit: 1_000 } },
  })
  return (
    <Autocomplete
      label="Collection here"
      description="One that is there, or a new name."
      data={(data?.items ?? []).map(({ name }) => name)}
      value={value}
      required
      maxLength={128}
      onChange={onChange}
    />
  )
}

import { Button, Group, Menu, Modal, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDots, IconPencil, IconTag, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, type Schemas } from '../api/client'
import { queryClient } from '../app/query-client'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { refreshArtifacts } from './changes'
import { artifactsPath, collectionPath } from './place'
import { WhatChangeFires } from './what-fires'

type Collection = Schemas['Collection']

/** Of more versions the server does not say beforehand what their deletion sets off. */
const TRIED_VERSIONS_MAX = 100

/** What one does with a whole collection. */
export function CollectionMenu({ collection }: { collection: Collection }) {
  const confirm = useConfirm()
  const navigate = useNavigate()
  const [isRenaming, renaming] = useDisclosure(false)
  const [isRetyping, retyping] = useDisclosure(false)
  const { entity, project, name } = collection
  const isSequence = collection.kind === 'SEQUENCE'

  async function remove() {
    const isSure = await confirm({
      title: `Delete the collection ${name}?`,
      children: (
        <Stack gap="sm">
          <span>
            {isSequence
              ? 'All its versions go, with their files, their aliases and every link to them. Automations about it fire no more.'
              : 'Its links and their aliases go. The versions stay where they were logged.'}
          </span>
          {collection.versionCount > TRIED_VERSIONS_MAX ? (
            <span>Each version that goes is an event, which automations may wait for.</span>
          ) : (
            <WhatChangeFires version={{ entity, project, collection: name }} change={{ delete: true }} />
          )}
        </Stack>
      ),
      action: 'Delete collection',
      isDangerous: true,
      typed: name,
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/projects/{entity}/{project}/collections/{collection}', {
      params: { path: { entity, project, collection: name } },
    })
    if (error !== undefined) return notifyProblem(error)
    await navigate(artifactsPath(collection))
    await refreshArtifacts()
    notifyDone(`The collection ${name} is deleted`)
  }

  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconDots size={16} aria-hidden />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={renaming.open}>
            Rename
          </Menu.Item>
          {isSequence && (
            <Menu.Item leftSection={<IconTag size={16} aria-hidden />} onClick={retyping.open}>
              Change the type
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void remove()}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={isRenaming} onClose={renaming.close} title={`Rename ${name}`}>
        <Change
          collection={collection}
          field="name"
          label="New name"
          hint="Scripts and links with the old name lead nowhere afterwards."
          close={renaming.close}
        />
      </Modal>
      <Modal opened={isRetyping} onClose={retyping.close} title={`Change the type of ${name}`}>
        <Change
          collection={collection}
          field="type"
          label="New type"
          hint="Of all its versions. Scripts that ask for the old type find it no more."
          close={retyping.close}
        />
      </Modal>
    </>
  )
}

function Change({
  collection,
  field,
  label,
  hint,
  close,
}: {
  collection: Collection
  field: 'name' | 'type'
  label: string
  hint: string
  close(): void
}) {
  const [value, setValue] = useState(collection[field])
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const navigate = useNavigate()
  const { entity, project, name } = collection

  async function save() {
    setBusy(true)
    const { data, error } = await api.PATCH('/api/v1/projects/{entity}/{project}/collections/{collection}', {
      params: { path: { entity, project, collection: name } },
      body: { [field]: value.trim() },
    })
    setBusy(false)
    if (data === undefined) return setProblem(error)
    queryClient.setQueryData(
      [
        'get',
        '/api/v1/projects/{entity}/{project}/collections/{collection}',
        { params: { path: { entity, project, collection: data.name } } },
      ],
      data,
    )
    close()
    await navigate(collectionPath(data, data.type, data.name), { replace: true })
    await refreshArtifacts()
    notifyDone(field === 'name' ? `The collection is called ${data.name} now` : `The type is ${data.type} now`)
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Stack>
        <TextInput
          label={label}
          description={hint}
          required
          maxLength={128}
          value={value}
          data-autofocus
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy} disabled={value.trim() === collection[field]}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

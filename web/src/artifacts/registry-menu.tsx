import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { api, type Schemas } from '../api/client'
import { queryClient } from '../app/query-client'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'

type Project = Schemas['Project']

export const registryName = ({ name }: Project) => name.replace(/^wandb-registry-/, '')

const refresh = () => queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/projects/{entity}'] })

/** What an administrator does with a registry. */
export function RegistryMenu({ project }: { project: Project }) {
  const confirm = useConfirm()
  const [isRenaming, renaming] = useDisclosure(false)
  const { entity, name } = project
  const shown = registryName(project)

  async function remove() {
    const isSure = await confirm({
      title: `Delete the registry ${shown}?`,
      children:
        'Its collections, links and aliases go, and its automations fire no more. The versions stay where they were logged.',
      action: 'Delete registry',
      isDangerous: true,
      typed: shown,
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/projects/{entity}/{project}', {
      params: { path: { entity, project: name } },
    })
    if (error !== undefined) return notifyProblem(error)
    await refresh()
    notifyDone(`The registry ${shown} is deleted`)
  }

  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${shown}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={renaming.open}>
            Rename
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void remove()}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={isRenaming} onClose={renaming.close} title={`Rename ${shown}`}>
        <Rename project={project} close={renaming.close} />
      </Modal>
    </>
  )
}

function Rename({ project, close }: { project: Project; close(): void }) {
  const [name, setName] = useState(registryName(project))
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  async function rename() {
    setBusy(true)
    const { error } = await api.PATCH('/api/v1/projects/{entity}/{project}', {
      params: { path: { entity: project.entity, project: project.name } },
      body: { name: name.trim() },
    })
    setBusy(false)
    if (error !== undefined) return setProblem(error)
    await refresh()
    notifyDone(`The registry is called ${name.trim()} now`)
    close()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void rename()
      }}
    >
      <Stack>
        <TextInput
          label="New name"
          description="Paths with the old name, also those in scripts, lead nowhere afterwards."
          value={name}
          required
          maxLength={113}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api } from '../api/client'
import { queryClient } from '../app/query-client'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { artifactsPath } from './place'

/** Makes a project and opens it. */
export function NewProject({ entity, isOpen, close }: { entity: string; isOpen: boolean; close(): void }) {
  return (
    <Modal opened={isOpen} onClose={close} title="New project">
      <Form entity={entity} close={close} />
    </Modal>
  )
}

function Form({ entity, close }: { entity: string; close(): void }) {
  const navigate = useNavigate()
  const [problem, setProblem] = useState<unknown>()
  const form = useForm({ initialValues: { name: '', description: '' } })

  async function create({ name, description }: { name: string; description: string }) {
    const { data, error } = await api.POST('/api/v1/projects/{entity}', {
      params: { path: { entity } },
      body: { name: name.trim(), registry: false, ...(description.trim() === '' ? {} : { description }) },
    })
    if (data === undefined) return setProblem(showOnFields(form, error))
    await queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/projects/{entity}'] })
    notifyDone(`The project ${data.name} is there`)
    close()
    await navigate(artifactsPath({ entity, project: data.name }))
  }

  return (
    <form onSubmit={form.onSubmit(create)}>
      <Stack>
        <TextInput
          label="Name"
          description="As it stands in scripts: wandb.init(project=…)"
          required
          maxLength={128}
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={form.submitting}>
            Create project
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

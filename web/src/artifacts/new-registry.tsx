import { Button, Group, Modal, Radio, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api } from '../api/client'
import { queryClient } from '../app/query-client'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { artifactsPath } from './place'

const TYPES_OFTEN_USED = ['model', 'dataset', 'job', 'run_table', 'evaluation']

/** Makes a registry and opens it. */
export function NewRegistry({ entity, isOpen, close }: { entity: string; isOpen: boolean; close(): void }) {
  return (
    <Modal opened={isOpen} onClose={close} title="New registry">
      <Form entity={entity} close={close} />
    </Modal>
  )
}

type Values = { name: string; description: string; access: 'PRIVATE' | 'RESTRICTED'; artifactTypes: string[] }

function Form({ entity, close }: { entity: string; close(): void }) {
  const navigate = useNavigate()
  const [problem, setProblem] = useState<unknown>()
  const form = useForm<Values>({ initialValues: { name: '', description: '', access: 'PRIVATE', artifactTypes: [] } })

  async function create({ name, description, access, artifactTypes }: Values) {
    const { data, error } = await api.POST('/api/v1/projects/{entity}', {
      params: { path: { entity } },
      body: {
        name: name.trim(),
        registry: true,
        access,
        ...(description.trim() === '' ? {} : { description }),
        ...(artifactTypes.length === 0 ? {} : { artifactTypes }),
      },
    })
    if (data === undefined) return setProblem(showOnFields(form, error))
    await queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/projects/{entity}'] })
    notifyDone(`The registry ${name.trim()} is there`)
    close()
    await navigate(artifactsPath({ entity, project: data.name }))
  }

  return (
    <form onSubmit={form.onSubmit(create)}>
      <Stack>
        <TextInput
          label="Name"
          description={`Scripts link to it as wandb-registry-${form.values.name.trim() || '…'}/collection`}
          required
          maxLength={113}
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
        <Radio.Group label="Who sees it" {...form.getInputProps('access')}>
          <Stack gap={6} mt={6}>
            <Radio value="PRIVATE" label="Everybody in the organization" />
            <Radio value="RESTRICTED" label="Only those whom you make members of it" />
          </Stack>
        </Radio.Group>
        <TagsInput
          label="Types it takes"
          description="Empty: every type. Enter adds one."
          data={TYPES_OFTEN_USED}
          {...form.getInputProps('artifactTypes')}
        />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={form.submitting}>
            Create registry
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

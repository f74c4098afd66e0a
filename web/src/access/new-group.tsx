import { Button, Modal, Group as Row, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, type Problem } from '../api/client'
import { refreshSession, useViewer } from '../app/session'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { UsernameField } from './account-fields'
import { administeredOrganizations } from './may-create'
import { nameProblem } from './rules'

type Kind = 'team' | 'organization'

/** Makes a team or an organization, and goes there. `organization`: in which a team is made, where that is settled. */
export function NewGroup({
  kind,
  organization,
  isOpen,
  onClose,
}: {
  kind: Kind
  organization?: string
  isOpen: boolean
  onClose(): void
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={`New ${kind}`}>
      <GroupForm kind={kind} organization={organization} onClose={onClose} />
    </Modal>
  )
}

const NONE = '—'

function GroupForm({ kind, organization, onClose }: { kind: Kind; organization: string | undefined; onClose(): void }) {
  const viewer = useViewer()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const organizations = administeredOrganizations(viewer)
  const form = useForm({
    initialValues: {
      name: '',
      displayName: '',
      organization: organization ?? organizations[0] ?? NONE,
    },
    validate: { name: nameProblem },
  })

  async function create(values: typeof form.values) {
    setProblem(undefined)
    const body = { name: values.name, ...(values.displayName.trim() ? { displayName: values.displayName.trim() } : {}) }
    const { data, error } =
      kind === 'organization'
        ? await api.POST('/api/v1/organizations', { body })
        : await api.POST('/api/v1/teams', {
            body: { ...body, ...(values.organization === NONE ? {} : { organization: values.organization }) },
          })
    if (data === undefined) return setProblem(showOnFields(form, error))
    onClose()
    notifyDone(`The ${kind} ${data.name} is made. You are its administrator.`)
    await refreshSession()
    await queryClient.invalidateQueries()
    await navigate(`/${kind === 'team' ? 'teams' : 'orgs'}/${data.name}/members`)
  }

  return (
    <form onSubmit={form.onSubmit(create)} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          {kind === 'team'
            ? 'A team has projects, automations, webhooks and secrets of its own, and members with roles.'
            : 'An organization has teams, and registries in which they share what is ready for use.'}
        </Text>
        <UsernameField label="Name" data-autofocus {...form.getInputProps('name')} />
        <TextInput
          label="Display name"
          description="As it is shown. May stay empty."
          autoComplete="off"
          {...form.getInputProps('displayName')}
        />
        {kind === 'team' && organization === undefined && (
          <Select
            label="Organization"
            description="Its registries are where teams meet. It cannot be changed later."
            data={[
              ...organizations.map((name) => ({ value: name, label: name })),
              ...(viewer.admin ? [{ value: NONE, label: 'None' }] : []),
            ]}
            allowDeselect={false}
            {...form.getInputProps('organization')}
          />
        )}
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Row justify="flex-end">
          <Button type="submit" loading={form.submitting}>
            Create the {kind}
          </Button>
        </Row>
      </Stack>
    </form>
  )
}

import { Button, Modal, Group as Row, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { showOnFields } from '../ui/form-problem'
import { ProblemAlert } from '../ui/problem-alert'
import { UsernameField } from './account-fields'
import { type Group, membersKey } from './group'
import { KeyOnce } from './key-once'
import { type Role, RoleSelect } from './role-select'
import { nameProblem } from './rules'

type Made = { username: string; key: string }

/** Makes a service account of a team, and then shows its key. */
export function NewServiceAccount({ group, isOpen, onClose }: { group: Group; isOpen: boolean; onClose(): void }) {
  const [made, setMade] = useState<Made>()
  const close = () => {
    onClose()
    setMade(undefined)
  }
  return (
    <Modal opened={isOpen} onClose={close} title="New service account" closeOnClickOutside={made === undefined}>
      {made === undefined ? (
        <AccountForm group={group} onMade={setMade} />
      ) : (
        <Stack>
          <KeyOnce apiKey={made.key} of={`API key of ${made.username}`} />
          <Row justify="flex-end">
            <Button onClick={close}>Done</Button>
          </Row>
        </Stack>
      )}
    </Modal>
  )
}

function AccountForm({ group, onMade }: { group: Group; onMade(made: Made): void }) {
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({
    initialValues: { username: '', name: '', role: 'member' as Role },
    validate: { username: nameProblem },
  })

  async function make({ username, name, role }: typeof form.values) {
    setProblem(undefined)
    const { data, error } = await api.POST('/api/v1/teams/{name}/service-accounts', {
      params: { path: { name: group.name } },
      body: { username, role, ...(name.trim() === '' ? {} : { name: name.trim() }) },
      headers: group.headers,
    })
    if (data === undefined) return setProblem(showOnFields(form, error))
    await queryClient.invalidateQueries({ queryKey: membersKey(group) })
    onMade(data)
  }

  return (
    <form onSubmit={form.onSubmit(make)} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          A user for programs, such as CI. It has API keys and no password, and belongs to {group.name} alone.
        </Text>
        <UsernameField placeholder={`${group.name}-ci`} data-autofocus {...form.getInputProps('username')} />
        <TextInput
          label="Name"
          description="What it is for. May stay empty."
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <RoleSelect label="Role" value={form.values.role} onChange={(role) => form.setFieldValue('role', role)} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Row justify="flex-end">
          <Button type="submit" loading={form.submitting}>
            Create
          </Button>
        </Row>
      </Stack>
    </form>
  )
}

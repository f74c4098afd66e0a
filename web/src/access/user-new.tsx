import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { EmailField, NameField, NewPasswordField, UsernameField } from './account-fields'
import { nameProblem, passwordProblem } from './rules'
import { USERS_KEY } from './use-user-changes'

export function NewUser({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="New user">
      <UserForm onClose={onClose} />
    </Modal>
  )
}

function UserForm({ onClose }: { onClose(): void }) {
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({
    initialValues: { username: '', name: '', email: '', password: '', admin: false },
    validate: {
      username: nameProblem,
      password: (password) => (password === '' ? null : passwordProblem(password)),
    },
  })

  async function create({ username, name, email, password, admin }: typeof form.values) {
    setProblem(undefined)
    const { error } = await api.POST('/api/v1/users', {
      body: {
        username,
        name: name.trim() || undefined,
        email: email.trim() || undefined,
        password: password || undefined,
        admin,
      },
    })
    if (error !== undefined) return setProblem(showOnFields(form, error))
    await queryClient.invalidateQueries({ queryKey: USERS_KEY })
    notifyDone(`${username} has an account now.`)
    onClose()
  }

  return (
    <form onSubmit={form.onSubmit(create)} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          Or invite people by a link: then they choose username and password themselves.
        </Text>
        <UsernameField data-autofocus {...form.getInputProps('username')} />
        <NameField mayStayEmpty autoComplete="off" {...form.getInputProps('name')} />
        <EmailField mayStayEmpty autoComplete="off" {...form.getInputProps('email')} />
        <NewPasswordField more=" Without one they cannot sign in yet." {...form.getInputProps('password')} />
        <Checkbox label="Administrator of this server" {...form.getInputProps('admin', { type: 'checkbox' })} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button type="submit" loading={form.submitting}>
            Create the user
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

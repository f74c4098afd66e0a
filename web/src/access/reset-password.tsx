import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { NewPasswordField } from './account-fields'
import { passwordProblem } from './rules'

/** Gives somebody another password who forgot theirs. */
export function ResetPassword({ username, onClose }: { username: string | undefined; onClose(): void }) {
  return (
    <Modal opened={username !== undefined} onClose={onClose} title={`Another password for ${username ?? ''}`}>
      {username !== undefined && <ResetForm username={username} onClose={onClose} />}
    </Modal>
  )
}

function ResetForm({ username, onClose }: { username: string; onClose(): void }) {
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({ initialValues: { new: '' }, validate: { new: passwordProblem } })

  async function reset(body: typeof form.values) {
    setProblem(undefined)
    const { error } = await api.PUT('/api/v1/users/{username}/password', { params: { path: { username } }, body })
    if (error !== undefined) return setProblem(showOnFields(form, error))
    notifyDone(`${username} has another password, and is signed out everywhere.`)
    onClose()
  }

  return (
    <form onSubmit={form.onSubmit(reset)} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          All sessions of {username} end. API keys keep working. Ask them to change it once they have signed in.
        </Text>
        <NewPasswordField label="New password" required data-autofocus {...form.getInputProps('new')} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button type="submit" loading={form.submitting}>
            Set the password
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

import { Button, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { PASSWORD_RULE, passwordProblem } from './rules'

/** Changes one's own password; whoever has none yet, having signed in by a key, leaves the current one empty. */
export function PasswordCard({ username }: { username: string }) {
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({
    initialValues: { current: '', new: '' },
    validate: { new: passwordProblem },
  })

  async function change(values: typeof form.values) {
    setProblem(undefined)
    const { error } = await api.PUT('/api/v1/viewer/password', {
      body: { new: values.new, ...(values.current === '' ? {} : { current: values.current }) },
    })
    if (error !== undefined) return setProblem(showOnFields(form, error))
    form.reset()
    notifyDone('Your password is changed. All your other sessions have ended.')
  }

  return (
    <Paper withBorder p="lg">
      <form onSubmit={form.onSubmit(change)} noValidate>
        <Stack>
          <Title order={2} size="h3">
            Password
          </Title>
          <input type="text" name="username" value={username} autoComplete="username" readOnly hidden />
          <PasswordInput
            label="Current password"
            description="Leave it empty if you have none, as after signing in with an API key only."
            autoComplete="current-password"
            {...form.getInputProps('current')}
          />
          <PasswordInput
            label="New password"
            description={PASSWORD_RULE}
            autoComplete="new-password"
            required
            {...form.getInputProps('new')}
          />
          {problem !== undefined && <ProblemAlert error={problem} />}
          <Group>
            <Button type="submit" loading={form.submitting} disabled={form.values.new === ''}>
              Change password
            </Button>
            <Text size="sm" c="dimmed">
              Ends your sessions in other browsers.
            </Text>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

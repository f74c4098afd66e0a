import { Button, Group, PasswordInput, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { refreshSession, type Viewer } from '../app/session'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { NewPasswordField } from './account-fields'
import { FormCard } from './form-card'
import { passwordProblem } from './rules'

/** Changes one's own password, or chooses the first one of who signs in by other means. */
export function PasswordCard({ viewer: { username, hasPassword } }: { viewer: Viewer }) {
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({
    initialValues: { current: '', new: '' },
    validate: { new: passwordProblem },
  })

  async function change(values: typeof form.values) {
    setProblem(undefined)
    const { error } = await api.PUT('/api/v1/viewer/password', {
      body: { new: values.new, ...(hasPassword ? { current: values.current } : {}) },
    })
    // Also when it was refused: one may have been chosen elsewhere meanwhile.
    await refreshSession()
    if (error !== undefined) return setProblem(showOnFields(form, error))
    form.reset()
    const what = hasPassword ? 'Your password is changed.' : `You can sign in as ${username} by your password now.`
    notifyDone(`${what} All your other sessions have ended.`)
  }

  return (
    <FormCard title="Password" onSubmit={form.onSubmit(change)}>
      <input type="text" name="username" value={username} autoComplete="username" readOnly hidden />
      {hasPassword ? (
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          {...form.getInputProps('current')}
        />
      ) : (
        <Text size="sm">
          You have none: so far you sign in by single sign-on or an API key. With a password you can sign in without
          either.
        </Text>
      )}
      <NewPasswordField label="New password" required {...form.getInputProps('new')} />
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group>
        <Button
          type="submit"
          loading={form.submitting}
          disabled={form.values.new === '' || (hasPassword && form.values.current === '')}
        >
          {hasPassword ? 'Change password' : 'Choose this password'}
        </Button>
        <Text size="sm" c="dimmed">
          Ends your sessions in other browsers.
        </Text>
      </Group>
    </FormCard>
  )
}

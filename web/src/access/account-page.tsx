import { Button, Group, Select, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { refreshSession, useViewer, type Viewer } from '../app/session'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { useLeaveGuard } from '../ui/use-leave-guard'
import { EmailField, NameField } from './account-fields'
import { FormCard } from './form-card'
import { PasswordCard } from './password-card'

export function AccountPage() {
  const viewer = useViewer()
  return (
    <Page
      title="Your account"
      subtitle={`You are ${viewer.username}${viewer.admin ? ', an administrator of this server' : ''}.`}
    >
      <Stack maw={560} gap="lg">
        <ProfileCard viewer={viewer} />
        <PasswordCard viewer={viewer} />
      </Stack>
    </Page>
  )
}

function ProfileCard({ viewer }: { viewer: Viewer }) {
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({
    initialValues: { name: viewer.name ?? '', email: viewer.email ?? '', defaultEntity: viewer.defaultEntity },
  })
  useLeaveGuard(form.isDirty())

  async function save({ name, email, defaultEntity }: typeof form.values) {
    setProblem(undefined)
    const { error } = await api.PATCH('/api/v1/viewer', {
      body: {
        name: name.trim() || null,
        email: email.trim() || null,
        ...(defaultEntity === viewer.defaultEntity ? {} : { defaultEntity }),
      },
    })
    if (error !== undefined) return setProblem(showOnFields(form, error))
    form.resetDirty()
    await refreshSession()
    notifyDone('Your profile is saved.')
  }

  return (
    <FormCard title="Profile" onSubmit={form.onSubmit(save)}>
      <NameField autoComplete="name" {...form.getInputProps('name')} />
      <EmailField autoComplete="email" {...form.getInputProps('email')} />
      <Select
        label="Default entity"
        description="Where artifacts go when a script names no entity."
        data={viewer.entities.map(({ name, displayName, kind }) => ({
          value: name,
          label: `${name}${displayName === null || displayName === name ? '' : ` (${displayName})`}${kind === 'user' ? ', your own' : ''}`,
        }))}
        allowDeselect={false}
        searchable
        {...form.getInputProps('defaultEntity')}
      />
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group>
        <Button type="submit" loading={form.submitting} disabled={!form.isDirty()}>
          Save
        </Button>
      </Group>
    </FormCard>
  )
}

import { Button, Modal, Group as Row, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Problem } from '../api/client'
import { CodeBlock } from '../ui/copy'
import { showOnFields } from '../ui/form-problem'
import { ProblemAlert } from '../ui/problem-alert'
import { expiresAt } from './expiry'
import { INVITES_KEY, type InvitedTo } from './invites'
import { type Role, RoleSelect } from './role-select'

const EXPIRIES = [
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
]

/** Makes a link that invites one person, and shows it to be passed on. */
export function NewInvite({
  to,
  headers,
  isOpen,
  onClose,
}: {
  to: InvitedTo
  headers: Record<string, string> | undefined
  isOpen: boolean
  onClose(): void
}) {
  const [url, setUrl] = useState<string>()
  const close = () => {
    onClose()
    setUrl(undefined)
  }
  return (
    <Modal opened={isOpen} onClose={close} title={`Invite to ${placeOf(to)}`} size="lg">
      {url === undefined ? (
        <InviteForm to={to} headers={headers} onMade={setUrl} />
      ) : (
        <Stack>
          <Text size="sm" role="status">
            Pass this link on. It is for one person, is shown this once, and can be revoked. Tripline sends no e-mail.
          </Text>
          <CodeBlock code={url} label="The link" />
          <Row justify="flex-end">
            <Button onClick={close}>Done</Button>
          </Row>
        </Stack>
      )}
    </Modal>
  )
}

function placeOf(to: InvitedTo): string {
  if ('team' in to && to.team !== undefined) return to.team
  return 'organization' in to && to.organization !== undefined ? to.organization : 'this server'
}

function InviteForm({
  to,
  headers,
  onMade,
}: {
  to: InvitedTo
  headers: Record<string, string> | undefined
  onMade(url: string): void
}) {
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({ initialValues: { email: '', role: 'member' as Role, expiry: '7' } })
  const hasRole = Object.keys(to).length > 0

  async function make({ email, role, expiry }: typeof form.values) {
    setProblem(undefined)
    const { data, error } = await api.POST('/api/v1/invites', {
      body: {
        ...to,
        ...(hasRole ? { role } : {}),
        ...(email.trim() === '' ? {} : { email: email.trim() }),
        expiresAt: expiresAt(expiry, Date.now()),
      },
      headers,
    })
    if (data === undefined) return setProblem(showOnFields(form, error))
    await queryClient.invalidateQueries({ queryKey: INVITES_KEY })
    onMade(data.url)
  }

  return (
    <form onSubmit={form.onSubmit(make)} noValidate>
      <Stack>
        <TextInput
          label="E-mail"
          description="Then the link is for an account with this address alone. May stay empty."
          type="email"
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('email')}
        />
        <Row align="flex-end">
          {hasRole && (
            <RoleSelect label="Role" value={form.values.role} onChange={(role) => form.setFieldValue('role', role)} />
          )}
          <Select label="Works for" data={EXPIRIES} allowDeselect={false} w={140} {...form.getInputProps('expiry')} />
        </Row>
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Row justify="flex-end">
          <Button type="submit" loading={form.submitting}>
            Make the link
          </Button>
        </Row>
      </Stack>
    </form>
  )
}

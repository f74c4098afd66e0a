import { Alert, Anchor, Button, Code, Stack, Text } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, Navigate, useSearchParams } from 'react-router'
import { api, type Problem } from '../api/client'
import { beginSession, useSession } from '../app/session'
import { showOnFields } from '../ui/form-problem'
import { ProblemAlert } from '../ui/problem-alert'
import { keepFirstKey } from './first-key'
import { type NewAccount, NewAccountFields, newAccountBody, useNewAccount } from './new-account-fields'
import { OpenFrame } from './open-frame'

/** What the one-time link of the first start opens: it creates the administrator, who is then signed in. */
export function SetupPage() {
  const session = useSession()
  const [params] = useSearchParams()
  const token = params.get('token') ?? ''
  if (session.data?.viewer) return <Navigate to="/welcome" replace />
  if (session.data?.setUpNeeded === false) return <SetUpAlready />
  if (token === '') return <Useless title="Part of the link is missing" />
  return <SetupForm token={token} />
}

function SetUpAlready() {
  return (
    <OpenFrame title="This server is set up already" lead="The link has been used: it works once.">
      <Text size="sm">
        Sign in with your account. If you have none, an administrator of this server makes one or sends you an
        invitation.
      </Text>
      <Button component={Link} to="/login">
        Sign in
      </Button>
    </OpenFrame>
  )
}

function Useless({ title }: { title: string }) {
  return (
    <OpenFrame title={title} lead="The server prints a new link at each start, until there is an administrator.">
      <Alert icon={<IconInfoCircle aria-hidden />} title="What to do">
        <Stack gap="xs">
          <Text size="sm">
            Look for the last line with <Code>/setup?token=</Code> in the server’s log and open the whole link. It works
            for 24 hours.
          </Text>
          <Text size="sm">
            No such line any more? Start the server again, or create the administrator in its terminal with{' '}
            <Code>tripline admin create</Code>.
          </Text>
        </Stack>
      </Alert>
    </OpenFrame>
  )
}

function SetupForm({ token }: { token: string }) {
  const [problem, setProblem] = useState<Problem>()
  const form = useNewAccount()
  if (problem?.code === 'setup_token_invalid') return <Useless title="This link does not work any more" />
  if (problem?.code === 'setup_done') return <SetUpAlready />

  async function create(account: NewAccount) {
    setProblem(undefined)
    const body = { token, ...newAccountBody(account) }
    const { data, error } = await api.POST('/api/v1/setup', { body })
    if (data === undefined) return setProblem(showOnFields(form, error))
    keepFirstKey(data.apiKey)
    const session = await api.GET('/api/v1/session')
    if (session.data === undefined) return setProblem(showOnFields(form, session.error))
    beginSession(session.data)
  }

  return (
    <OpenFrame title="Set up Tripline" lead="Create the administrator of this server: most likely yourself.">
      <form onSubmit={form.onSubmit(create)} noValidate>
        <Stack>
          <NewAccountFields form={form} />
          {problem !== undefined && <ProblemAlert error={problem} />}
          <Button type="submit" loading={form.submitting}>
            Create the administrator
          </Button>
          <Text size="xs" c="dimmed">
            Everything here can be done by the{' '}
            <Anchor href="/api/docs" size="xs" underline="always">
              REST API
            </Anchor>{' '}
            too.
          </Text>
        </Stack>
      </form>
    </OpenFrame>
  )
}

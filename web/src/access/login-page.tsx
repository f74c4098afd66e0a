import { Button, Container, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { api } from '../api/client'
import { Logo } from '../app/logo'
import { beginSession, useSession } from '../app/session'
import { ProblemAlert } from '../ui/problem-alert'

/** Name and password; afterwards the page that was asked for. */
export function LoginPage() {
  const session = useSession()
  const [params] = useSearchParams()
  const [problem, setProblem] = useState<unknown>()
  const form = useForm({ initialValues: { username: '', password: '' } })
  if (session.data?.viewer) return <Navigate to={localPath(params.get('next'))} replace />

  async function signIn(values: { username: string; password: string }) {
    const { data, error } = await api.POST('/api/v1/session', { body: values })
    if (data === undefined) setProblem(error)
    else beginSession(data)
  }

  return (
    <Container component="main" size={420} py={72}>
      <Paper withBorder p="lg">
        <form onSubmit={form.onSubmit(signIn)}>
          <Stack>
            <Logo size={36} />
            <Title order={1} size="h2">
              Sign in to Tripline
            </Title>
            {problem !== undefined && <ProblemAlert error={problem} />}
            <TextInput
              label="Username or e-mail"
              autoComplete="username"
              required
              {...form.getInputProps('username')}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              {...form.getInputProps('password')}
            />
            <Button type="submit" loading={form.submitting}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Container>
  )
}

/** Only a path of this server: a link to sign in must not lead elsewhere. */
function localPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/'
}

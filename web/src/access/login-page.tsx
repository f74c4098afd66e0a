import { Alert, Anchor, Button, Code, Divider, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconInfoCircle, IconLogin2 } from '@tabler/icons-react'
import { useState } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { api, asProblem, type Problem, type Schemas } from '../api/client'
import { beginSession, useSession } from '../app/session'
import { ProblemAlert } from '../ui/problem-alert'
import { localPath } from './local-path'
import { OpenFrame } from './open-frame'
import { useCountdown } from './use-countdown'

/** By password or API key; afterwards the page that was asked for. */
export function LoginPage() {
  const session = useSession()
  const [params] = useSearchParams()
  const [isByKey, setByKey] = useState(false)
  const next = localPath(params.get('next'))
  if (session.data?.viewer) return <Navigate to={next} replace />
  if (session.data?.setUpNeeded) return <SetUpFirst />
  return (
    <OpenFrame
      title="Sign in to Tripline"
      lead={next === '/' ? undefined : 'Then you come to the page that you asked for.'}
    >
      {session.error !== null && session.data === undefined && (
        <ProblemAlert error={session.error} onRetry={() => void session.refetch()} />
      )}
      {session.data?.signIn.oidc != null && (
        <>
          <Button
            component="a"
            href={`${session.data.signIn.oidc.url}?next=${encodeURIComponent(next)}`}
            variant="default"
            leftSection={<IconLogin2 size={16} aria-hidden />}
          >
            Continue with {session.data.signIn.oidc.label}
          </Button>
          <Divider label="or" />
        </>
      )}
      {isByKey ? <KeyForm /> : <PasswordForm />}
      <Anchor component="button" type="button" size="sm" onClick={() => setByKey(!isByKey)}>
        {isByKey ? 'Sign in with a password instead' : 'Sign in with an API key instead'}
      </Anchor>
      <Text c="dimmed" size="xs">
        {isByKey
          ? 'The key that the wandb client uses, as in WANDB_API_KEY or ~/.netrc.'
          : 'No account, or the password forgotten? An administrator of this server helps.'}
      </Text>
    </OpenFrame>
  )
}

/** Nobody can sign in yet. */
function SetUpFirst() {
  return (
    <OpenFrame title="This server has no users yet" lead="Whoever started it creates the administrator first.">
      <Alert icon={<IconInfoCircle aria-hidden />} title="Open the link that the server printed">
        <Stack gap="xs">
          <Text size="sm">
            Its log has a line with <Code>{`${location.origin}/setup?token=…`}</Code>. The link works once, for 24
            hours.
          </Text>
          <Text size="sm">Is it gone or too old? Start the server again: it prints a new one.</Text>
        </Stack>
      </Alert>
      <Button variant="default" onClick={() => location.reload()}>
        It has been set up: look again
      </Button>
    </OpenFrame>
  )
}

function PasswordForm() {
  const form = useForm({ initialValues: { username: '', password: '' } })
  const { problem, secondsLeft, signIn } = useSignIn()
  return (
    <form onSubmit={form.onSubmit(signIn)}>
      <Stack>
        {problem !== undefined && <ProblemAlert error={problem} />}
        <TextInput
          label="Username or e-mail"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          {...form.getInputProps('username')}
        />
        <PasswordInput label="Password" autoComplete="current-password" required {...form.getInputProps('password')} />
        <SignInButton isLoading={form.submitting} secondsLeft={secondsLeft} />
      </Stack>
    </form>
  )
}

function KeyForm() {
  const form = useForm({ initialValues: { apiKey: '' } })
  const { problem, secondsLeft, signIn } = useSignIn()
  return (
    <form onSubmit={form.onSubmit(({ apiKey }) => signIn({ apiKey: apiKey.trim() }))}>
      <Stack>
        {problem !== undefined && <ProblemAlert error={problem} />}
        <PasswordInput label="API key" autoComplete="off" required autoFocus {...form.getInputProps('apiKey')} />
        <SignInButton isLoading={form.submitting} secondsLeft={secondsLeft} />
      </Stack>
    </form>
  )
}

function SignInButton({ isLoading, secondsLeft }: { isLoading: boolean; secondsLeft: number }) {
  return (
    <Button type="submit" loading={isLoading} disabled={secondsLeft > 0}>
      {secondsLeft > 0 ? `Try again in ${waiting(secondsLeft)}` : 'Sign in'}
    </Button>
  )
}

function waiting(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

/** Signs in; after too many attempts it waits as long as the server says. */
function useSignIn() {
  const [problem, setProblem] = useState<Problem>()
  const [secondsLeft, wait] = useCountdown()
  async function signIn(body: Schemas['SignIn']) {
    const { data, error, response } = await api.POST('/api/v1/session', { body })
    if (data !== undefined) return beginSession(data)
    setProblem(asProblem(error))
    const retryAfter = Number(response.headers.get('retry-after'))
    if (response.status === 429 && retryAfter > 0) wait(retryAfter)
  }
  return { problem, secondsLeft, signIn }
}

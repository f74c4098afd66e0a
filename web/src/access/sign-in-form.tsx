import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { api, asProblem, type Problem, type Schemas } from '../api/client'
import { ProblemAlert } from '../ui/problem-alert'
import { useCountdown } from './use-countdown'

type Props = {
  /** Who most likely signs in. */
  username?: string
  onSignedIn(state: Schemas['SessionState']): void
}

/** By password or by API key, whichever one has. */
export function SignInForm({ username, onSignedIn }: Props) {
  const [isByKey, setByKey] = useState(false)
  return (
    <>
      {isByKey ? <KeyForm onSignedIn={onSignedIn} /> : <PasswordForm username={username} onSignedIn={onSignedIn} />}
      <Anchor component="button" type="button" size="sm" onClick={() => setByKey(!isByKey)}>
        {isByKey ? 'Sign in with a password instead' : 'Sign in with an API key instead'}
      </Anchor>
      <Text c="dimmed" size="xs">
        {isByKey
          ? 'The key that the wandb client uses, as in WANDB_API_KEY or ~/.netrc.'
          : 'No account, or the password forgotten? An administrator of this server helps.'}
      </Text>
    </>
  )
}

function PasswordForm({ username = '', onSignedIn }: Props) {
  const form = useForm({ initialValues: { username, password: '' } })
  const { problem, secondsLeft, signIn } = useSignIn(onSignedIn)
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
          autoFocus={username === ''}
          {...form.getInputProps('username')}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          autoFocus={username !== ''}
          data-autofocus={username !== '' || undefined}
          {...form.getInputProps('password')}
        />
        <SignInButton isLoading={form.submitting} secondsLeft={secondsLeft} />
      </Stack>
    </form>
  )
}

function KeyForm({ onSignedIn }: Props) {
  const form = useForm({ initialValues: { apiKey: '' } })
  const { problem, secondsLeft, signIn } = useSignIn(onSignedIn)
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
function useSignIn(onSignedIn: Props['onSignedIn']) {
  const [problem, setProblem] = useState<Problem>()
  const [secondsLeft, wait] = useCountdown()
  async function signIn(body: Schemas['SignIn']) {
    const { data, error, response } = await api.POST('/api/v1/session', { body })
    if (data !== undefined) return onSignedIn(data)
    setProblem(asProblem(error))
    const retryAfter = Number(response.headers.get('retry-after'))
    if (response.status === 429 && retryAfter > 0) wait(retryAfter)
  }
  return { problem, secondsLeft, signIn }
}

import { Alert, Button, Code, Divider, Stack, Text } from '@mantine/core'
import { IconInfoCircle, IconLogin2 } from '@tabler/icons-react'
import { Navigate, useSearchParams } from 'react-router'
import { beginSession, useSession } from '../app/session'
import { ProblemAlert } from '../ui/problem-alert'
import { localPath } from './local-path'
import { OpenFrame } from './open-frame'
import { SignInForm } from './sign-in-form'

/** By password or API key; afterwards the page that was asked for. */
export function LoginPage() {
  const session = useSession()
  const [params] = useSearchParams()
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
      <SignInForm onSignedIn={beginSession} />
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

import { Anchor, Button, Divider, Modal, Stack, Text } from '@mantine/core'
import { IconLogin2 } from '@tabler/icons-react'
import { useEffect } from 'react'
import { refreshSession, resumeSession, type SessionState, useSession } from '../app/session'
import { SignInForm } from './sign-in-form'

/** How soon it is noticed that they have signed in in another tab. */
const LOOK_MS = 5_000

/** Over a page whose session has ended: it stays as it is, with all that was typed, until its owner has signed in again. */
export function SignInAgain({ username }: { username: string }) {
  const { data } = useSession()
  const oidc = data?.signIn.oidc
  useEffect(() => {
    const look = () => void refreshSession()
    const timer = setInterval(look, LOOK_MS)
    addEventListener('focus', look)
    return () => {
      clearInterval(timer)
      removeEventListener('focus', look)
    }
  }, [])

  function goOn(state: SessionState) {
    if (state.viewer?.username === username) resumeSession(state)
    // Nothing of what stands here is theirs.
    else location.assign('/')
  }

  return (
    <Modal
      opened
      onClose={() => {}}
      title="Your session has ended"
      centered
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      overlayProps={{ backgroundOpacity: 0.7, blur: 8 }}
    >
      <Stack>
        <Text size="sm">
          Sign in again as <b>{username}</b>, here or in another tab. What you have typed on this page is kept.
        </Text>
        {oidc != null && (
          <>
            <Button
              component="a"
              href={oidc.url}
              target="_blank"
              variant="default"
              leftSection={<IconLogin2 size={16} aria-hidden />}
            >
              Continue with {oidc.label} in a new tab
            </Button>
            <Divider label="or" />
          </>
        )}
        <SignInForm username={username} onSignedIn={goOn} />
        <Anchor href="/login" size="sm">
          Leave this page, and sign in as somebody else
        </Anchor>
      </Stack>
    </Modal>
  )
}

import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { useViewer } from '../app/session'
import { CodeBlock } from '../ui/copy'
import { notifyProblem } from '../ui/notify'
import { Page } from '../ui/page'
import { KeyOnce } from './key-once'
import { useNewKey } from './use-new-key'

/** What `wandb login` opens: it waits in a terminal for a key. */
export function AuthorizePage() {
  const { username } = useViewer()
  const create = useNewKey()
  const [key, setKey] = useState<string>()
  const make = () =>
    create.mutate(
      { params: { path: { username } }, body: { description: 'wandb login' } },
      { onSuccess: (created) => setKey(created.key), onError: notifyProblem },
    )
  return (
    <Page
      title="Connect a terminal"
      subtitle={`The wandb client asks for an API key of yours, ${username}, and keeps it in ~/.netrc.`}
    >
      <Stack maw={640}>
        {key === undefined ? (
          <Group>
            <Button leftSection={<IconKey size={16} aria-hidden />} onClick={make} loading={create.isPending} autoFocus>
              Make an API key
            </Button>
          </Group>
        ) : (
          <>
            <KeyOnce apiKey={key} of="Your new API key" />
            <Text size="sm">
              Paste it in the terminal that asked for it, and press Enter. You do not see what you paste: that is how it
              should be.
            </Text>
          </>
        )}
        <Text size="sm" c="dimmed">
          No terminal that asks? Then begin there:
        </Text>
        <CodeBlock code={`wandb login --host=${location.origin}`} label="Sign the client in" />
        <Text size="sm" c="dimmed">
          Keys that you do not need any more are ended under{' '}
          <Anchor component={Link} to="/account/api-keys" underline="always" inherit>
            API keys
          </Anchor>
          .
        </Text>
      </Stack>
    </Page>
  )
}

import { Anchor, Box, Button, Group, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { IconArrowRight, IconBolt, IconCheck, IconKey } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { useViewer } from '../app/session'
import { CodeBlock } from '../ui/copy'
import { notifyProblem } from '../ui/notify'
import { firstKey, forgetFirstKey } from './first-key'
import { FIRST_SCRIPT, settings, type Terminal } from './snippets'
import { useFirstArtifact } from './use-first-artifact'
import { useNewKey } from './use-new-key'
import classes from './welcome-steps.module.css'

/**
 * From nothing to a first artifact: what to type in a terminal, with this server's address and a key filled in, and a
 * last step that notices by itself when it has worked.
 */
export function WelcomeSteps() {
  const viewer = useViewer()
  const [terminal, setTerminal] = useState<Terminal>(() => (isWindows() ? 'powershell' : 'sh'))
  const [key, setKey] = useState(firstKey)
  useEffect(forgetFirstKey, [])
  return (
    <Stack gap="lg" maw={760}>
      <Step
        number={1}
        title="Install the client"
        aside={
          <Text size="sm" c="dimmed">
            The one your scripts use already: they need no change.
          </Text>
        }
      >
        <CodeBlock code="pip install wandb" label="Install the client" />
      </Step>
      <Step
        number={2}
        title="Point it at this server"
        aside={
          <SegmentedControl
            size="xs"
            aria-label="Your terminal"
            value={terminal}
            onChange={(value) => setTerminal(value as Terminal)}
            data={[
              { value: 'sh', label: 'macOS, Linux' },
              { value: 'powershell', label: 'PowerShell' },
            ]}
          />
        }
      >
        <CodeBlock code={settings(terminal, { url: location.origin, key })} label="Point the client at this server" />
        <KeyLine username={viewer.username} hasKey={key !== undefined} onKey={setKey} />
      </Step>
      <Step number={3} title="Log an artifact">
        <CodeBlock code={FIRST_SCRIPT} label="Log an artifact" />
        <Text size="sm" c="dimmed">
          Save it as <code>first.py</code> and run <code>python first.py</code>, or run a script that you have. It goes
          to <b>{viewer.defaultEntity}</b>, unless the script names another entity.
        </Text>
      </Step>
      <Arrival entity={viewer.defaultEntity} />
    </Stack>
  )
}

function Step({
  number,
  title,
  aside,
  isDone = false,
  children,
}: {
  number: number
  title: string
  aside?: ReactNode
  isDone?: boolean
  children: ReactNode
}) {
  return (
    <section className={classes.step} aria-label={`Step ${number}: ${title}`}>
      <Box className={`${classes.number} ${isDone ? classes.done : ''}`} aria-hidden>
        {isDone ? <IconCheck size={16} /> : number}
      </Box>
      <Stack gap="xs" miw={0}>
        <Group justify="space-between" mih={28} gap="xs">
          <Title order={2} size="h3">
            {title}
          </Title>
          {aside}
        </Group>
        {children}
      </Stack>
    </section>
  )
}

function KeyLine({ username, hasKey, onKey }: { username: string; hasKey: boolean; onKey(key: string): void }) {
  const create = useNewKey()
  if (hasKey) {
    return (
      <Text size="sm" c="dimmed" role="status">
        This key of yours is shown only now. You can make and end keys at any time under{' '}
        <Anchor component={Link} to="/account/api-keys" underline="always" inherit>
          API keys
        </Anchor>
        .
      </Text>
    )
  }
  const make = () =>
    create.mutate(
      { params: { path: { username } }, body: { description: 'First steps' } },
      { onSuccess: ({ key }) => onKey(key), onError: notifyProblem },
    )
  return (
    <Group gap="sm">
      <Button size="xs" leftSection={<IconKey size={16} aria-hidden />} onClick={make} loading={create.isPending}>
        Make an API key and fill it in
      </Button>
      <Text size="sm" c="dimmed">
        Or use one that you have.
      </Text>
    </Group>
  )
}

function Arrival({ entity }: { entity: string }) {
  const { data: first } = useFirstArtifact(entity)
  const next = useRef<HTMLDivElement>(null)
  const hasArrived = first != null
  useEffect(() => {
    // What to do next is seen by itself, too.
    if (hasArrived) next.current?.scrollIntoView({ block: 'nearest' })
  }, [hasArrived])
  if (first == null) {
    return (
      <Step number={4} title="Watch it arrive">
        <Paper withBorder p="sm">
          <Group gap="sm" wrap="nowrap">
            <span className={classes.waiting} aria-hidden />
            <Text size="sm" role="status">
              Waiting for the first artifact of {entity}. This page notices by itself.
            </Text>
          </Group>
        </Paper>
      </Step>
    )
  }
  return (
    <Step number={4} title="It has arrived" isDone>
      <Paper withBorder p="md" ref={next} className={classes.next}>
        <Stack gap="sm">
          <Text size="sm" role="status">
            <b>{first.label}</b> is in {entity}. Next: let something happen by itself when a version appears or is
            promoted.
          </Text>
          <Group gap="xs">
            <Button
              component={Link}
              to={`${first.project}/automations/new`}
              leftSection={<IconBolt size={16} aria-hidden />}
            >
              Create your first automation
            </Button>
            <Button
              component={Link}
              to={first.to}
              variant="default"
              rightSection={<IconArrowRight size={16} aria-hidden />}
            >
              Look at {first.label}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </Step>
  )
}

function isWindows(): boolean {
  return /Windows/.test(navigator.userAgent)
}

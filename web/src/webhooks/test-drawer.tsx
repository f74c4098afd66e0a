import { Alert, Anchor, Button, Drawer, Group, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconSend } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { api, type Schemas } from '../api/client'
import { PayloadToolbar } from '../templates/payload-toolbar'
import { TemplateEditor } from '../templates/template-editor'
import { CodeBlock } from '../ui/copy'
import { ProblemAlert } from '../ui/problem-alert'
import { MessageParts, ResponseView } from '../ui/response-view'
import { secretsOfSettings } from './form-values'
import { payloadProblem } from './payload'
import { useWebhooks } from './queries'
import classes from './test-drawer.module.css'
import { TEST_EVENT, usePayloadCheck } from './use-payload-check'
import { words } from './webhook-state'

type Answer = Schemas['WebhookTestAnswer']

/** What is tested: a saved webhook (`id`), or settings as they stand in a form (`settings`). */
export type TestTask = { name: string } & (
  | { id: string; settings?: undefined }
  | { id?: undefined; settings: Settings }
)
type Settings = Omit<Schemas['NewWebhook'], 'name'>

/** Sends one request to a webhook and shows what came of it. The payload stays while the page does. */
export function TestDrawer({ entity, task, onClose }: { entity: string; task: TestTask | undefined; onClose(): void }) {
  const shown = useLast(task)
  return (
    <Drawer
      opened={task !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={shown?.settings === undefined ? `Test ${shown?.name}` : 'Test before saving'}
    >
      {shown !== undefined && <TestForm entity={entity} task={shown} />}
    </Drawer>
  )
}

/** Goes on showing what was tested while the drawer closes. */
function useLast(task: TestTask | undefined): TestTask | undefined {
  const [last, setLast] = useState(task)
  useEffect(() => {
    if (task !== undefined) setLast(task)
  }, [task])
  return task ?? last
}

function TestForm({ entity, task }: { entity: string; task: TestTask }) {
  const [payload, setPayload] = useState('')
  const [isSending, setSending] = useState(false)
  const [outcome, setOutcome] = useState<{ answer?: Answer; error?: unknown }>({})
  const problem = payloadProblem(payload)
  const check = usePayloadCheck(
    entity,
    payload,
    task.id === undefined ? { secrets: secretsOfSettings(task.settings) } : { webhook: task.id },
  )
  const saved = useWebhooks(entity).rows.find(({ id }) => id === task.id)
  const receiver = saved ?? { target: task.settings?.target ?? null, secrets: task.settings?.secrets ?? [] }

  async function send() {
    if (problem !== undefined || isSending) return
    setSending(true)
    const { data, error } = await call(entity, task, payload)
    setOutcome({ answer: data, error })
    setSending(false)
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation()
        void send()
      }}
    >
      <Stack>
        <PayloadToolbar payload={payload} onChange={setPayload} event={TEST_EVENT} receiver={receiver} />
        <TemplateEditor
          description="Type ${ for variables and secrets, filled in from an example event. Empty: what is sent where an automation has no payload of its own."
          value={payload}
          onChange={setPayload}
          {...check}
          error={problem}
          minHeight={120}
          maxHeight={320}
        />
        <Group justify="flex-end" gap="xs">
          <Text size="xs" c="dimmed" mr="auto">
            Signed and sent like a delivery, once, and not kept.
          </Text>
          <Button
            type="submit"
            loading={isSending}
            disabled={problem !== undefined}
            leftSection={<IconSend size={16} aria-hidden />}
          >
            Send
          </Button>
        </Group>
        <div aria-live="polite">
          {outcome.error !== undefined && <ProblemAlert error={outcome.error} />}
          {outcome.answer !== undefined && <TestAnswer answer={outcome.answer} />}
        </div>
      </Stack>
    </form>
  )
}

async function call(entity: string, task: TestTask, text: string) {
  const payload = text.trim() === '' ? {} : { payload: text }
  if (task.id !== undefined) {
    return api.POST('/api/v1/entities/{entity}/webhooks/{id}/test', {
      params: { path: { entity, id: task.id } },
      body: payload,
    })
  }
  return api.POST('/api/v1/entities/{entity}/webhooks/test', {
    params: { path: { entity } },
    body: { webhook: task.settings, ...payload },
  })
}

function TestAnswer({ answer }: { answer: Answer }) {
  const { ok, verdict, reason, explanation, remoteId, remoteUrl, request, response, timing, script } = answer
  return (
    <Stack>
      <Alert
        color={ok ? 'green' : 'red'}
        variant="light"
        icon={ok ? <IconCircleCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
        title={ok ? 'It arrived' : `It did not arrive: ${words(reason)}`}
      >
        <Text size="sm">{explanation}</Text>
        {!ok && (
          <Text size="sm" mt={4}>
            A delivery {verdict === 'failed' ? 'would be given up here' : verdict}.
          </Text>
        )}
        {(remoteId ?? remoteUrl) !== null && (
          <Text size="sm" mt={4}>
            At the receiver: <Remote id={remoteId} url={remoteUrl} />
          </Text>
        )}
      </Alert>
      <section aria-labelledby="test-answer">
        <Title order={3} id="test-answer" mb="xs">
          Answer
        </Title>
        <ResponseView response={response} timing={timing} />
      </section>
      <section aria-labelledby="test-request">
        <Title order={3} id="test-request" mb={4}>
          Request
        </Title>
        <Text size="xs" c="dimmed" ff="monospace" mb="xs" className={classes.url}>
          POST {request.url}
        </Text>
        <MessageParts label="Request" headers={request.headers} body={request.body} />
      </section>
      <section aria-labelledby="test-script">
        <Title order={3} id="test-script" mb={4}>
          The same from a terminal
        </Title>
        <Text size="xs" c="dimmed" mb="xs">
          With curl and openssl. It takes the URL and the secrets from its environment: none of them is in it.
        </Text>
        <CodeBlock code={script} label="Shell script" maxHeight={260} />
      </section>
    </Stack>
  )
}

/** What the receiver made of it; a link only where it leads to a page. */
function Remote({ id, url }: { id: string | null; url: string | null }) {
  const label = id ?? url
  if (url === null || !/^https?:\/\//.test(url)) return <>{label}</>
  return (
    <Anchor href={url} target="_blank" rel="noreferrer noopener" size="sm">
      {label}
    </Anchor>
  )
}

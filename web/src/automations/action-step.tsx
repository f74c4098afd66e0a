import { Accordion, Alert, Radio, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { webhookState } from '../webhooks/webhook-state'
import type { Draft } from './draft'
import type { PartProps } from './event-step'
import classes from './form.module.css'
import { PacingFields } from './pacing-fields'
import { Segments } from './segments'
import { useUsableWebhooks, WebhookChoice } from './webhook-choice'

const ACTIONS = [
  {
    value: 'webhook',
    label: 'Webhook',
    text: 'Sends a JSON payload of your own to a URL: GitHub, GitLab, Jenkins, any service.',
  },
  {
    value: 'notification',
    label: 'Slack notification',
    text: 'Posts a message in a channel, with a link to the version or run.',
  },
  { value: 'nothing', label: 'Nothing', text: 'Only shows in its history when it would have fired: to try a filter.' },
] as const

/** What is done, and how often at most. */
export function ActionStep(props: PartProps) {
  const { draft, onChange, entity } = props
  return (
    <Stack>
      <Radio.Group
        aria-label="Action"
        value={draft.action}
        onChange={(action) => onChange({ action: action as Draft['action'], webhook: '' })}
      >
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs">
          {ACTIONS.map(({ value, label, text }) => (
            <Radio.Card
              key={value}
              value={value}
              className={classes.card}
              data-checked={draft.action === value || undefined}
              aria-label={label}
            >
              <Text size="sm" fw={600}>
                {label}
              </Text>
              <Text size="xs" c="dimmed">
                {text}
              </Text>
            </Radio.Card>
          ))}
        </SimpleGrid>
      </Radio.Group>
      {draft.action !== 'nothing' && (
        <WebhookChoice
          entity={entity}
          isSlack={draft.action === 'notification'}
          value={draft.webhook}
          onChange={(webhook) => onChange({ webhook })}
        />
      )}
      <WebhookState {...props} />
      {draft.action === 'notification' && <Message {...props} />}
      <Advanced {...props} />
    </Stack>
  )
}

function WebhookState({ draft, entity }: PartProps) {
  const webhook = useUsableWebhooks(entity).webhooks.find(({ id }) => id === draft.webhook)
  if (draft.action === 'nothing' || webhook === undefined) return null
  const { reason, label } = webhookState(webhook)
  if (reason === undefined) return null
  return (
    <Alert color="yellow" title={label} p="sm">
      {reason} What it is to send waits until that is over.
    </Alert>
  )
}

function Message({ draft, onChange }: PartProps) {
  return (
    <>
      <TextInput
        label="Title"
        description="May name variables, such as ${version}. Without one, the name of the automation."
        value={draft.title}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
        maxLength={250}
      />
      <Textarea
        label="Message"
        description="What happened, and a link to it, is added below."
        autosize
        minRows={2}
        value={draft.message}
        onChange={(event) => onChange({ message: event.currentTarget.value })}
        maxLength={3_000}
      />
      <Segments
        label="Severity"
        value={draft.severity}
        onChange={(severity) => onChange({ severity })}
        data={[
          { value: 'INFO', label: 'Info' },
          { value: 'WARN', label: 'Warning' },
          { value: 'ERROR', label: 'Error' },
        ]}
      />
    </>
  )
}

function Advanced(props: PartProps) {
  const webhook = useUsableWebhooks(props.entity).webhooks.find(({ id }) => id === props.draft.webhook)
  const { pacing } = props.draft
  const isSet = Object.values(pacing).some((value) => value !== '')
  return (
    <Accordion variant="contained" defaultValue={isSet ? 'pacing' : null} order={3}>
      <Accordion.Item value="pacing">
        <Accordion.Control>
          <Text size="sm" fw={500}>
            Advanced: how often, and in which order
          </Text>
        </Accordion.Control>
        <Accordion.Panel>
          <PacingFields pacing={pacing} order={webhook} onChange={(changed) => props.onChange({ pacing: changed })} />
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}

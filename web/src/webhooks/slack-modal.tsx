import { Group, Input, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type ReactNode, useState } from 'react'
import type { Problem } from '../api/client'
import { DialogButtons } from '../ui/dialog-buttons'
import { showOnFields } from '../ui/form-problem'
import { notifyDone, notifyWarnings } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { changeWebhook, createWebhook } from './queries'
import { SecretSelect } from './secret-select'
import { EMPTY_SLACK, type SlackValues, slackChangesOf, slackProblemsOf, slackSettingsOf } from './slack-values'

/** `edited`: the integration that is changed; without it a new one is added. */
export type SlackTask = { edited?: { id: string; values: SlackValues } }

const KINDS = [
  { value: 'incoming', label: 'Incoming webhook' },
  { value: 'bot', label: 'Bot' },
]

/** Where the server's fields stand in this form. */
const SLACK_FIELDS = {
  accessTokenSecret: 'tokenSecret',
  slack: 'url',
  'slack/workspace': 'workspace',
  'slack/channel': 'channel',
}

const HOW: Record<SlackValues['kind'], ReactNode> = {
  incoming: (
    <>
      In Slack, open your app at api.slack.com/apps, turn on <em>Incoming Webhooks</em>, and press{' '}
      <em>Add New Webhook to Workspace</em>. Choose the channel, and copy the URL that Slack shows then.
    </>
  ),
  bot: (
    <>
      In Slack, open your app at api.slack.com/apps, add the bot scope <code>chat:write</code> under{' '}
      <em>OAuth & Permissions</em>, and install it to the workspace. Store the bot token (xoxb-…) as a secret here, and
      invite the bot to the channel with <code>/invite</code>.
    </>
  ),
}

export function SlackModal({
  entity,
  task,
  onClose,
  onSaved,
}: {
  entity: string
  task: SlackTask | undefined
  onClose(): void
  onSaved?(id: string): void
}) {
  return (
    <Modal
      opened={task !== undefined}
      onClose={onClose}
      title={task?.edited === undefined ? 'Add a Slack integration' : `Edit ${task.edited.values.name}`}
      size="lg"
      centered
    >
      {task !== undefined && <SlackForm entity={entity} edited={task.edited} onClose={onClose} onSaved={onSaved} />}
    </Modal>
  )
}

function SlackForm({
  entity,
  edited,
  onClose,
  onSaved,
}: {
  entity: string
  edited: SlackTask['edited']
  onClose(): void
  onSaved: ((id: string) => void) | undefined
}) {
  const initial = edited?.values ?? EMPTY_SLACK
  const form = useForm({ initialValues: initial, validate: slackProblemsOf })
  const [problem, setProblem] = useState<Problem>()
  const { kind } = form.getValues()

  async function save(values: SlackValues) {
    const { data, error } =
      edited === undefined
        ? await createWebhook(entity, slackSettingsOf(values))
        : await changeWebhook(entity, edited.id, slackChangesOf(initial, values))
    if (error !== undefined || data === undefined) {
      return setProblem(showOnFields(form, error, SLACK_FIELDS))
    }
    notifyDone(edited === undefined ? `${data.name} is added. Test it from its menu.` : `${data.name} is saved.`)
    notifyWarnings(data.warnings)
    onSaved?.(data.id)
    onClose()
  }

  return (
    <form
      onSubmit={(event) => {
        // It may stand above another form, which must not be sent with it.
        event.stopPropagation()
        form.onSubmit(save)(event)
      }}
      noValidate
    >
      <Stack>
        <Input.Wrapper label="How messages get there" labelElement="div">
          <SegmentedControl data={KINDS} fullWidth mt={4} {...form.getInputProps('kind')} />
          <Text size="sm" c="dimmed" mt="xs">
            {HOW[kind]}
          </Text>
        </Input.Wrapper>
        <TextInput
          label="Name"
          description="How automations call it."
          required
          autoComplete="off"
          maxLength={64}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Group grow align="flex-start">
          <TextInput label="Workspace" required autoComplete="off" {...form.getInputProps('workspace')} />
          <TextInput
            label="Channel"
            placeholder={kind === 'bot' ? 'C0123456789' : '#ml-alerts'}
            required
            autoComplete="off"
            {...form.getInputProps('channel')}
          />
        </Group>
        {kind === 'incoming' ? (
          <TextInput
            label="URL"
            description="A credential: it is stored sealed, and shown to admins alone."
            placeholder="https://hooks.slack.com/services/…"
            required
            type="url"
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps('url')}
          />
        ) : (
          <SecretSelect
            entity={entity}
            label="Bot token"
            description="The secret that holds it."
            {...form.getInputProps('tokenSecret')}
          />
        )}
        {problem !== undefined && <ProblemAlert error={problem} />}
        <DialogButtons
          onCancel={onClose}
          action={edited === undefined ? 'Add' : 'Save changes'}
          isBusy={form.submitting}
        />
      </Stack>
    </form>
  )
}

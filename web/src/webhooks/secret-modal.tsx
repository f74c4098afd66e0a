import { Modal, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import type { Problem } from '../api/client'
import { DialogButtons } from '../ui/dialog-buttons'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { OVERLAP_HOURS_DEFAULT, storeSecret } from './queries'
import { SECRET_LENGTH_MIN, secretNameProblem, secretValueProblem } from './secret-rules'

/** `replaced`: the secret whose value is replaced; without it a new one is stored. */
export type SecretTask = { replaced?: { name: string; signs: boolean } }

const OVERLAPS = [
  { value: '0', label: 'No time: the old value ends at once' },
  { value: '1', label: '1 hour' },
  { value: '24', label: '24 hours' },
  { value: '48', label: '2 days' },
  { value: '168', label: '7 days' },
]

/** Stores a secret, or replaces its value. The value leaves the page with the request and is never shown again. */
export function SecretModal({
  entity,
  task,
  onClose,
  onStored,
}: {
  entity: string
  task: SecretTask | undefined
  onClose(): void
  onStored?(name: string): void
}) {
  const { replaced } = task ?? {}
  return (
    <Modal
      opened={task !== undefined}
      onClose={onClose}
      title={replaced === undefined ? 'New secret' : `Replace the value of ${replaced.name}`}
      centered
    >
      {task !== undefined && (
        <SecretForm
          entity={entity}
          replaced={replaced}
          onClose={onClose}
          onStored={(name) => {
            onStored?.(name)
            onClose()
          }}
        />
      )}
    </Modal>
  )
}

function SecretForm({
  entity,
  replaced,
  onClose,
  onStored,
}: {
  entity: string
  replaced: SecretTask['replaced']
  onClose(): void
  onStored(name: string): void
}) {
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({
    initialValues: { name: replaced?.name ?? '', value: '', overlapHours: String(OVERLAP_HOURS_DEFAULT) },
    validate: { name: secretNameProblem, value: secretValueProblem },
  })
  const { name, value } = form.getValues()
  // Said while it is typed, but not before anything is.
  const early = {
    name: name === '' ? undefined : secretNameProblem(name),
    value: value === '' ? undefined : secretValueProblem(value),
  }

  async function store(values: typeof form.values) {
    const body = { value: values.value, overlapHours: Number(values.overlapHours) }
    const { error } = await storeSecret(entity, values.name, body)
    if (error !== undefined) return setProblem(showOnFields(form, error))
    notifyDone(replaced === undefined ? `${values.name} is stored.` : `${values.name} has a new value.`)
    onStored(values.name)
  }

  return (
    <form
      onSubmit={(event) => {
        // It may stand above another form, which must not be sent with it.
        event.stopPropagation()
        form.onSubmit(store)(event)
      }}
    >
      <Stack>
        {replaced === undefined && (
          <TextInput
            label="Name"
            description={
              <>
                How webhooks and payloads refer to it, such as <code>GITHUB_TOKEN</code>.
              </>
            }
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            {...form.getInputProps('name')}
            error={form.errors.name ?? early.name}
          />
        )}
        <PasswordInput
          label={replaced === undefined ? 'Value' : 'New value'}
          description={`At least ${SECRET_LENGTH_MIN} characters, in one line. Nobody can read it again, not even you.`}
          autoComplete="new-password"
          data-autofocus={replaced === undefined ? undefined : true}
          {...form.getInputProps('value')}
          error={form.errors.value ?? early.value}
        />
        {replaced?.signs && (
          <Select
            label="The old value goes on signing for"
            description="So long every request has two signatures, and the receiver may know either value."
            data={OVERLAPS}
            allowDeselect={false}
            {...form.getInputProps('overlapHours')}
          />
        )}
        {replaced !== undefined && (
          <Text size="sm" c="dimmed">
            The next attempt of every delivery uses the new value, retries too.
          </Text>
        )}
        {problem !== undefined && <ProblemAlert error={problem} />}
        <DialogButtons
          onCancel={onClose}
          action={replaced === undefined ? 'Store' : 'Replace'}
          isBusy={form.submitting}
        />
      </Stack>
    </form>
  )
}
